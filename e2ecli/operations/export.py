"""Giving out cards: your own, or a contact's as they signed it."""

from e2ecli.errors import RecipientError
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.workspace import Workspace


def export_card(workspace: Workspace, name: str | None) -> SignedCard:
    """Return the signed card of an identity or contact; your own where no name is given.

    Raises:
        RecipientError: the contact has raw keys in place of a card.
        UnknownNameError: nobody has this name.
        KeyringError: there is no identity yet.
    """
    if name is None or name == "me":
        return workspace.own_identity().signed_card
    if name in workspace.identities.names():
        return workspace.identities.get(name).signed_card
    contact = find_contact(workspace, name)
    if contact.signed_card is None:
        raise RecipientError(
            f"“{contact.petname}” has no card, only raw keys", f"e2e contacts show {contact.petname}"
        )
    return contact.signed_card
