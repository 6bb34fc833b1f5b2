"""X25519 keys and what NaCl's `crypto_box` makes of two of them."""

import pytest
from nacl import bindings

from e2ecli.errors import DamagedError
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import X25519KeyError, X25519PublicKey, X25519SecretKey

# RFC 7748, section 6.1; the same keys as in "Cryptography in NaCl", section 2.
ALICE = X25519SecretKey(
    SecretBytes(bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
)
ALICE_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
BOB = X25519SecretKey(
    SecretBytes(bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
)
BOB_PUBLIC = bytes.fromhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")

# "Cryptography in NaCl", section 8: `firstkey`, the result of crypto_box_beforenm.
SHARED = bytes.fromhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")

NONCE = bytes(24)

# The points whose order divides 8, in every encoding below 2^255 (https://cr.yp.to/ecdh.html#validate).
LOW_ORDER = {
    "0, of order 4": "0000000000000000000000000000000000000000000000000000000000000000",
    "1, of order 1": "0100000000000000000000000000000000000000000000000000000000000000",
    "of order 8": "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "the other of order 8": "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "p-1, of order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "p, which is 0": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "p+1, which is 1": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}


@pytest.mark.parametrize(("secret", "public"), [(ALICE, ALICE_PUBLIC), (BOB, BOB_PUBLIC)], ids=["a", "b"])
def test_the_public_half_is_that_of_rfc_7748(secret: X25519SecretKey, public: bytes) -> None:
    assert secret.public_key.value == public


@pytest.mark.parametrize(("secret", "public"), [(ALICE, BOB_PUBLIC), (BOB, ALICE_PUBLIC)], ids=["a", "b"])
def test_both_sides_share_the_secret_that_nacl_documents(secret: X25519SecretKey, public: bytes) -> None:
    assert secret.shared_with(X25519PublicKey(public)).key == SecretBytes(SHARED)


def test_a_box_is_nacls_crypto_box() -> None:
    box = ALICE.shared_with(BOB.public_key).box(b"plaintext", NONCE)
    assert box == bindings.crypto_box(b"plaintext", NONCE, BOB_PUBLIC, ALICE.secret.reveal())


def test_a_box_opens_for_the_other_side() -> None:
    box = ALICE.shared_with(BOB.public_key).box(b"plaintext", NONCE)
    assert BOB.shared_with(ALICE.public_key).open_box(box, NONCE) == b"plaintext"


def test_a_box_does_not_open_for_anybody_else() -> None:
    box = ALICE.shared_with(BOB.public_key).box(b"plaintext", NONCE)
    with pytest.raises(BoxOpenError):
        X25519SecretKey.generate().shared_with(ALICE.public_key).open_box(box, NONCE)


@pytest.mark.parametrize("top_bit", [0, 0x80], ids=["", "with the ignored top bit"])
@pytest.mark.parametrize("point", LOW_ORDER.values(), ids=LOW_ORDER)
def test_a_point_of_low_order_is_refused(point: str, top_bit: int) -> None:
    encoded = bytearray.fromhex(point)
    encoded[31] |= top_bit
    public_key = X25519PublicKey(bytes(encoded))
    with pytest.raises(X25519KeyError):
        ALICE.shared_with(public_key)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_public_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(X25519KeyError):
        X25519PublicKey(bytes(length))


def test_a_bad_key_counts_as_damage() -> None:
    assert issubclass(X25519KeyError, DamagedError)


def test_generated_keys_differ() -> None:
    assert X25519SecretKey.generate().secret != X25519SecretKey.generate().secret


def test_a_generated_key_is_32_bytes() -> None:
    assert len(X25519SecretKey.generate().secret) == 32


def test_keys_are_equal_where_their_bytes_are() -> None:
    again, other = X25519PublicKey(ALICE_PUBLIC), BOB.public_key
    assert again == ALICE.public_key != other
    assert {again, ALICE.public_key, other} == {ALICE.public_key, other}
    assert again != again.value


def test_a_key_is_not_the_signing_key_of_the_same_bytes() -> None:
    assert X25519PublicKey(ALICE_PUBLIC) != SigningPublicKey(ALICE_PUBLIC)
    assert hash(X25519PublicKey(ALICE_PUBLIC)) != hash(SigningPublicKey(ALICE_PUBLIC))


def test_a_public_key_shows_itself() -> None:
    assert repr(ALICE.public_key) == f"X25519PublicKey({ALICE_PUBLIC.hex()})"
