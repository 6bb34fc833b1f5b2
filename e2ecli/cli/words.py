"""Words that several commands use of people: who they are, how far they are trusted, until when."""

from datetime import datetime, timedelta

from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.contacts import petname_of, status_of
from e2ecli.operations.workspace import Workspace

_EXPIRES_SOON = timedelta(days=30)


def described(contact: Contact) -> str:
    """Return a contact's petname, and the name on their card where there is one."""
    return f"“{contact.petname}”" + (f" ({contact.card.name})" if contact.card else "")


def trust(contact: Contact, workspace: Workspace) -> str:
    """Return how far a contact is trusted, and who introduced them."""
    if contact.introduced_by is None:
        return status_of(contact, workspace)
    introducer = petname_of(workspace, contact.introduced_by) or key_id(contact.introduced_by)
    return trust_in_words(contact, workspace, introducer)


def trust_in_words(contact: Contact, workspace: Workspace, introducer: str | None) -> str:
    """Return how far a contact is trusted, and who introduced them, where their name is known already."""
    status = status_of(contact, workspace)
    if introducer is None:
        return status
    return (
        f"introduced by {introducer}" if status == "introduced" else f"{status}, introduced by {introducer}"
    )


def expiry_warning(whose: str, card: Card | None, now: datetime, remedy: str) -> str | None:
    """Return a warning about a card that expires within 30 days, or has; None where there is no need."""
    if card is None or card.expires is None or card.expires - now > _EXPIRES_SOON:
        return None
    verb = "expired" if card.expired(now) else "expires"
    return f"{whose} {verb} on {card.expires:%Y-%m-%d}: {remedy}"
