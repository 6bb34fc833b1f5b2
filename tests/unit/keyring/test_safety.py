"""Safety numbers are libsignal's numeric fingerprints."""

import hashlib

import pytest

from e2ecli.keyring.safety import combine, fingerprint, in_groups, safety_number
from tests.unit.keyring.support import signing_key_of

# https://github.com/signalapp/libsignal: the test vector of the numeric fingerprint, version 1
ALICE = bytes.fromhex("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")
BOB = bytes.fromhex("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")
DISPLAYED = "300354477692869396892869876765458257569162576843440918079131"


def test_the_published_vector_of_libsignal() -> None:
    assert combine(fingerprint(ALICE, b"+14152222222"), fingerprint(BOB, b"+14153333333")) == DISPLAYED


def test_the_digits_are_those_of_the_construction() -> None:
    key = signing_key_of("Alice").value
    digest = b"\0\0" + key + key
    for _ in range(5200):
        digest = hashlib.sha512(digest + key).digest()
    groups = [int.from_bytes(digest[at : at + 5], "big") % 100_000 for at in range(0, 30, 5)]
    assert fingerprint(key, key) == "".join(f"{group:05d}" for group in groups)


def test_both_people_see_the_same_60_digits() -> None:
    alice, bob = signing_key_of("Alice"), signing_key_of("Bob")
    number = safety_number(alice, bob)
    assert number == safety_number(bob, alice)
    assert len(number) == 60
    assert number.isdigit()


def test_another_key_gives_another_number() -> None:
    alice, bob, mallory = map(signing_key_of, ("Alice", "Bob", "Mallory"))
    assert safety_number(alice, bob) != safety_number(alice, mallory)


@pytest.mark.parametrize(("one", "other"), [("1" * 30, "2" * 30), ("2" * 30, "1" * 30)])
def test_the_smaller_half_comes_first(one: str, other: str) -> None:
    assert combine(one, other) == "1" * 30 + "2" * 30


def test_people_read_out_groups_of_five() -> None:
    assert in_groups(DISPLAYED)[:2] == ["30035", "44776"]
    assert len(in_groups(DISPLAYED)) == 12
    assert "".join(in_groups(DISPLAYED)) == DISPLAYED
