"""Measuring programs: one run, and rounds in which several take turns."""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

DISCARDED = Path("/dev/null")
_LAUNCHER = Path(__file__).with_name("launcher.py")


class BenchError(Exception):
    """A program that is measured failed."""


class Command(NamedTuple):
    """A program with its arguments, and where its output goes."""

    argv: tuple[str, ...]
    output: Path = DISCARDED
    emptied: Path | None = None
    """A directory that is made anew before every run."""


class Run(NamedTuple):
    """What one run took."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


class Measured(NamedTuple):
    """What the rounds took."""

    runs: tuple[Run, ...]

    def median(self, figure: Callable[[Run], float]) -> float:
        """Return the median of a figure over all rounds."""
        return statistics.median(map(figure, self.runs))

    @property
    def seconds(self) -> float:
        """The median of the time on the clock."""
        return self.median(lambda run: run.seconds)

    @property
    def cpu_seconds(self) -> float:
        """The median of the processor time, of all cores together."""
        return self.median(lambda run: run.cpu_seconds)

    @property
    def peak_bytes(self) -> int:
        """The most memory that any round took."""
        return max(run.peak_bytes for run in self.runs)


class Stopwatch(NamedTuple):
    """How programs are run and measured."""

    environment: Mapping[str, str]
    rounds: int
    warm_up: bool
    """Whether a round that doesn't count goes first, so that all files are in the page cache."""

    def run(self, command: Command) -> Run:
        """Run a program once.

        Raises:
            BenchError: it failed.
        """
        if command.emptied is not None:
            shutil.rmtree(command.emptied, ignore_errors=True)
            command.emptied.mkdir()
        launched = subprocess.run(
            [sys.executable, "-I", "-S", str(_LAUNCHER), str(command.output), *command.argv],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        seconds, cpu_seconds, peak, code = launched.stdout.split() or ("0", "0", "0", "1")
        if code != "0":
            shown = " ".join(command.argv)[:400]
            raise BenchError(f"{shown}\nended with {code}:\n{launched.stderr.strip()[-2000:]}")
        return Run(float(seconds), float(cpu_seconds), int(peak))

    def alternate(self, commands: Mapping[str, Command], factor: int = 1) -> dict[str, Measured]:
        """Let programs take turns, A B A B, so that whatever else the machine does meets all of them.

        Arguments:
            factor: how many times as many rounds as usual, for programs that take a moment only.
        """
        if self.warm_up:
            for command in commands.values():
                self.run(command)
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(self.rounds * factor):
            for name, command in commands.items():
                runs[name].append(self.run(command))
        return {name: Measured(tuple(results)) for name, results in runs.items()}
