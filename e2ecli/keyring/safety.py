"""Safety numbers: 60 digits, the same for two people if neither key was exchanged (section 4).

The construction is libsignal's numeric fingerprint: version 0, 5200 iterations of SHA-512, 30 digits a
party, the smaller half first.
"""

from typing import Final

from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hashes import sha512

ITERATIONS: Final = 5200
DIGITS: Final = 60
_VERSION: Final = b"\x00\x00"
_GROUPS_A_PARTY: Final = 6


def safety_number(one: SigningPublicKey, other: SigningPublicKey) -> str:
    """Return the 60 digits of a pair, whichever of the two asks."""
    return combine(fingerprint(one.value, one.value), fingerprint(other.value, other.value))


def fingerprint(key: bytes, stable_identifier: bytes) -> str:
    """Return one party's 30 digits."""
    digest = sha512(_VERSION, key, stable_identifier, key)
    for _ in range(ITERATIONS - 1):
        digest = sha512(digest, key)
    groups = (int.from_bytes(digest[5 * place : 5 * place + 5], "big") for place in range(_GROUPS_A_PARTY))
    return "".join(f"{group % 100_000:05}" for group in groups)


def combine(one: str, other: str) -> str:
    """Return both parties' digits, the smaller half first."""
    return min(one, other) + max(one, other)


def in_groups(digits: str) -> list[str]:
    """Return the digits in groups of five, as people read them out."""
    return [digits[at : at + 5] for at in range(0, len(digits), 5)]
