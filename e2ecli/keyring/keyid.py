"""Key ids: an Ed25519 public key as Bech32 text with the prefix `e2e` (BIP 173)."""

from e2ecli.errors import DamagedError
from e2ecli.primitives.ed25519 import SigningPublicKey

PREFIX = "e2e"
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


class KeyIdError(DamagedError):
    """Not a key id: a wrong prefix, length or checksum."""


def key_id(key: SigningPublicKey) -> str:
    """Return the key id, 62 characters, of a signing key."""
    data = _regroup(key.value, 8, 5)
    checksum = _polymod([*_expanded_prefix(), *data, *[0] * _CHECKSUM_LENGTH]) ^ 1
    digits = [checksum >> 5 * (_CHECKSUM_LENGTH - 1 - position) & 31 for position in range(_CHECKSUM_LENGTH)]
    return f"{PREFIX}1" + "".join(_CHARSET[digit] for digit in [*data, *digits])


def parse_key_id(text: str) -> SigningPublicKey:
    """Return the signing key that a key id names.

    Raises:
        KeyIdError: the text is no key id, or one with a typing error in it.
    """
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
    values = [_CHARSET.index(digit) for digit in digits]
    if _polymod([*_expanded_prefix(), *values]) != 1:
        raise KeyIdError("this key id has a typing error in it: its checksum doesn't match")
    data = bytes(_regroup(values[:-_CHECKSUM_LENGTH], 5, 8))
    if len(data) != 32 or _regroup(data, 8, 5) != values[:-_CHECKSUM_LENGTH]:
        raise KeyIdError("this key id has a wrong length")
    return SigningPublicKey(data)


def looks_like_key_id(text: str) -> bool:
    """Whether a name is meant as a key id rather than as a petname."""
    return text.lower().startswith(f"{PREFIX}1") and len(text) > 40


def _expanded_prefix() -> list[int]:
    return [ord(letter) >> 5 for letter in PREFIX] + [0] + [ord(letter) & 31 for letter in PREFIX]


def _polymod(values: list[int]) -> int:
    checksum = 1
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


def _regroup(values: bytes | list[int], from_bits: int, to_bits: int) -> list[int]:
    """Regroup bits, most significant first; bits that fill no group are padded (to 5) or dropped (to 8)."""
    number = 0
    for value in values:
        number = number << from_bits | value
    bits = len(values) * from_bits
    if to_bits < from_bits:
        padding = -bits % to_bits
        number, bits = number << padding, bits + padding
    else:
        number, bits = number >> bits % to_bits, bits - bits % to_bits
    return [number >> bits - to_bits * (place + 1) & (1 << to_bits) - 1 for place in range(bits // to_bits)]
