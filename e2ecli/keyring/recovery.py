"""Recovery words: an identity's 32-byte root as 24 English words (BIP 39)."""

from e2ecli.primitives.secret import SecretBytes

WORDS = 24


def recovery_words(root: SecretBytes) -> tuple[str, ...]:
    """Return the 24 words of a root."""
    from mnemonic import Mnemonic  # noqa: PLC0415

    return tuple(Mnemonic("english").to_mnemonic(root.reveal()).split())
