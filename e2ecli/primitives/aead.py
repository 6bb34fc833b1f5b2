"""XChaCha20-Poly1305 with associated data, for secrets at rest."""

from nacl import bindings, exceptions

from e2ecli.errors import DamagedError
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes

NONCE_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


class AeadOpenError(DamagedError):
    """A ciphertext doesn't open: another key, or altered."""


def seal(plaintext: SecretBytes, associated_data: bytes, key: SecretBytes) -> bytes:
    """Return a random 24-byte nonce followed by the ciphertext of `plaintext` under a 32-byte key."""
    nonce = random_bytes(NONCE_BYTES)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
        plaintext.reveal(), associated_data, nonce, key.reveal()
    )


def open_sealed(sealed: bytes, associated_data: bytes, key: SecretBytes) -> SecretBytes:
    """Return what `seal` sealed.

    Raises:
        AeadOpenError: another key or other associated data, or altered.
    """
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return SecretBytes(
            bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                ciphertext, associated_data, nonce, key.reveal()
            )
        )
    except (exceptions.CryptoError, ValueError):
        raise AeadOpenError("a ciphertext doesn't open under its key") from None
