"""Faults at the system calls themselves, by strace: whatever library makes them."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.scenes.world import PATIENCE_SECONDS, PROGRAM
from tests.torture.bench import ALICE, Bench
from tests.torture.commands import Command
from tests.torture.faults import Kind
from tests.torture.zygote import Ended

_CALLS = (
    "openat,write,pwrite64,rename,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,ftruncate,"
    "chmod,fchmod,fchmodat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat"
)
_KILLED = (-9, 137)
_LINE = re.compile(r"(\d+) +(\w+)\((.*)")


class Point(NamedTuple):
    """A system call that changes a file, and which of those of its name it is."""

    name: str
    at: int


@cache
def why_not() -> str | None:
    """Return why strace can't be used, or None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "true"],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    return None if done.returncode == 0 else f"strace can't be used: {done.stderr.splitlines()[0]}"


def points(bench: Bench, command: Command) -> list[Point]:
    """Run a command, and return the system calls by which it changes files, in order."""
    log = bench.world.root / "strace.log"
    ended = _run(bench, command, log, [])
    assert ended.code == 0, ended
    counts: dict[str, int] = {}
    found = []
    main = None
    for match in filter(None, map(_LINE.match, log.read_text().splitlines())):
        process, name, rest = match.groups()
        main = main or process
        if process != main:
            continue
        counts[name] = counts.get(name, 0) + 1
        if name == "openat" and "O_CREAT" not in rest:
            continue
        if name == "write" and rest.startswith(("1,", "2,")):
            continue
        found.append(Point(name, counts[name]))
    return found


def struck(bench: Bench, command: Command, kind: Kind, point: Point) -> Ended:
    """Run a command that is killed before a system call, or to which that call fails."""
    what = "signal=KILL" if kind == "KILL" else f"error={kind}"
    log = bench.world.root / "strace.log"
    ended = _run(bench, command, log, ["-e", f"inject={point.name}:{what}:when={point.at}"])
    if kind == "KILL":
        assert ended.code in _KILLED, f"{point} did not come, so that nobody was killed: {ended}"
    else:
        assert "(INJECTED)" in log.read_text(), f"{point} did not come, so that it could not fail"
    return ended


def _run(bench: Bench, command: Command, log: Path, inject: list[str]) -> Ended:
    keyring = bench.keyring if command.keyring is None else bench.table / command.keyring
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", str(log)),  # not --seccomp-bpf: signals aren't injected then
            *("-e", f"trace={_CALLS}"),
            *inject,
            str(PROGRAM),
            *command.arguments(bench),
        ],
        check=False,
        cwd=bench.table,
        env={
            **bench.world.environment(ALICE),
            "E2E_KEYRING": str(keyring),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
