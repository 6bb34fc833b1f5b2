"""Petnames match `[a-z0-9][a-z0-9._-]{0,63}`; no other text becomes a part of a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.errors import UsageError
from e2ecli.keyring.keyid import key_id
from e2ecli.keyring.petnames import check_petname, is_petname, slug
from e2ecli.primitives.ed25519 import SigningPublicKey

KEY_ID = key_id(SigningPublicKey(bytes(32)))

GOOD = ["a", "0", "alice", "alice.liddell", "a-b_c.d", "a" * 64, "a..b", "a.toml", "me2"]
BAD = {
    "nothing": "",
    "65 characters": "a" * 65,
    "a capital": "Alice",
    "a hidden file": ".alice",
    "an option": "-alice",
    "the directory above": "..",
    "a path": "a/b",
    "a path upwards": "../alice",
    "a backslash": "a\\b",
    "a space": "a b",
    "a line's end after": "alice\n",
    "a null": "a\0b",
    "a letter beyond ASCII": "élise",
    "a digit beyond ASCII": "\u0663",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_petname_is(text: str) -> None:
    assert is_petname(text)
    assert check_petname(text) == text


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_no_petname_is(text: str) -> None:
    assert not is_petname(text)
    with pytest.raises(UsageError):
        check_petname(text)


@pytest.mark.parametrize("text", ["me", KEY_ID], ids=["me", "a key id"])
def test_a_name_with_a_meaning_of_its_own_can_not_be_chosen(text: str) -> None:
    with pytest.raises(UsageError, match="means something else"):
        check_petname(text)


@pytest.mark.parametrize(
    ("name", "petname"),
    [
        ("Alice", "alice"),
        ("Alice Liddell", "alice-liddell"),
        ("  Alice \t\n Liddell ", "alice-liddell-"),
        ("Zoë", "zo"),
        ("O'Brien", "obrien"),
        ("../../etc/passwd", "etcpasswd"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("a/b\\c", "abc"),
        ("Alice \u202e\u200b2", "alice-2"),
        ("x" * 100, "x" * 64),
        ("Alice <alice@example.org>", "alice-aliceexample.org"),
    ],
)
def test_the_slug_of(name: str, petname: str) -> None:
    assert slug(name) == petname


@pytest.mark.parametrize("name", ["", "   ", "爱丽丝", "...", "Me", "—", KEY_ID.upper()])
def test_no_slug_can_be_made_of(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        slug(name)
    assert raised.value.hint == "choose one with --name PETNAME"


@given(st.text(max_size=200))
def test_a_slug_is_a_petname_or_an_error(name: str) -> None:
    try:
        made = slug(name)
    except UsageError:
        return
    assert check_petname(made) == made
