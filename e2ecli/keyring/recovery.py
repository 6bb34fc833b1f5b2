"""Recovery words: an identity's 32-byte root as 24 English words (BIP 39)."""

from e2ecli.errors import E2EError
from e2ecli.primitives.secret import SecretBytes

WORDS = 24


class RecoveryWordsError(E2EError):
    """These are not the recovery words of an identity."""

    kind = "recovery-words"


def recovery_words(root: SecretBytes) -> tuple[str, ...]:
    """Return the 24 words of a root."""
    from mnemonic import Mnemonic  # noqa: PLC0415

    return tuple(Mnemonic("english").to_mnemonic(root.reveal()).split())


def root_of_words(text: str) -> SecretBytes:
    """Return the root that 24 words stand for.

    Raises:
        RecoveryWordsError: there are fewer or more, one isn't in the list (which is said), or together
            they don't match their checksum.
    """
    from mnemonic import Mnemonic  # noqa: PLC0415

    known = Mnemonic("english")
    words = text.lower().split()
    for place, word in enumerate(words, 1):
        if word not in known.wordlist:
            import difflib  # noqa: PLC0415  # only where somebody mistyped

            near = difflib.get_close_matches(word, known.wordlist, 3)
            raise RecoveryWordsError(
                f"word {place} is not in the list of recovery words",
                f"did you mean {' or '.join(near)}?" if near else None,
            )
    if len(words) != WORDS:
        raise RecoveryWordsError(
            f"there are {WORDS} recovery words, and these are {len(words)}", "compare with the paper"
        )
    if not known.check(" ".join(words)):
        raise RecoveryWordsError(
            "these recovery words don't belong together: one of them is wrong, or two are exchanged",
            "compare them, and their order, with the paper",
        )
    return SecretBytes(bytes(known.to_entropy(words)))
