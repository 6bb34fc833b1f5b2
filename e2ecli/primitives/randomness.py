"""Random bytes from the operating system."""

from nacl.bindings import randombytes


def random_bytes(length: int) -> bytes:
    """Return `length` unpredictable bytes (libsodium's generator, seeded by the operating system)."""
    return randombytes(length)
