"""Ed25519 as libsodium checks it: RFC 8032, and neither malleable signatures nor keys of small order."""

from itertools import count

import pytest

from e2ecli.errors import DamagedError, ForgedError
from e2ecli.primitives.ed25519 import SignatureInvalidError, SigningPublicKey, SigningSecretKey
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.secret import SecretBytes

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

# RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
each_rfc_vector = pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [tuple(map(bytes.fromhex, vector)) for vector in RFC_8032],
    ids=["test 1", "test 2", "test 3"],
)

# The points of order 1, 2, 4 and 8, in their canonical encodings, and in those that are not.
SMALL_ORDER = {
    "of order 1": "0100000000000000000000000000000000000000000000000000000000000000",
    "of order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "of order 4, x even": "0000000000000000000000000000000000000000000000000000000000000000",
    "of order 4, x odd": "0000000000000000000000000000000000000000000000000000000000000080",
    "of order 8, first": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "of order 8, second": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "of order 8, third": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "of order 8, fourth": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "of order 1, not canonical": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "of order 4, not canonical": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}
IDENTITY = bytes.fromhex(SMALL_ORDER["of order 1"])

KEY = SigningSecretKey.from_seed(SecretBytes(b"the seed of these tests' signer."))
MESSAGE = b"a message"
SIGNATURE = KEY.sign(MESSAGE)


@each_rfc_vector
def test_a_seed_gives_the_public_key_of_rfc_8032(
    seed: bytes, public: bytes, message: bytes, signature: bytes
) -> None:
    assert SigningSecretKey.from_seed(SecretBytes(seed)).public_key == SigningPublicKey(public)


@each_rfc_vector
def test_a_signature_is_that_of_rfc_8032(
    seed: bytes, public: bytes, message: bytes, signature: bytes
) -> None:
    assert SigningSecretKey.from_seed(SecretBytes(seed)).sign(message) == signature


@each_rfc_vector
def test_a_signature_of_rfc_8032_verifies(
    seed: bytes, public: bytes, message: bytes, signature: bytes
) -> None:
    SigningPublicKey(public).verify(message, signature)


def test_a_signature_with_any_bit_flipped_is_refused() -> None:
    for bit in range(8 * len(SIGNATURE)):
        altered = bytearray(SIGNATURE)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureInvalidError):
            KEY.public_key.verify(MESSAGE, bytes(altered))


@pytest.mark.parametrize("message", [b"", b"a messagf", b"a message ", b"A message"])
def test_a_signature_over_another_message_is_refused(message: bytes) -> None:
    with pytest.raises(SignatureInvalidError):
        KEY.public_key.verify(message, SIGNATURE)


def test_a_signature_of_another_key_is_refused() -> None:
    other = SigningSecretKey.from_seed(SecretBytes(bytes(32)))
    with pytest.raises(SignatureInvalidError):
        other.public_key.verify(MESSAGE, SIGNATURE)


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SignatureInvalidError):
        KEY.public_key.verify(MESSAGE, (SIGNATURE + SIGNATURE)[:length])


@pytest.mark.parametrize("cut", [0, 1, 63, 65, 66])
def test_bytes_do_not_move_between_a_signature_and_its_message(cut: int) -> None:
    """Laid one behind the other, both are the same bytes as before."""
    signed = SIGNATURE + MESSAGE
    with pytest.raises(SignatureInvalidError):
        KEY.public_key.verify(signed[cut:], signed[:cut])


def test_an_all_zero_signature_is_refused() -> None:
    with pytest.raises(SignatureInvalidError):
        KEY.public_key.verify(MESSAGE, bytes(64))


@pytest.mark.parametrize("times", [1, 2, 15])
def test_a_malleable_signature_is_refused(times: int) -> None:
    """S plus a multiple of the group's order satisfies the equation; RFC 8032 wants S below the order."""
    scalar = int.from_bytes(SIGNATURE[32:], "little") + times * GROUP_ORDER
    with pytest.raises(SignatureInvalidError):
        KEY.public_key.verify(MESSAGE, SIGNATURE[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("encoded", SMALL_ORDER.values(), ids=SMALL_ORDER)
def test_a_key_of_small_order_verifies_nothing(encoded: str) -> None:
    """Anybody can sign for such a key: S·B = R + h·A holds with S = 0, the identity as R, and 8 | h."""
    key = bytes.fromhex(encoded)
    message = next(
        message
        for message in (number.to_bytes(4, "big") for number in count())
        if int.from_bytes(sha512(IDENTITY, key, message), "little") % GROUP_ORDER % 8 == 0
    )
    with pytest.raises(SignatureInvalidError):
        SigningPublicKey(key).verify(message, IDENTITY + bytes(32))


@pytest.mark.parametrize("encoded", SMALL_ORDER.values(), ids=SMALL_ORDER)
def test_a_key_of_small_order_is_not_valid(encoded: str) -> None:
    assert not SigningPublicKey(bytes.fromhex(encoded)).is_valid()


@pytest.mark.parametrize("value", [b"\x02" + bytes(31), b"\xff" * 32], ids=["no point", "not canonical"])
def test_a_key_that_is_no_point_is_not_valid(value: bytes) -> None:
    assert not SigningPublicKey(value).is_valid()


@each_rfc_vector
def test_a_key_of_rfc_8032_is_valid(seed: bytes, public: bytes, message: bytes, signature: bytes) -> None:
    assert SigningPublicKey(public).is_valid()


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    with pytest.raises(SignatureInvalidError):
        SigningPublicKey(b"\x02" + bytes(31)).verify(MESSAGE, SIGNATURE)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_public_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(DamagedError):
        SigningPublicKey(bytes(length))


def test_an_invalid_signature_counts_as_forged() -> None:
    assert issubclass(SignatureInvalidError, ForgedError)


def test_keys_are_equal_where_their_bytes_are() -> None:
    again = SigningPublicKey(KEY.public_key.value)
    other = SigningPublicKey(bytes(32))
    assert again == KEY.public_key != other
    assert {again, KEY.public_key, other} == {KEY.public_key, other}
    assert again != again.value


def test_a_public_key_shows_itself() -> None:
    assert repr(SigningPublicKey(bytes(31) + b"\x2a")) == f"SigningPublicKey({'00' * 31}2a)"
