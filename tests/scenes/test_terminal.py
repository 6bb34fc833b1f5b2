"""The terminal that the scenes are played at is one."""

import os
import sys
from pathlib import Path

import pytest

from tests.scenes import terminal
from tests.scenes.terminal import HangingError, Terminal


def at_terminal(tmp_path: Path, command: str) -> Terminal:
    return Terminal(["bash", "-c", command], {"PATH": os.environ["PATH"]}, tmp_path)


def test_all_standard_streams_are_the_controlling_terminal(tmp_path: Path) -> None:
    code = (
        "import os; print(all(map(os.isatty, (0, 1, 2))), os.ttyname(0) == os.ttyname(2)); open('/dev/tty')"
    )
    with Terminal([sys.executable, "-c", code], {}, tmp_path) as at:
        assert at.wait() == 0
        assert at.shown == "True True\n"


def test_what_is_typed_is_read(tmp_path: Path) -> None:
    with at_terminal(tmp_path, 'read -p "who? " name; echo "hello $name"') as at:
        at.sees("who")
        at.types("Bob")
        at.sees("^hello Bob$")
        assert at.wait() == 0


def test_what_was_seen_is_not_seen_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0.2)
    with at_terminal(tmp_path, "echo once; exec sleep 60") as at:
        at.sees("once")
        with pytest.raises(HangingError):
            at.sees("once")


def test_ctrl_c_interrupts(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done") as at:
        at.sees("ready")
        at.presses("^C")
        assert at.wait() == 9


def test_ctrl_d_ends_the_input(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "echo ready; cat; echo done") as at:
        at.sees("ready")
        at.presses("^D")
        at.sees("done")
        assert at.wait() == 0
