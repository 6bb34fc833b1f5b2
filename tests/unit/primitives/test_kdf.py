"""Keys from keys by HKDF, and keys from passphrases by Argon2id."""

import hmac

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from e2ecli.errors import E2EError
from e2ecli.primitives.kdf import Argon2idCost, argon2id, hkdf_sha256
from e2ecli.primitives.secret import SecretBytes

KIB = 1024
SALT = bytes(range(16))


def hkdf_by_the_rfc(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, sections 2.2 and 2.3, with no salt."""
    pseudorandom_key = hmac.digest(bytes(32), key, "sha256")
    output = block = b""
    while len(output) < length:
        number = bytes([len(output) // 32 + 1])
        block = hmac.digest(pseudorandom_key, block + info + number, "sha256")
        output += block
    return output[:length]


def test_hkdf_is_that_of_rfc_5869() -> None:
    """RFC 5869, appendix A.3: no salt, no info."""
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert hkdf_sha256(SecretBytes(b"\x0b" * 22), b"", 42).reveal().hex() == expected


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 255])
@pytest.mark.parametrize("info", [b"", b"e2e/ed25519/v1", bytes(100)], ids=["no info", "short", "long"])
def test_hkdf_follows_the_steps_of_the_rfc(info: bytes, length: int) -> None:
    key = b"a key of any length"
    assert hkdf_sha256(SecretBytes(key), info, length).reveal() == hkdf_by_the_rfc(key, info, length)


def test_a_derived_key_is_32_bytes_unless_asked_otherwise() -> None:
    assert len(hkdf_sha256(SecretBytes(b"key"), b"info")) == 32


def test_each_purpose_has_its_own_key() -> None:
    key = SecretBytes(b"key")
    assert hkdf_sha256(key, b"one purpose") != hkdf_sha256(key, b"another")


def test_the_reference_for_argon2id_is_that_of_rfc_9106() -> None:
    """RFC 9106, section 5.3; OpenSSL's implementation, against which libsodium's is held below."""
    reference = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\x04" * 12,
        secret=b"\x03" * 8,
    )
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert reference.derive(b"\x01" * 32).hex() == expected


@pytest.mark.parametrize(
    ("passphrase", "passes", "memory"),
    [
        ("", 1, 8 * KIB),
        ("correct horse battery staple", 1, 64 * KIB),
        ("correct horse battery staple", 3, 256 * KIB),
        ("Pässwörter überall \N{SNOWMAN}", 2, 1024 * KIB),
        ("x" * 1000, 4, 8 * KIB),
    ],
)
def test_argon2id_is_that_of_another_implementation(passphrase: str, passes: int, memory: int) -> None:
    secret = passphrase.encode()
    reference = Argon2id(salt=SALT, length=32, iterations=passes, lanes=1, memory_cost=memory // KIB)
    derived = argon2id(SecretBytes(secret), SALT, Argon2idCost(passes, memory))
    assert derived.reveal() == reference.derive(secret)


@pytest.mark.parametrize(
    ("passphrase", "salt", "cost"),
    [
        (b"passphrasf", SALT, Argon2idCost(1, 8 * KIB)),
        (b"passphrase", SALT[::-1], Argon2idCost(1, 8 * KIB)),
        (b"passphrase", SALT, Argon2idCost(2, 8 * KIB)),
        (b"passphrase", SALT, Argon2idCost(1, 16 * KIB)),
    ],
    ids=["passphrase", "salt", "passes", "memory"],
)
def test_everything_that_goes_in_changes_the_key(passphrase: bytes, salt: bytes, cost: Argon2idCost) -> None:
    key = argon2id(SecretBytes(b"passphrase"), SALT, Argon2idCost(1, 8 * KIB))
    assert argon2id(SecretBytes(passphrase), salt, cost) != key


def test_a_cost_in_memory_that_no_machine_has_is_refused_and_named() -> None:
    with pytest.raises(E2EError, match="MiB of memory"):
        argon2id(SecretBytes(b"passphrase"), SALT, Argon2idCost(1, 2**50))
