"""MLKEM768-X25519 keys and HPKE to them, held against X-Wing's vectors and RFC 9180's steps."""

import hashlib
import hmac
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from e2ecli.errors import DamagedError
from e2ecli.primitives.hashes import shake256
from e2ecli.primitives.hybrid import (
    ENCAPSULATION_BYTES,
    PUBLIC_KEY_BYTES,
    TAG_BYTES,
    HybridKeyError,
    HybridSealer,
    HybridSecretKey,
    Loaders,
    direct_loaders,
    public_loaders,
)
from e2ecli.primitives.secret import SecretBytes

SEED = SecretBytes(b"the seed of these tests' reader.")
READER = HybridSecretKey.from_seed(SEED)
SEALER = HybridSealer.from_bytes(READER.public_bytes)
INFO = b"e2e/saltpack/hybrid-recipient/v1"
PLAINTEXT = SecretBytes(b"a symmetric key of thirty-two by")

MLKEM_PUBLIC_KEY_BYTES = 1184
MLKEM_CIPHERTEXT_BYTES = 1088

# The three vectors of draft-connolly-cfrg-xwing-kem (spec/test-vectors.json) and the recipient's key of the
# one vector of draft-ietf-hpke-pq (test-vectors.json) for our suite, KEM 0x647a with HKDF-SHA256 and
# ChaCha20-Poly1305: the seed, and of the 1216-byte public key its first 8 bytes, its last 8, and its SHA-256.
PUBLISHED_KEYS = {
    "x-wing 1": (
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "e2236b35a8c24b39",
        "c8cd049040ef6534",
        "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
    ),
    "x-wing 2": (
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "0333285fa2536615",
        "160b8843f1c89c62",
        "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
    ),
    "x-wing 3": (
        "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
        "36244278824f77c6",
        "6f16ffdf66952461",
        "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
    ),
    "hpke-pq": (
        "3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630",
        "f5fb01a5db909ac9",
        "15b33dcf32e5c837",
        "ad8aaf3f00d8a39bfeec2947a7d5dde68be08bba19bd301a348a45dc5fcc8341",
    ),
}


@pytest.mark.parametrize(("seed", "first", "last", "digest"), PUBLISHED_KEYS.values(), ids=PUBLISHED_KEYS)
def test_a_seed_expands_to_the_published_public_key(seed: str, first: str, last: str, digest: str) -> None:
    public = HybridSecretKey.from_seed(SecretBytes(bytes.fromhex(seed))).public_bytes
    assert (public[:8].hex(), public[-8:].hex()) == (first, last)
    assert hashlib.sha256(public).hexdigest() == digest


def test_a_public_key_is_an_ml_kem_key_and_an_x25519_key() -> None:
    expanded = shake256(SEED.reveal(), 96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()
    assert (len(mlkem), len(x25519)) == (MLKEM_PUBLIC_KEY_BYTES, 32)
    assert READER.public_bytes == mlkem + x25519


def open_by_the_specifications(sealed: bytes, seed: bytes, info: bytes) -> bytes:
    """X-Wing's decapsulation, then RFC 9180's key schedule (sections 4 and 5.1) and one ChaCha20-Poly1305."""
    expanded = shake256(seed, 96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    encapsulated, ciphertext = sealed[:ENCAPSULATION_BYTES], sealed[ENCAPSULATION_BYTES:]
    ephemeral = encapsulated[MLKEM_CIPHERTEXT_BYTES:]
    shared_secret = hashlib.sha3_256(
        mlkem.decapsulate(encapsulated[:MLKEM_CIPHERTEXT_BYTES])
        + x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        + ephemeral
        + x25519.public_key().public_bytes_raw()
        + b"\\.//^\\"
    ).digest()
    label = b"HPKE-v1" + b"HPKE" + bytes.fromhex("647a00010003")

    def extract(salt: bytes, name: bytes, key: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), label + name + key, "sha256")

    def expand(secret: bytes, name: bytes, context: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2, "big") + label + name + context
        return hmac.digest(secret, labeled + b"\x01", "sha256")[:length]

    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared_secret, b"secret", b"")
    key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, b"")


def test_what_is_sealed_opens_by_the_steps_of_the_specifications() -> None:
    sealed = SEALER.seal(PLAINTEXT, INFO)
    assert open_by_the_specifications(sealed, SEED.reveal(), INFO) == PLAINTEXT.reveal()


@pytest.mark.parametrize("length", [0, 1, 32, 1000])
def test_what_is_sealed_opens_for_its_reader(length: int) -> None:
    plaintext = SecretBytes(bytes(range(256))[:length] if length < 256 else bytes(length))
    assert READER.open(SEALER.seal(plaintext, INFO), INFO) == plaintext


