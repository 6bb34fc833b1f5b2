"""The world in which a scene plays: people with keyrings, and a directory where they all work."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROGRAM = Path(sys.executable).parent / "e2e"
HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

PATIENCE_SECONDS = 60
"""After this a command counts as hanging. Nothing that is tested takes a tenth of it."""

KNOWN_TO_ALL = ("alice", "bob", "carol", "dave")
STRANGER = "mallory"
EVERYBODY = (*KNOWN_TO_ALL, STRANGER)
PASSPHRASES = {"dave": "open sesame"}
"""Whose identity is locked; everybody else's isn't."""


class Outcome(NamedTuple):
    """What came of a command."""

    exit_code: int
    stdout: bytes
    stderr: str


class World:
    """A root directory in which everybody has a home with a keyring, and a table where they all work."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.table = root / "table"
        self.table.mkdir()

    def home(self, person: str) -> Path:
        """Return somebody's home directory, which is there from the first time it is asked for."""
        home = self.root / person
        home.mkdir(exist_ok=True)
        return home

    def keyring(self, person: str) -> Path:
        """Return somebody's keyring, which need not be there."""
        return self.home(person) / "keyring"

    def invite(self, village: "World", people: Iterable[str]) -> None:
        """Let people of another world come, with copies of their keyrings."""
        for person in people:
            shutil.copytree(village.keyring(person), self.keyring(person))

    def copy(self, other: "World") -> None:
        """Become as another world is."""
        shutil.copytree(other.root, self.root, dirs_exist_ok=True)

    def environment(self, person: str) -> dict[str, str]:
        """Return the environment of somebody's commands: nothing of this machine's but what is needed."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        return {
            **kept,
            "PATH": f"{PROGRAM.parent}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self.home(person)),
            "E2E_KEYRING": str(self.keyring(person)),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "BASH_ENV": str(HERE / "tools.sh"),
            "PYTHON": sys.executable,
            "TOOLS": str(HERE / "tools.py"),
            "PYTHONPATH": str(REPOSITORY),
        }

    def start(self, person: str, command: str) -> "subprocess.Popen[bytes]":
        """Start a command of bash's, in a session without a terminal."""
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # would be ignored by all that is started
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.table,
            env=self.environment(person),
            start_new_session=True,
        )

    def run(self, person: str, command: str) -> Outcome:
        """Run a command of bash's to its end."""
        with self.start(person, command) as process:
            return finish(process)

    def does(self, person: str, command: str) -> bytes:
        """Run a command that must succeed, and return its stdout."""
        outcome = self.run(person, command)
        assert outcome.exit_code == 0, f"{person}$ {command}\n{outcome}"
        return outcome.stdout

    def litter(self) -> list[Path]:
        """Return the temporary files that are still there."""
        return sorted(self.root.rglob("*.e2e-tmp"))


def finish(process: "subprocess.Popen[bytes]") -> Outcome:
    """Wait for a command's end."""
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        stderr += b"\n[the command hung, and was killed]"
    return Outcome(process.returncode, stdout, stderr.decode(errors="backslashreplace"))


def build_village(root: Path) -> World:
    """Return a world where `KNOWN_TO_ALL` have each other's cards, and a stranger has them too."""
    village = World(root)
    for person in EVERYBODY:
        name = person.capitalize()
        if person in PASSPHRASES:
            lock = f"--kdf interactive --passphrase-fd 3 3<<<'{PASSPHRASES[person]}'"
        else:
            lock = "--no-passphrase"
        village.does(person, f"e2e keygen {name} {lock}")
        village.does(person, f"e2e export -o {person}.card")
    for person in EVERYBODY:
        others = [f"{other}.card" for other in KNOWN_TO_ALL if other != person]
        village.does(person, f"e2e import {' '.join(others)}")
    return village
