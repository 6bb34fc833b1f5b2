"""Key ids: an Ed25519 public key as Bech32 text with the prefix `e2e` (BIP 173)."""

from functools import lru_cache

from e2ecli.errors import DamagedError
from e2ecli.primitives.ed25519 import SigningPublicKey

PREFIX = "e2e"
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_LETTERS = _CHARSET.encode().ljust(256)
_VALUES = bytes(max(_CHARSET.find(chr(character)), 0) for character in range(256))
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6
_DATA_LENGTH = 52
_CHARACTERS = len(PREFIX) + 1 + _DATA_LENGTH + _CHECKSUM_LENGTH
_PADDING_BITS = 5 * _DATA_LENGTH - 256
_REMEMBERED = 64
"""A contact's key id is wanted several times while it is read and shown."""


class KeyIdError(DamagedError):
    """Not a key id: a wrong prefix, length or checksum."""


@lru_cache(_REMEMBERED)
def key_id(key: SigningPublicKey) -> str:
    """Return the key id, 62 characters, of a signing key."""
    data = _digits(int.from_bytes(key.value, "big") << _PADDING_BITS, _DATA_LENGTH)
    checksum = _polymod(data + bytes(_CHECKSUM_LENGTH), _PREFIX_CHECKSUM) ^ 1
    return f"{PREFIX}1" + (data + _digits(checksum, _CHECKSUM_LENGTH)).translate(_LETTERS).decode()


def parse_key_id(text: str) -> SigningPublicKey:
    """Return the signing key that a key id names.

    Raises:
        KeyIdError: the text is no key id, or one with a typing error in it.
    """
    if len(text) != _CHARACTERS:
        raise KeyIdError(f"a key id has {_CHARACTERS} characters, and this has {len(text)}")
    lowered = text.lower()
    prefix, separator, digits = lowered.rpartition("1")
    mixed_case = text not in {lowered, text.upper()}
    if (
        not text.isascii()
        or mixed_case
        or prefix != PREFIX
        or not separator
        or not set(digits) <= set(_CHARSET)
    ):
        raise KeyIdError("this is no key id")
    values = digits.encode().translate(_VALUES)
    if _polymod(values, _PREFIX_CHECKSUM) != 1:
        raise KeyIdError("this key id has a typing error in it: its checksum doesn't match")
    number = 0
    for value in values[:_DATA_LENGTH]:
        number = number << 5 | value
    if number & (1 << _PADDING_BITS) - 1:
        raise KeyIdError("this key id has padding that is not zero")
    return SigningPublicKey((number >> _PADDING_BITS).to_bytes(32, "big"))


def looks_like_key_id(text: str) -> bool:
    """Whether a name is meant as a key id rather than as a petname."""
    return text.lower().startswith(f"{PREFIX}1") and len(text) > 40


def _digits(number: int, count: int) -> bytes:
    """Return the last `count` digits, of 5 bits each, of a number."""
    return bytes([number >> shift & 31 for shift in range(5 * (count - 1), -1, -5)])


def _polymod(values: bytes, checksum: int) -> int:
    """Return a checksum carried on over `values` (BIP 173, "Checksum")."""
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _feedback() -> tuple[int, ...]:
    """Return what each value of a checksum's five top bits is reduced to."""
    reduced = [0] * 32
    for top in range(32):
        for place, generator in enumerate(_GENERATORS):
            reduced[top] ^= generator if top >> place & 1 else 0
    return tuple(reduced)


_FEEDBACK = _feedback()
_PREFIX_CHECKSUM = _polymod(
    bytes([ord(letter) >> 5 for letter in PREFIX]) + b"\0" + bytes([ord(letter) & 31 for letter in PREFIX]), 1
)
