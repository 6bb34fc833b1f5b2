"""Secret bytes don't show themselves (invariant 6)."""

import copy
import pickle
from collections.abc import Callable

import pytest

from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.primitives.hybrid import HybridSecretKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519SecretKey
from e2ecli.saltpack.keys import MessageKeys, SymmetricKeyMatch
from e2ecli.saltpack.signcryption import PayloadCipher, SigncryptionSealer, SymmetricRecipient

SECRET = b"the secret, 32 bytes of letters."
SHOWN = "<32 secret bytes>"
TRACES = (SECRET.decode(), SECRET.hex(), SECRET[:8].decode(), SECRET.hex()[:8])


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r}",
        lambda secret: f"{secret:>60}".strip(),
        lambda secret: "%s" % secret,  # noqa: UP031
        lambda secret: "%r" % secret,  # noqa: UP031
        "{}".format,
        ascii,
    ],
    ids=["repr", "str", "format", "f-string", "f-string !r", "padded", "%s", "%r", ".format", "ascii"],
)
def test_invariant_6_a_secret_shows_its_length_alone(show: Callable[[SecretBytes], str]) -> None:
    assert show(SecretBytes(SECRET)) == SHOWN


@pytest.mark.parametrize(
    "holder",
    [
        X25519SecretKey(SecretBytes(SECRET)),
        X25519SecretKey(SecretBytes(SECRET)).shared_with(X25519SecretKey.generate().public_key),
        SigningSecretKey.from_seed(SecretBytes(SECRET)),
        HybridSecretKey.from_seed(SecretBytes(SECRET)),
        MessageKeys(X25519SecretKey(SecretBytes(SECRET)), SecretBytes(SECRET)),
        SymmetricKeyMatch(0, SecretBytes(SECRET)),
        SymmetricRecipient(b"identifier", SecretBytes(SECRET)),
        PayloadCipher(SecretBytes(SECRET), bytes(64)),
        SigncryptionSealer(
            PayloadCipher(SecretBytes(SECRET), bytes(64)), SigningSecretKey.from_seed(SecretBytes(SECRET))
        ),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_invariant_6_whatever_holds_a_secret_does_not_show_it(holder: object) -> None:
    shown = f"{holder} {holder!r} {holder!s}"
    assert not [trace for trace in TRACES if trace in shown]


@pytest.mark.parametrize(
    "duplicate", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda function: str(function.__name__)
)
def test_invariant_6_a_secret_is_not_pickled_or_copied(duplicate: Callable[[SecretBytes], object]) -> None:
    with pytest.raises(TypeError, match="can't be pickled or copied"):
        duplicate(SecretBytes(SECRET))


def test_invariant_6_a_key_is_not_taken_apart_with_its_secret() -> None:
    with pytest.raises(TypeError, match="can't be pickled or copied"):
        copy.deepcopy(X25519SecretKey(SecretBytes(SECRET)))


def test_invariant_6_a_secret_does_not_become_bytes_unasked() -> None:
    with pytest.raises(TypeError):
        bytes(SecretBytes(SECRET))  # type: ignore[call-overload]


def test_the_secret_is_revealed_to_who_asks_for_it() -> None:
    assert SecretBytes(SECRET).reveal() == SECRET


def test_a_secret_has_the_length_of_its_bytes() -> None:
    assert len(SecretBytes(SECRET)) == 32


@pytest.mark.parametrize("value", [b"", b"\0", SECRET])
def test_secrets_of_the_same_bytes_are_equal(value: bytes) -> None:
    assert SecretBytes(value) == SecretBytes(bytes(bytearray(value)))


@pytest.mark.parametrize("other", [SECRET[:-1], SECRET + b"\0", SECRET[::-1], b""])
def test_secrets_of_other_bytes_are_not_equal(other: bytes) -> None:
    assert SecretBytes(SECRET) != SecretBytes(other)


@pytest.mark.parametrize("other", [SECRET, SECRET.decode(), None, 32])
def test_a_secret_equals_nothing_but_a_secret(other: object) -> None:
    assert SecretBytes(SECRET) != other


def test_a_secret_has_no_hash_that_would_be_its_fingerprint() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(SecretBytes(SECRET))
