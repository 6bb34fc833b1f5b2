"""Signing cards and reading signed ones: an attached signature that states its purpose (2.5, 2.7)."""

from collections.abc import Iterator

from e2ecli import limits
from e2ecli.errors import NotAMessageError
from e2ecli.keyring.cards import FORMAT, Card, format_card, parse_card
from e2ecli.keyring.groups import StoredMembers
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.parallel import mapped
from e2ecli.saltpack.armor import CARD_BRAND, Frame, armor, dearmor, dearmor_canonical
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.signing import sign_text, verify_text

PURPOSE = FORMAT

_FRAME = Frame(CARD_BRAND, Frame.of(Mode.ATTACHED).type)
_SIGNED_CARD_BYTES = limits.CARD_BYTES + limits.KIB


def issue_card(card: Card, signer: Signer) -> SignedCard:
    """Return a card signed by its own key."""
    return SignedCard(card, armor(sign_text(format_card(card), signer, PURPOSE), _FRAME))


def read_card(text: bytes) -> SignedCard:
    """Verify a signed card, armored (also within other text) or binary, and read it.

    Raises:
        NotAMessageError: it is no card: no signature, or one for another purpose.
        DamagedError: it was altered, or is not what a card must be.
    """
    _, message = dearmor(text, _SIGNED_CARD_BYTES)
    return SignedCard(_verify(message), armor(message, _FRAME))


def read_stored_card(text: bytes) -> SignedCard:
    """Verify a card as the keyring stores it: armored as `read_card` returned it, and nothing else.

    Raises as `read_card` does.
    """
    message = dearmor_canonical(text, _FRAME)
    return read_card(text) if message is None else SignedCard(_verify(message), text.decode())


def stored_cards(members: StoredMembers) -> Iterator[SignedCard]:
    """Yield the cards of an epoch's members, each verified. Raises as `read_stored_card` does."""
    return mapped(lambda at: read_stored_card(members.at(at).encode()), range(len(members)))


def member_cards(members: StoredMembers) -> Iterator[Card]:
    """Yield what the members of an epoch say of themselves, each verified, without the signed text."""
    return mapped(lambda at: read_stored_card(members.at(at).encode()).card, range(len(members)))


def _verify(message: bytes) -> Card:
    header, toml_text = verify_text(message, limits.CARD_BYTES)
    if header.purpose != PURPOSE:
        raise NotAMessageError(
            "this is a signed document, not a card, whatever its text looks like",
            "read it with e2e verify; a card is made with e2e export",
        )
    return parse_card(toml_text, header.sender_public_key)
