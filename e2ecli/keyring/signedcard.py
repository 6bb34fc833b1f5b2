"""A card together with the signed message that proves it."""

from collections.abc import Callable
from typing import Any

from e2ecli.keyring import toml
from e2ecli.keyring.cards import Card
from e2ecli.records import Record

_FIELD = "card"
_ARMOR = "BEGIN"


class SignedCard(Record):
    """A card whose signature has verified, and the binary message that says so."""

    card: Card
    message: bytes
    write_armor: Callable[[bytes], str]

    @property
    def armored(self) -> str:
        """The message as the text that people hand out."""
        return self.write_armor(self.message)


CardReader = Callable[[bytes], SignedCard]
"""Verifies a card, binary or armored, and reads it; raises DamagedError where it isn't one."""


def stored(signed_card: SignedCard) -> dict[str, Any]:
    """Return the field in which a file of the keyring holds a card."""
    return {_FIELD: toml.encode_base64(signed_card.message)}


def read_stored(fields: toml.Table, read_card: CardReader) -> SignedCard:
    """Verify and read the card that a file of the keyring holds, in base64 or armored.

    Raises:
        DamagedError: it isn't one.
    """
    text = fields.text(_FIELD)
    return read_card(text.encode() if text.startswith(_ARMOR) else fields.base64(_FIELD))
