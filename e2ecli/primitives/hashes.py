"""SHA-512, HMAC-SHA512 and SHAKE256.

These come from the standard library's OpenSSL: its SHA-512 is half as fast again as libsodium's and
releases the interpreter lock.
"""

import hashlib
import hmac
from typing import Protocol


class RunningHash(Protocol):
    """A hash that takes its input piece by piece."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Add a piece."""
        ...

    def digest(self) -> bytes:
        """Return the hash of all pieces, 64 bytes."""
        ...


def sha512(*parts: bytes | bytearray | memoryview) -> bytes:
    """Return the SHA-512 hash, 64 bytes, of the concatenated parts (NaCl's `crypto_hash`)."""
    running = hashlib.sha512()
    for part in parts:
        running.update(part)
    return running.digest()


def running_sha512() -> RunningHash:
    """Return a SHA-512 that takes its input piece by piece."""
    return hashlib.sha512()


def hmac_sha512_256(key: bytes, message: bytes) -> bytes:
    """Return the first 32 bytes of HMAC-SHA512 (NaCl's `crypto_auth`); any key length."""
    return hmac.digest(key, message, "sha512")[:32]


def shake256(seed: bytes, length: int) -> bytes:
    """Return `length` bytes of SHAKE256 output."""
    return hashlib.shake_256(seed).digest(length)


def equal_in_constant_time(left: bytes, right: bytes) -> bool:
    """Compare two byte strings in time that depends on their lengths alone."""
    return hmac.compare_digest(left, right)
