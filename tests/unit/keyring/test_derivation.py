"""From a root to keys (section 2.6 of the design), computed a second time with the standard library."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.recovery import WORDS, RecoveryWordsError, recovery_words, root_of_words
from e2ecli.primitives.secret import SecretBytes

ROOT = bytes(range(32))


def hkdf(key: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 of RFC 5869 without a salt, 32 bytes."""
    extracted = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def chain(root: bytes, generation: int) -> bytes:
    link = hkdf(root, b"e2e/encryption-chain/v1")
    for _ in range(generation):
        link = hkdf(link, b"e2e/encryption-chain/next/v1")
    return link


def from_root(root: bytes = ROOT, newest: int = 0) -> IdentitySecrets:
    return IdentitySecrets.from_root(SecretBytes(root))._replace(newest=newest)


def test_the_signing_seed_is_derived_from_the_root() -> None:
    assert from_root().signing_seed.reveal() == hkdf(ROOT, b"e2e/ed25519/v1")


def test_a_new_identity_has_generation_0_alone() -> None:
    secrets = from_root()
    assert (secrets.oldest, secrets.newest) == (0, 0)
    assert len(list(secrets.generations())) == 1
    assert secrets.chain.reveal() == chain(ROOT, 0)


@pytest.mark.parametrize("generation", range(4))
def test_the_keys_of_a_generation_are_derived_from_its_link_of_the_chain(generation: int) -> None:
    keys = from_root(newest=generation).newest_keys()
    assert keys.x25519.secret.reveal() == hkdf(chain(ROOT, generation), b"e2e/x25519/v1")
    assert keys.hybrid_seed.reveal() == hkdf(chain(ROOT, generation), b"e2e/mlkem768x25519/v1")


def test_all_generations_are_kept_oldest_first() -> None:
    kept = [keys.x25519.secret.reveal() for keys in from_root(newest=2).generations()]
    assert kept == [hkdf(chain(ROOT, generation), b"e2e/x25519/v1") for generation in range(3)]


def test_a_chain_that_starts_later_gives_the_same_later_keys_and_no_earlier_ones() -> None:
    signing_seed = from_root().signing_seed
    later = IdentitySecrets(signing_seed, SecretBytes(chain(ROOT, 2)), oldest=2, newest=3)
    all_keys = [keys.x25519.secret.reveal() for keys in from_root(newest=3).generations()]
    assert [keys.x25519.secret.reveal() for keys in later.generations()] == all_keys[2:]


def test_what_is_kept_after_a_rotation_holds_nothing_of_earlier_links() -> None:
    packed = IdentitySecrets(from_root().signing_seed, SecretBytes(chain(ROOT, 2)), 2, 2).to_bytes().reveal()
    assert len(packed) == 64
    for forgotten in (ROOT, chain(ROOT, 0), chain(ROOT, 1)):
        assert forgotten not in packed


@given(st.binary(min_size=32, max_size=32), st.integers(0, 5), st.integers(0, 5))
def test_secrets_survive_packing(root: bytes, oldest: int, more: int) -> None:
    secrets = from_root(root)._replace(oldest=oldest, newest=oldest + more)
    assert IdentitySecrets.from_bytes(secrets.to_bytes(), oldest, oldest + more) == secrets


def test_invariant_6_the_secrets_do_not_show_in_a_repr() -> None:
    secrets = from_root(newest=1)
    shown = repr(secrets) + repr(list(secrets.generations()))
    for secret in (secrets.signing_seed, secrets.chain, secrets.newest_keys().hybrid_seed):
        assert secret.reveal().hex() not in shown
        assert repr(secret.reveal()) not in shown


# https://github.com/trezor/python-mnemonic/blob/master/vectors.json: the vectors for 32 bytes
VECTORS = {
    "00" * 32: "abandon " * 23 + "art",
    "7f" * 32: "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth "
    "useful legal winner thank year wave sausage worth title",
    "80"
    * 32: "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor "
    "acoustic avoid letter advice cage absurd amount doctor acoustic bless",
    "ff" * 32: "zoo " * 23 + "vote",
}


@pytest.mark.parametrize(("root", "words"), VECTORS.items(), ids=[root[:4] for root in VECTORS])
def test_the_recovery_words_are_those_of_bip_39(root: str, words: str) -> None:
    assert recovery_words(SecretBytes(bytes.fromhex(root))) == tuple(words.split())
    assert len(words.split()) == WORDS


def test_a_rotation_adds_a_generation_and_keeps_those_before() -> None:
    before, after = list(from_root().generations()), list(from_root().rotated().generations())
    assert after[:1] == before
    assert after[1].x25519.secret.reveal() == hkdf(chain(ROOT, 1), b"e2e/x25519/v1")


@pytest.mark.parametrize("before", range(4))
def test_forgetting_leaves_the_later_generations_alone(before: int) -> None:
    all_kept = from_root(newest=3)
    rest = all_kept.forgetting(before)
    assert list(rest.generations()) == list(all_kept.generations())[before:]
    assert rest.chain.reveal() == chain(ROOT, before)


def test_what_was_forgotten_stays_so_when_earlier_ones_are_forgotten_again() -> None:
    rest = from_root(newest=3).forgetting(2)
    assert rest.forgetting(3) == from_root(newest=3).forgetting(3)


@given(st.binary(min_size=32, max_size=32))
def test_the_words_bring_the_root_back(root: bytes) -> None:
    words = recovery_words(SecretBytes(root))
    assert root_of_words(" ".join(words)).reveal() == root
    assert root_of_words("\n".join(words).upper()).reveal() == root


LEGAL_WINNER = VECTORS["7f" * 32]
NO_WORDS = {
    "nothing": ("", "these are 0"),
    "23 words": (LEGAL_WINNER.rpartition(" ")[0], "these are 23"),
    "25 words": (LEGAL_WINNER + " title", "these are 25"),
    "a word that is none": (LEGAL_WINNER.replace("wave", "waxe", 1), "word 5 is not in the list"),
    "a word of another place": (LEGAL_WINNER.replace("title", "useful"), "don't belong together"),
    "two words exchanged": (LEGAL_WINNER.replace("legal winner", "winner legal", 1), "don't belong together"),
}


@pytest.mark.parametrize(("words", "match"), NO_WORDS.values(), ids=NO_WORDS.keys())
def test_no_recovery_words_are(words: str, match: str) -> None:
    with pytest.raises(RecoveryWordsError, match=match):
        root_of_words(words)
