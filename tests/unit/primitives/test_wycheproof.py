"""Ed25519 and X25519 as the program uses them, against Wycheproof's vectors.

Of what Wycheproof leaves to the implementation: public keys on the twist and in encodings that aren't
canonical are taken, as RFC 7748 wants; those that make the shared secret zero are refused.
"""

from collections import Counter
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey as LibraryPublicKey

from e2ecli.primitives.ed25519 import SignatureInvalidError, SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519KeyError, X25519PublicKey, X25519SecretKey
from tests.unit.saltpack.support import cases

ED25519 = cases("wycheproof-ed25519.json")
X25519 = cases("wycheproof-x25519.json")
ZERO = "00" * 32


def each(chosen: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", chosen, ids=[f"{case['name']}" for case in chosen])


def of(result: str, vectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [case for case in vectors if case["result"] == result]


def test_the_vectors_are_all_there() -> None:
    assert Counter(case["result"] for case in ED25519) == {"valid": 88, "invalid": 63}
    assert Counter(case["result"] for case in X25519) == {"valid": 264, "acceptable": 254}


# Ed25519


def verify(case: dict[str, Any]) -> None:
    key = SigningPublicKey(bytes.fromhex(case["public_hex"]))
    key.verify(bytes.fromhex(case["message_hex"]), bytes.fromhex(case["signature_hex"]))


@each(of("valid", ED25519))
def test_a_valid_signature_verifies(case: dict[str, Any]) -> None:
    verify(case)


@each(of("invalid", ED25519))
def test_an_invalid_signature_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(SignatureInvalidError):
        verify(case)


# X25519

MASK = 2**32 - 1


def hsalsa20(key: bytes) -> bytes:
    """HSalsa20 of a key and sixteen zeros ("Extending the Salsa20 nonce", section 2): a box's key."""
    constants = [int.from_bytes(b"expand 32-byte k"[at : at + 4], "little") for at in range(0, 16, 4)]
    words = [int.from_bytes(key[at : at + 4], "little") for at in range(0, 32, 4)]
    x = [constants[0], *words[:4], constants[1], 0, 0, 0, 0, constants[2], *words[4:], constants[3]]
    columns = [(0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)]
    rows = [(0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)]
    for _ in range(10):
        for a, b, c, d in columns + rows:
            for target, left, right, bits in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                total = x[left] + x[right] & MASK
                x[target] ^= (total << bits | total >> 32 - bits) & MASK
    return b"".join(x[place].to_bytes(4, "little") for place in (0, 5, 10, 15, 6, 7, 8, 9))


def keys_of(case: dict[str, Any]) -> tuple[X25519SecretKey, X25519PublicKey]:
    secret = X25519SecretKey(SecretBytes(bytes.fromhex(case["secret_hex"])))
    return secret, X25519PublicKey(bytes.fromhex(case["public_hex"]))


def exchanged(case: dict[str, Any]) -> str:
    """The shared secret as the hybrid key's library computes it."""
    secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["secret_hex"]))
    return secret.exchange(LibraryPublicKey.from_public_bytes(bytes.fromhex(case["public_hex"]))).hex()


TAKEN = [case for case in X25519 if case["shared_hex"] != ZERO]
REFUSED = [case for case in X25519 if case["shared_hex"] == ZERO]


def test_all_that_is_refused_is_of_low_order_and_none_of_it_valid() -> None:
    assert len(REFUSED) == 31
    assert {case["result"] for case in REFUSED} == {"acceptable"}
    assert all("LowOrderPublic" in case["flags"] for case in REFUSED)
    assert not any("LowOrderPublic" in case["flags"] for case in TAKEN)


@each(TAKEN)
def test_a_box_key_is_made_of_the_right_shared_secret(case: dict[str, Any]) -> None:
    secret, public = keys_of(case)
    assert secret.shared_with(public).key.reveal() == hsalsa20(bytes.fromhex(case["shared_hex"]))


@each(REFUSED)
def test_a_shared_secret_of_zeros_is_refused(case: dict[str, Any]) -> None:
    secret, public = keys_of(case)
    with pytest.raises(X25519KeyError):
        secret.shared_with(public)


@each(TAKEN)
def test_the_hybrid_keys_library_computes_the_same(case: dict[str, Any]) -> None:
    assert exchanged(case) == case["shared_hex"]


@each(REFUSED)
def test_the_hybrid_keys_library_refuses_a_shared_secret_of_zeros(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(?s)."):
        exchanged(case)
