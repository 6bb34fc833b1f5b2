"""A power cut at any instant, or right after success, takes nothing away (invariant 7)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.commands import COMMANDS, Command, name_of
from tests.torture.faults import Call
from tests.torture.power import lost_names, unsafe_renames

MARKS = {"used", "drilled"}
"""When a contact was last used, and whether the recovery words were tried: no harm is done without."""

CallsOf = Callable[[Command], tuple[Call, ...]]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=name_of)


@each_command
def test_no_file_gets_its_name_before_its_content_is_on_the_disk(
    undisturbed_calls: CallsOf, command: Command
) -> None:
    assert unsafe_renames(undisturbed_calls(command)) == []


@each_command
def test_every_name_is_on_the_disk_when_a_command_has_succeeded(
    undisturbed_calls: CallsOf, command: Command
) -> None:
    lost = [Path(path) for path in lost_names(undisturbed_calls(command))]
    assert [path.name for path in lost if not MARKS & {path.name, path.parent.name}] == []


def test_the_model_finds_a_rename_that_comes_too_early() -> None:
    calls = [Call("open", "/a.e2e-tmp"), Call("write", "/a.e2e-tmp"), Call("rename", "/a.e2e-tmp", "/a")]
    assert unsafe_renames(calls) == ["/a"]
    assert lost_names(calls) == ["/a"]


def test_the_model_is_content_with_what_is_flushed() -> None:
    calls = [
        Call("open", "/a.e2e-tmp"),
        Call("write", "/a.e2e-tmp"),
        Call("fsync", "/a.e2e-tmp"),
        Call("rename", "/a.e2e-tmp", "/a"),
        Call("fsync", "/"),
    ]
    assert unsafe_renames(calls) == []
    assert lost_names(calls) == []
