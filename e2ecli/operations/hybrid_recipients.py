"""Hybrid recipients (section 2.2): a symmetric key, sealed by HPKE to a card's hybrid key, as identifier."""

from typing import Final

from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack.header import EncryptionHeader
from e2ecli.saltpack.signcryption import SymmetricRecipient

INFO: Final = b"e2e/saltpack/hybrid-recipient/v1"
IDENTIFIER_BYTES: Final = 1168


def hybrid_recipient(public_key: bytes) -> SymmetricRecipient:
    """Return a recipient entry for a hybrid public key (1216 bytes), with a key fresh for this message.

    Raises:
        HybridKeyError: it is no valid hybrid key.
    """
    from e2ecli.primitives.hybrid import HybridSealer  # noqa: PLC0415  # takes a while to import

    key = SecretBytes(random_bytes(32))
    return SymmetricRecipient(HybridSealer.from_bytes(public_key).seal(key, INFO), key)


def count_hybrid(header: EncryptionHeader) -> int:
    """Return how many recipients' entries are hybrid ones, as far as their form tells."""
    return sum(
        recipient.identifier is not None and len(recipient.identifier) == IDENTIFIER_BYTES
        for recipient in header.recipients
    )
