"""One of many processes that use a keyring at the same time. Its report is a line of JSON on stdout."""

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from e2ecli.cli import main

_TRIES = 400


class Report:
    """What one process did, and what should not have happened."""

    def __init__(self) -> None:
        self.done = 0
        self.kept: list[str] = []
        self.wrong: list[str] = []


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the program in this process."""
    out, said = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        code = main._run(list(arguments), {})
    return code, out.getvalue(), said.getvalue()


def _must(report: Report, *arguments: str) -> str:
    code, out, said = run(*arguments)
    if code != 0:
        report.wrong.append(f"{' '.join(arguments)}: {code}: {said or out}")
        return ""
    return out


def _until_done(report: Report, *arguments: str) -> None:
    """Run a command again for as long as it says that somebody else came first."""
    for _ in range(_TRIES):
        code, _, said = run(*arguments)
        if code == 0:
            report.done += 1
            return
        if "meanwhile" not in said:
            report.wrong.append(f"{' '.join(arguments)}: {code}: {said}")
            return
    report.wrong.append(f"{' '.join(arguments)}: never got its turn")


def file_contacts(report: Report, me: str, turn: int) -> None:
    """Add a contact and rename it; take every other one away again."""
    key = os.urandom(32).hex()
    _must(report, "contacts", "add", f"{me}-{turn}", "--x25519", key)
    _must(report, "contacts", "rename", f"{me}-{turn}", f"{me}-{turn}-renamed")
    if turn % 2:
        _must(report, "contacts", "remove", f"{me}-{turn}-renamed")
    else:
        report.kept.append(f"{me}-{turn}-renamed")


def rotate_keys(report: Report, _: str, __: int) -> None:
    """Make a new generation."""
    _until_done(report, "keys", "rotate", "alice")


def rotate_group(report: Report, _: str, __: int) -> None:
    """Make a new epoch."""
    _until_done(report, "groups", "rotate", "team")


def replace_contact(report: Report, _: str, turn: int) -> None:
    """Put one key, then the other, under a petname."""
    card = ("mallory.card", "dan.card")[turn % 2]
    _must(report, "import", "--replace", "--name", "mutable", card)


def read_lists(report: Report, _: str, __: int) -> None:
    """List everything: those whom nobody touches are always there, and each name once."""
    for family, expected in (
        ("contacts", {"bob", "carol", "eve", "frank", "mutable"}),
        ("keys", {"alice", "spare"}),
        ("groups", {"club", "team"}),
    ):
        listed = _must(report, "--json", family, "list")
        if not listed:
            continue
        found = [one["name"] for one in json.loads(listed)]
        if not expected <= set(found) or len(set(found)) != len(found):
            report.wrong.append(f"{family} list: {found}")


def look_up(report: Report, _: str, __: int) -> None:
    """Look up one who changes all the time, and one who doesn't."""
    _must(report, "contacts", "show", "mutable")
    _must(report, "contacts", "show", "bob")


def send_and_open(report: Report, me: str, turn: int) -> None:
    """Seal a file to oneself and the group, and open it."""
    sealed, opened = f"{me}-{turn}.sealed", f"{me}-{turn}.opened"
    _must(report, "send", "me,team", "letter", "-o", sealed)
    _must(report, "open", sealed, "-o", opened)
    if not Path(opened).exists() or Path(opened).read_bytes() != Path("letter").read_bytes():
        report.wrong.append(f"{opened} is not what was sealed")


WRITERS: dict[str, Callable[[Report, str, int], None]] = {
    "files contacts": file_contacts,
    "rotates keys": rotate_keys,
    "rotates the group": rotate_group,
    "replaces a contact": replace_contact,
}
READERS: dict[str, Callable[[Report, str, int], None]] = {
    "reads lists": read_lists,
    "looks up": look_up,
    "sends and opens": send_and_open,
}


def serve(role: str, me: str, turns: int) -> None:
    """Play a role, and report."""
    report = Report()
    act = (WRITERS | READERS)[role]
    for turn in range(turns):
        act(report, me, turn)
    result: dict[str, Any] = {
        "role": role,
        "done": report.done,
        "kept": report.kept,
        "wrong": report.wrong,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
