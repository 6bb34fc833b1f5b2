"""Signing cards and reading signed ones: an attached signature that states its purpose (2.5, 2.7)."""

from collections.abc import Iterator

from e2ecli import limits
from e2ecli.errors import NotAMessageError
from e2ecli.keyring.cards import FORMAT, Card, format_card, parse_card
from e2ecli.keyring.groups import Group, GroupStore, StoredMembers, reading_members
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.parallel import mapped
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.saltpack.header import SignatureHeader
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.signing import claimed_text, sign_text, verify_text

PURPOSE = FORMAT

_ARMOR = b"BEGIN"
_SIGNED_CARD_BYTES = limits.CARD_BYTES + limits.KIB


def issue_card(card: Card, signer: Signer) -> SignedCard:
    """Return a card signed by its own key."""
    return _signed_card(card, sign_text(format_card(card), signer, PURPOSE))


def read_card(text: bytes) -> SignedCard:
    """Verify a signed card, armored (also within other text) or binary, and read it.

    Raises:
        NotAMessageError: it is no card: no signature, or one for another purpose.
        DamagedError: it was altered, or is not what a card must be.
    """
    from e2ecli.saltpack.armor import dearmor  # noqa: PLC0415  # the keyring holds binary cards

    _, message = dearmor(text, _SIGNED_CARD_BYTES)
    return _signed_card(_verify(message), message)


def read_stored_card(text: bytes) -> SignedCard:
    """Verify a card as the keyring stores it: binary, or armored in the one way in which cards are.

    Raises as `read_card` does.
    """
    message = _dearmored(text) if text.startswith(_ARMOR) else text
    return read_card(text) if message is None else _signed_card(_verify(message), message)


def read_claimed_card(text: bytes) -> SignedCard:
    """Read a card from the keyring without verifying it again: to be shown in a list, and for nothing else.

    Whatever uses a card, or gives it or its keys out, reads it with `read_stored_card`.

    Raises as `read_card` does, except that an altered card may pass.
    """
    if text.startswith(_ARMOR):
        return read_stored_card(text)
    return _signed_card(_card_in(*claimed_text(text, limits.CARD_BYTES)), text)


def stored_cards(members: StoredMembers) -> Iterator[SignedCard]:
    """Yield the cards of an epoch's members, each verified.

    Raises:
        KeyringError: the file is damaged.
    """
    return mapped(lambda at: _stored_card(members, at), range(len(members)))


def member_cards(members: StoredMembers) -> Iterator[Card]:
    """Yield what the members of an epoch say of themselves, as `stored_cards` does, without the text."""
    return mapped(lambda at: _stored_card(members, at).card, range(len(members)))


def _stored_card(members: StoredMembers, at: int) -> SignedCard:
    with reading_members(members.path):
        return read_stored_card(members.at(at).encode())


def member_card(groups: GroupStore, group: Group, epoch: int, key: SigningPublicKey) -> Card | None:
    """Return what a member of an epoch says of themselves, verified; None where nobody has this key.

    Raises:
        KeyringError: the file is damaged.
    """
    text = groups.member(group, epoch, key)
    if text is None:
        return None
    with reading_members(groups.members_path(group.name, epoch)):
        return read_stored_card(text.encode()).card


def _signed_card(card: Card, message: bytes) -> SignedCard:
    return SignedCard(card, message, _armored)


def _armored(message: bytes) -> str:
    from e2ecli.saltpack.armor import CARD_FRAME, armor  # noqa: PLC0415

    return armor(message, CARD_FRAME)


def _dearmored(text: bytes) -> bytes | None:
    from e2ecli.saltpack.armor import CARD_FRAME, dearmor_canonical  # noqa: PLC0415

    return dearmor_canonical(text, CARD_FRAME)


def _verify(message: bytes) -> Card:
    return _card_in(*verify_text(message, limits.CARD_BYTES))


def _card_in(header: SignatureHeader, toml_text: bytes) -> Card:
    if header.purpose != PURPOSE:
        raise NotAMessageError(
            "this is a signed document, not a card, whatever its text looks like",
            "read it with e2e verify; a card is made with e2e export",
        )
    return parse_card(toml_text, header.sender_public_key)
