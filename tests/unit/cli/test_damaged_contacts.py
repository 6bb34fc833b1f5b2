"""A contact whose stored card was altered: listed as it stands, and never used or given out."""

import base64
import tomllib
from pathlib import Path

import pytest

from tests.unit.cli.people import Village

NAME = b"bob"
FORGED = b"eve"


@pytest.fixture(autouse=True)
def altered(village: Village) -> Path:
    """The name on Bob's card in Alice's keyring, changed where it lies."""
    path = next((village.path / "alice" / "contacts").glob("bob.*"))
    stored = tomllib.loads(path.read_text())["card"]
    message = base64.b64decode(stored).replace(b'name = "' + NAME, b'name = "' + FORGED)
    path.write_text(path.read_text().replace(stored, base64.b64encode(message).decode()))
    return path


def test_it_is_listed_as_it_stands(village: Village) -> None:
    (row,) = village.run("alice", "contacts", "list").splitlines()
    assert row.split("\t")[:2] == ["bob", FORGED.decode()]


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", "bob", "TEXT"],
        ["send", "bob", "TEXT", "--deniable"],
        ["export", "bob"],
        ["contacts", "list", "--json"],
        ["contacts", "show", "bob"],
        ["contacts", "verify", "bob"],
        ["contacts", "introduce", "bob", "--to", "bob"],
        ["contacts", "rename", "bob", "robert"],
        ["contacts", "remove", "bob"],
        ["groups", "create", "team", "bob"],
        ["import", "bob.card"],
        ["open", "from-bob"],
    ],
    ids=" ".join,
)
def test_it_is_not_used_or_given_out(village: Village, altered: Path, arguments: list[str]) -> None:
    village.sealed("bob", "alice", "from-bob")
    before = altered.read_bytes()
    paths = {"TEXT": village.file("text", "hello"), "bob.card": "", "from-bob": ""}
    arguments = [village.file(word) if word in paths else word for word in arguments]
    printed = village.run("alice", *arguments, code=1)
    assert altered.name in village.said + printed
    assert altered.read_bytes() == before


def test_doctor_finds_it(village: Village, altered: Path) -> None:
    assert altered.name in village.run("alice", "doctor", code=1)
