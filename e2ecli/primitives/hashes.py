"""SHA-512, HMAC-SHA512 and SHAKE256.

Long inputs are hashed by the standard library's OpenSSL, whose SHA-512 is half as fast again as
libsodium's and releases the interpreter lock. It takes a while to load, so short inputs do without.
"""

from typing import Final, Protocol

from nacl import bindings

_LONG_BYTES: Final = 16 * 1024


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
    if sum(map(len, parts)) < _LONG_BYTES:
        return bindings.crypto_hash_sha512(b"".join(parts))
    running = running_sha512()
    for part in parts:
        running.update(part)
    return running.digest()


def running_sha512() -> RunningHash:
    """Return a SHA-512 that takes its input piece by piece."""
    import hashlib  # noqa: PLC0415  # takes a while to load

    return hashlib.sha512()


def hmac_sha512_256(key: bytes, message: bytes) -> bytes:
    """Return the first 32 bytes of HMAC-SHA512 (NaCl's `crypto_auth`); any key length."""
    from cryptography.hazmat.primitives.hashes import SHA512  # noqa: PLC0415
    from cryptography.hazmat.primitives.hmac import HMAC  # noqa: PLC0415

    running = HMAC(key, SHA512())
    running.update(message)
    return running.finalize()[:32]


def shake256(seed: bytes, length: int) -> bytes:
    """Return `length` bytes of SHAKE256 output."""
    from cryptography.hazmat.primitives.hashes import SHAKE256, Hash  # noqa: PLC0415

    running = Hash(SHAKE256(digest_size=length))
    running.update(seed)
    return running.finalize()


def equal_in_constant_time(left: bytes, right: bytes) -> bool:
    """Compare two byte strings in time that depends on their lengths alone."""
    return len(left) == len(right) and bindings.sodium_memcmp(left, right)
