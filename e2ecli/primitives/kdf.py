"""Key derivation: HKDF-SHA256 from keys, Argon2id from passphrases."""

from e2ecli.errors import E2EError
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record


def hkdf_sha256(key: SecretBytes, info: bytes, length: int = 32) -> SecretBytes:
    """Return `length` bytes derived from `key` for the purpose `info` (RFC 5869, without salt)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return SecretBytes(HKDF(SHA256(), length=length, salt=None, info=info).derive(key.reveal()))


class Argon2idCost(Record):
    """How hard a passphrase is to try: passes over the memory, and the memory in bytes."""

    passes: int
    memory: int


SALT_BYTES = 16


def argon2id(passphrase: SecretBytes, salt: bytes, cost: Argon2idCost) -> SecretBytes:
    """Return the 32-byte key of a passphrase (RFC 9106, one lane, as libsodium does).

    The passphrase is its UTF-8 bytes; the salt is 16 bytes.

    Raises:
        E2EError: there isn't the memory that the cost demands.
    """
    from nacl import exceptions, pwhash  # noqa: PLC0415

    try:
        key = pwhash.argon2id.kdf(32, passphrase.reveal(), salt, opslimit=cost.passes, memlimit=cost.memory)
    except (exceptions.CryptoError, MemoryError):
        raise E2EError(
            f"a passphrase's key needs {cost.memory // 2**20} MiB of memory, more than there is"
        ) from None
    return SecretBytes(key)
