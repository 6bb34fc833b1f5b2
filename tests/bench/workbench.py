"""What the rows work with: how much of everything, a directory, files, and Alice and Bob."""

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tests.bench.people import Person, make_keyring, person
from tests.bench.timing import DISCARDED, Command, Stopwatch

KIB = 1024
MIB = 1024 * 1024


class Scale(NamedTuple):
    """How much of everything. What is small takes a moment only, and gets more rounds."""

    mib: int
    armored_mib: int
    files: int
    few: int
    many: int
    recipients: int
    rounds: int
    short_factor: int
    warm_up: bool

    @property
    def memory_mib(self) -> list[int]:
        """The sizes of input for which memory is measured."""
        return sorted({1, self.mib // 8 or 1, self.mib, 4 * self.mib})


FULL = Scale(
    mib=512,
    armored_mib=32,
    files=1000,
    few=10,
    many=10_000,
    recipients=1000,
    rounds=5,
    short_factor=4,
    warm_up=True,
)
QUICK = Scale(
    mib=1, armored_mib=1, files=20, few=4, many=12, recipients=5, rounds=1, short_factor=1, warm_up=False
)


class Workbench:
    """A scale, a stopwatch, and a directory that goes when all is done."""

    def __init__(self, directory: Path, scale: Scale) -> None:
        self.directory = directory
        self.scale = scale
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        environment = kept | {"HOME": str(directory)}
        self.stopwatch = Stopwatch(environment, scale.rounds, scale.warm_up)

    @property
    def alice(self) -> Person:
        """Who writes."""
        return person("alice")

    @property
    def bob(self) -> Person:
        """Who reads."""
        return person("bob")

    @cached_property
    def alices_keyring(self) -> Path:
        """Alice's keyring, in which Bob is the one contact."""
        return make_keyring(self.directory / "alice", self.alice, [self.bob]).directory.path

    @cached_property
    def bobs_keyring(self) -> Path:
        """Bob's keyring, in which Alice is the one contact."""
        return make_keyring(self.directory / "bob", self.bob, [self.alice]).directory.path

    def file(self, size: int) -> Path:
        """Return a file of that many bytes, nearly random, the same each time."""
        path = self.directory / f"{size}.input"
        if not path.exists():
            block = os.urandom(min(size, MIB))
            with path.open("wb") as file:
                for _ in range(size // len(block)):
                    file.write(block)
        return path

    def e2e(self, keyring: Path, *arguments: str | Path) -> Command:
        """Return the program with a keyring and arguments; its output is discarded."""
        program = Path(sys.executable).with_name("e2e")
        words = [str(program), *map(str, arguments), "--keyring", str(keyring), "-q"]
        return Command(tuple(words), DISCARDED)

    def script(self, name: str, *arguments: str | Path) -> Command:
        """Return one of the programs beside this one."""
        path = Path(__file__).with_name(name)
        return Command((sys.executable, str(path), *map(str, arguments)))

    def write(self, command: Command, output: Path) -> Path:
        """Run a program and keep what it writes."""
        self.stopwatch.run(command._replace(output=output))
        return output
