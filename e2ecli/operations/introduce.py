"""Introductions: one contact's card, sealed to another (section 4). Introduced is not verified."""

import io

from e2ecli.errors import RecipientError, SenderError, UsageError
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.send import Sending, SendOptions, Sent, prepare, seal
from e2ecli.operations.senders import AnonymousSender, Sender
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.saltpack.messages import Write


def prepare_introduction(workspace: Workspace, name: str, to: str) -> tuple[SignedCard, Sending]:
    """Resolve who is introduced to whom, and unlock your key.

    Raises:
        RecipientError: somebody is unknown, has no card, or can't be sent to.
        LockedError: no passphrase.
    """
    contact = find_contact(workspace, name)
    if contact.signed_card is None:
        raise RecipientError(
            f"“{contact.petname}” has no card, only raw keys: there is nothing to introduce",
            f"ask {contact.petname} for an e2e card",
        )
    if contact.revoked is not None:
        raise RecipientError(
            f"“{contact.petname}” has revoked this identity, and can't be introduced",
            f"what tells others of that is the card: e2e export {contact.petname}",
        )
    if contact.expired(workspace.clock()):
        raise RecipientError(
            f"the card of “{contact.petname}” has expired", "ask them for a newer card, and import it"
        )
    sending = prepare(workspace, [to], SendOptions())
    if any(person.contact == contact for person in sending.addressees.people):
        raise UsageError(
            f"“{name}” and “{to}” are the same: they need no introduction", "name another with --to"
        )
    if not all(person.has_card for person in sending.addressees.people):
        raise RecipientError(
            f"“{to}” uses other software, which knows no introductions", f"e2e contacts show {to}"
        )
    return contact.signed_card, sending


def seal_introduction(card: SignedCard, sending: Sending, write: Write, *, armored: bool) -> Sent:
    """Seal a contact's card to somebody, as an introduction."""
    source = io.BufferedReader(io.BytesIO(card.armored.encode()))
    return seal(sending, source, write, None, armored=armored, kind="introduction")


def introducer(sender: Sender | AnonymousSender) -> SigningPublicKey:
    """Return the key of the contact who introduces.

    Raises:
        SenderError: it isn't one of your contacts.
    """
    if isinstance(sender, AnonymousSender) or sender.contact is None:
        raise SenderError("an introduction counts only from one of your contacts")
    if sender.contact.signing_key is None:
        raise SenderError(f"the signing key of “{sender.contact.petname}” is not known")
    return sender.contact.signing_key
