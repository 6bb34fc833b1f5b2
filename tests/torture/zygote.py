"""A process that has imported the whole program, and forks a child for every call of it.

A child is a real process that changes real files and dies a real death, without the start of an
interpreter. Requests and replies are lines of JSON on stdin and stdout.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.scenes.world import PATIENCE_SECONDS, REPOSITORY
from tests.torture.faults import Call, Fault, Interposer


class Ended(NamedTuple):
    """How a call of the program ended; `code` is negative where a signal ended it."""

    code: int
    stdout: str
    stderr: str


class Zygote:
    """The client's side: start the process, and have it run commands."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.zygote"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.calls: list[Call] = []
        """The changing calls of the commands that ran last, in order."""
        self.struck = False
        """Whether the fault came to pass."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(
        self, keyring: Path, cwd: Path, *commands: Sequence[str], fault: Fault | None = None
    ) -> list[Ended]:
        """Run commands, one after the other in one child, until one is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"keyring": str(keyring), "cwd": str(cwd), "commands": commands, "fault": fault}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        self.calls = [Call(*call) for call in reply["calls"]]
        self.struck = reply["struck"]
        return [Ended(*ended) for ended in reply["ended"]]

    def run_one(self, keyring: Path, cwd: Path, command: Sequence[str], fault: Fault | None = None) -> Ended:
        """Run one command."""
        (ended,) = self.run(keyring, cwd, command, fault=fault)
        return ended


def serve() -> None:
    """Answer requests until stdin ends."""
    import e2ecli

    for module in pkgutil.walk_packages(e2ecli.__path__, "e2ecli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    import shutil  # noqa: F401  # looks at the functions of os when it is imported

    gc.collect()
    gc.freeze()  # a child's collector need not touch, and so copy, what it shares with all
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryDirectory() as directory:
            print(json.dumps(_answer(request, Path(directory))), flush=True)


def _answer(request: dict[str, Any], directory: Path) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        _be_the_program(request, directory)
    _, status = os.waitpid(child, 0)
    last = os.waitstatus_to_exitcode(status)
    ended = []
    for number in range(len(request["commands"])):
        out = directory / f"{number}.out"
        if not out.exists():
            break
        code = directory / f"{number}.code"
        texts = [
            (directory / f"{number}.{stream}").read_bytes().decode(errors="replace")
            for stream in ("out", "err")
        ]
        ended.append([int(code.read_text()) if code.exists() else last, *texts])
    summary = directory / "summary"
    done = json.loads(summary.read_text()) if summary.exists() else {"calls": [], "struck": True}
    return {"ended": ended, **done}


def _be_the_program(request: dict[str, Any], directory: Path) -> None:
    from e2ecli.cli import main

    signal.alarm(PATIENCE_SECONDS)  # a command that hangs is ended, and the test sees how
    os.setsid()
    os.chdir(request["cwd"])
    os.environ["E2E_KEYRING"] = request["keyring"]
    real_open, real_write = os.open, os.write
    _redirect(real_open, Path(os.devnull), 0, os.O_RDONLY)
    interposer = Interposer(None if request["fault"] is None else Fault(*request["fault"]))
    interposer.install()
    for number, arguments in enumerate(request["commands"]):
        for descriptor, stream in ((1, "out"), (2, "err")):
            _redirect(real_open, directory / f"{number}.{stream}", descriptor, os.O_WRONLY | os.O_CREAT)
        code = main._run(arguments, {})
        sys.stdout.flush()
        sys.stderr.flush()
        (directory / f"{number}.code").write_text(str(code))
    summary = json.dumps({"calls": interposer.done, "struck": interposer.struck}).encode()
    real_write(real_open(directory / "summary", os.O_WRONLY | os.O_CREAT), summary)
    os._exit(0)


def _redirect(real_open: Any, path: Path, descriptor: int, flags: int) -> None:
    opened = real_open(path, flags)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    serve()