def test_a_sealed_key_is_1168_bytes() -> None:
    assert len(SEALER.seal(PLAINTEXT, INFO)) == ENCAPSULATION_BYTES + 32 + TAG_BYTES == 1168


def test_the_same_plaintext_is_never_sealed_to_the_same_bytes() -> None:
    assert len({SEALER.seal(PLAINTEXT, INFO) for _ in range(50)}) == 50


SEALED = SEALER.seal(PLAINTEXT, INFO)


def test_another_key_does_not_open_it() -> None:
    assert HybridSecretKey.from_seed(SecretBytes(bytes(32))).open(SEALED, INFO) is None


def test_another_info_does_not_open_it() -> None:
    assert READER.open(SEALED, b"e2e/saltpack/hybrid-recipient/v2") is None


def test_it_does_not_open_with_any_byte_altered() -> None:
    for position in range(len(SEALED)):
        altered = bytearray(SEALED)
        altered[position] ^= 1 << position % 8
        assert READER.open(bytes(altered), INFO) is None, f"byte {position}"


@pytest.mark.parametrize("length", [0, 1, 31, 32, 1087, 1088, 1119, 1120, 1135, 1136, 1167])
def test_it_does_not_open_when_it_is_cut(length: int) -> None:
    assert READER.open(SEALED[:length], INFO) is None


def test_it_does_not_open_with_a_byte_more() -> None:
    assert READER.open(SEALED + b"\0", INFO) is None


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_it_does_not_open_with_an_ephemeral_key_of_low_order(point: bytes) -> None:
    altered = SEALED[:MLKEM_CIPHERTEXT_BYTES] + point + SEALED[ENCAPSULATION_BYTES:]
    assert READER.open(altered, INFO) is None


@pytest.mark.parametrize("length", [0, 32, 1184, 1215, 1217, 2432])
def test_a_public_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(HybridKeyError):
        HybridSealer.from_bytes((READER.public_bytes * 2)[:length])


def test_a_public_key_with_a_number_out_of_ml_kems_range_is_refused() -> None:
    """FIPS 203, section 7.2: the modulus check. 0xfff is above q = 3329."""
    with pytest.raises(HybridKeyError):
        HybridSealer.from_bytes(b"\xff\xff\xff" + READER.public_bytes[3:])


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_nothing_is_sealed_to_an_x25519_half_of_low_order(point: bytes) -> None:
    with pytest.raises(HybridKeyError):
        HybridSealer.from_bytes(READER.public_bytes[:MLKEM_PUBLIC_KEY_BYTES] + point).seal(PLAINTEXT, INFO)


def test_a_bad_public_key_counts_as_damage() -> None:
    assert issubclass(HybridKeyError, DamagedError)


def test_public_keys_have_the_length_that_is_announced() -> None:
    assert len(READER.public_bytes) == PUBLIC_KEY_BYTES == 1216


# The library's own loaders and the documented ones


@pytest.mark.parametrize("loaders", [public_loaders, direct_loaders], ids=["documented", "direct"])
def test_both_ways_of_loading_keys_load_the_same_keys(loaders: Callable[[], Loaders]) -> None:
    load = loaders()
    expanded = shake256(SEED.reveal(), 96)
    mlkem, x25519 = load.mlkem_private(expanded[:64]), load.x25519_private(expanded[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    assert public == READER.public_bytes
    assert load.mlkem_public(public[:MLKEM_PUBLIC_KEY_BYTES]).public_bytes_raw() == public[:-32]
    assert load.x25519_public(public[MLKEM_PUBLIC_KEY_BYTES:]).public_bytes_raw() == public[-32:]


@pytest.mark.parametrize("loaders", [public_loaders, direct_loaders], ids=["documented", "direct"])
@pytest.mark.parametrize("value", [b"", bytes(31), b"\xff" * 1184], ids=["nothing", "short", "out of range"])
def test_both_ways_of_loading_keys_refuse_what_is_none(loaders: Callable[[], Loaders], value: bytes) -> None:
    with pytest.raises(ValueError, match=r"(?s)."):
        loaders().mlkem_public(value)
    with pytest.raises(ValueError, match=r"(?s)."):
        loaders().x25519_public(value)


@pytest.mark.parametrize(
    "binding", [None, ModuleType("_rust")], ids=["there is none", "it has other contents"]
)
def test_without_the_librarys_private_binding_the_documented_loaders_do_the_work(
    monkeypatch: pytest.MonkeyPatch, binding: ModuleType | None
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.bindings._rust", binding)
    assert direct_loaders() == public_loaders()
