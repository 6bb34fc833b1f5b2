"""Names in messages from people who mean harm: none of them becomes a path, and none is shown as it is."""

import io
from pathlib import Path

import pytest

from e2ecli.cli.invocation import system_clock
from e2ecli.cli.passphrases import GivenPassphrases
from e2ecli.operations.send import SendOptions, prepare, seal
from e2ecli.operations.workspace import Workspace
from tests.scenes.world import World

HOSTILE = {
    "a file in the parent directory": "../../x",
    "an absolute path": "/etc/x",
    "a subdirectory": "in/x",
    "a backslash": "in\\x",
    "a hidden file": ".profile",
    "this directory": ".",
    "the directory above": "..",
    "nothing": "",
    "an escape sequence": "x\x1b[2J",
    "a line end": "x\ny",
    "a null character": "x\0y",
    "a bidirectional override": "x\u202etxt.exe",
    "spaces around it": " x ",
    "1,000 characters": "x" * 1_000,
    "10,000 characters": "x" * 10_000,
}


def sealed_under(world: World, sender: str, recipient: str, name: str) -> bytes:
    """Return a message whose metadata names the file so, as no command of the program would."""
    workspace = Workspace.at(world.keyring(sender), system_clock, GivenPassphrases(None, None, None))
    message = bytearray()
    sending = prepare(workspace, [recipient], SendOptions())
    seal(sending, io.BufferedReader(io.BytesIO(b"hello\n")), message.extend, name, armored=False)
    return bytes(message)


def everything_in(world: World) -> set[Path]:
    return {path for path in world.root.rglob("*") if "keyring" not in path.parts}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("options", ["-f -d in"], ids=["forced, in a directory"])
def test_a_hostile_name_is_refused_and_nothing_written(
    world: World, village: World, name: str, options: str
) -> None:
    world.invite(village, ["alice", "bob"])
    (world.table / "in").mkdir()
    (world.table / "letter").write_bytes(sealed_under(world, "alice", "bob", name))
    world.home("bob")
    before = everything_in(world)
    outcome = world.run("bob", f"e2e open -O letter {options}")
    assert outcome.exit_code == 3, outcome
    assert not outcome.stdout
    assert everything_in(world) == before
    assert not {"\x1b", "\u202e", "\0"} & set(outcome.stderr)
    assert len(outcome.stderr) < 1000
    assert "Traceback" not in outcome.stderr
    assert "defect in e2e" not in outcome.stderr


def test_a_plain_name_crafted_in_the_same_way_is_taken(world: World, village: World) -> None:
    world.invite(village, ["alice", "bob"])
    (world.table / "letter").write_bytes(sealed_under(world, "alice", "bob", "plan.txt"))
    assert world.run("bob", "e2e -q open -O letter").exit_code == 0
    assert (world.table / "plan.txt").read_bytes() == b"hello\n"
