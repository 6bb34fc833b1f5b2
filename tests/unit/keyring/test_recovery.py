"""Recovery words: BIP 39's published vectors for 32 bytes, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.keyring.recovery import WORDS, recovery_words, root_of_words
from e2ecli.primitives.secret import SecretBytes

PUBLISHED = {
    "00" * 32: "abandon " * 23 + "art",
    "7f" * 32: "legal winner thank year wave sausage worth useful " * 2
    + "legal winner thank year wave sausage worth title",
    "80" * 32: "letter advice cage absurd amount doctor acoustic avoid " * 2
    + "letter advice cage absurd amount doctor acoustic bless",
    "ff" * 32: "zoo " * 23 + "vote",
}


@pytest.mark.parametrize(("root", "words"), PUBLISHED.items())
def test_a_root_has_the_published_words(root: str, words: str) -> None:
    assert recovery_words(SecretBytes(bytes.fromhex(root))) == tuple(words.split())


@pytest.mark.parametrize(("root", "words"), PUBLISHED.items())
def test_the_published_words_lead_to_their_root(root: str, words: str) -> None:
    assert root_of_words(words).reveal() == bytes.fromhex(root)


@given(st.binary(min_size=32, max_size=32))
def test_every_root_comes_back_from_its_words(root: bytes) -> None:
    words = recovery_words(SecretBytes(root))
    assert len(words) == WORDS
    assert root_of_words(" ".join(words)).reveal() == root
