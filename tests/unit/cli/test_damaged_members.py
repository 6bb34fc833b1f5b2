"""A damaged file of a group's members is the keyring's fault, and is named: nothing a stranger sent."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.people import Village

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing left": lambda _: b"",
    "cut off within the lines": lambda content: content[:100],
    "cut off within the cards": lambda content: content[:-500],
    "a card that was altered": lambda content: content[:-200] + b"x" + content[-199:],
}
COMMANDS = ("groups show team", "groups rotate team", "groups share team", "groups remove team bob")


@pytest.fixture
def members(village: Village) -> Path:
    village.run("alice", "groups", "create", "team", "bob")
    village.run("alice", "groups", "share", "team", "-o", village.file("update"))
    village.run("bob", "import", "--yes", village.file("update"))
    return village.path / "alice" / "groups" / "team" / "1.members"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_it_is_named(village: Village, members: Path, command: str, damage: Callable[[bytes], bytes]) -> None:
    members.write_bytes(damage(members.read_bytes()))
    document = village.run("alice", "--json", *command.split(), code=1) or village.said
    error = json.loads(document)["error"]
    assert error["kind"] == "keyring"
    assert str(members) in error["message"]
    assert error["hint"] is not None


@pytest.mark.parametrize("kept", [0, 100, 200], ids=["nothing left", "one line", "no card"])
def test_a_message_of_the_group_is_not_said_to_be_damaged(village: Village, members: Path, kept: int) -> None:
    message = village.sealed("bob", "team", "m")
    members.write_bytes(members.read_bytes()[:kept])
    assert village.run("alice", "open", message, code=1) == ""
    assert str(members) in village.said
