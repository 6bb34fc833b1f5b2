"""Introductions: one contact's card, sealed to another (section 4). Introduced is not verified."""

import io

from e2ecli import limits
from e2ecli.errors import NotAMessageError, RecipientError, SenderError
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import read_card
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import MessageFacts, ReadMessage, ReadPolicy
from e2ecli.operations.send import Sending, SendOptions, Sent, Write, prepare, seal
from e2ecli.operations.senders import AnonymousSender, Sender, SenderPolicy
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey


def prepare_introduction(workspace: Workspace, name: str, to: str) -> tuple[SignedCard, Sending]:
    """Resolve who is introduced to whom, and unlock your key.

    Raises:
        RecipientError: somebody is unknown, has no card, or can't be sent to.
        LockedError: no passphrase.
    """
    contact = find_contact(workspace, name)
    if contact.signed_card is None:
        raise RecipientError(f"“{contact.petname}” has no card, only raw keys: there is nothing to introduce")
    sending = prepare(workspace, [to], SendOptions())
    if not all(addressee.has_card for addressee in sending.addressees):
        raise RecipientError(f"“{to}” uses other software, which knows no introductions")
    return contact.signed_card, sending


def seal_introduction(card: SignedCard, sending: Sending, write: Write, *, armored: bool) -> Sent:
    """Seal a contact's card to somebody, as an introduction."""
    source = io.BufferedReader(io.BytesIO(card.armored.encode()))
    return seal(sending, source, write, None, armored=armored, kind="introduction")


class _CardText:
    """Takes the card's text; a longer one is none."""

    def __init__(self) -> None:
        self.text = bytearray()

    def write(self, data: memoryview) -> None:
        self.text += data
        if len(self.text) > 2 * limits.CARD_BYTES:
            raise NotAMessageError("the introduction holds something longer than a card")

    def commit(self) -> None:
        """The whole message has verified."""


def open_introduction(workspace: Workspace, message: ReadMessage) -> tuple[SignedCard, SigningPublicKey]:
    """Open an introduction; return the card and the key of the contact who introduces.

    Raises:
        DamagedError: it is damaged, or no introduction, or holds no card.
        NotForYouError: no key opens it.
        SenderError: it isn't from one of your contacts.
    """
    taken = _CardText()

    def start_output(_: MessageFacts) -> _CardText:
        return taken

    opener = Opener(workspace, ReadPolicy(SenderPolicy()), expected_type="introduction")
    opened = opener.open(message, start_output)
    return read_card(bytes(taken.text)), _introducer(opened.facts.sender)


def _introducer(sender: Sender | AnonymousSender) -> SigningPublicKey:
    if isinstance(sender, AnonymousSender) or sender.contact is None:
        raise SenderError("an introduction counts only from one of your contacts")
    if sender.contact.signing_key is None:
        raise SenderError(f"the signing key of “{sender.contact.petname}” is not known")
    return sender.contact.signing_key
