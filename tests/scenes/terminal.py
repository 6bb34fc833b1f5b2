"""A terminal to run a program at: what it shows is read, and keys are pressed, as a person would."""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROWS, COLUMNS = 40, 200
PATIENCE_SECONDS = 30
"""After this a program counts as hanging. Nothing that is tested takes a tenth of it."""

_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class HangingError(Exception):
    """The program neither showed what was waited for, nor ended."""


class Terminal:
    """A program at a terminal of its own, which is its controlling one and all its standard streams."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=directory,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._shown = bytearray()
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    @property
    def shown(self) -> str:
        """All that the terminal has shown, its line ends as in a file."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    def sees(self, pattern: str) -> None:
        """Wait until something is shown after what was seen before.

        Raises:
            HangingError: it never came.
        """
        patience = time.monotonic() + PATIENCE_SECONDS
        while (match := re.compile(pattern, re.MULTILINE).search(self.shown, self._seen)) is None:
            if not self._read(patience):
                raise HangingError(f"“{pattern}” was never shown, but:\n{self.shown}")
        self._seen = match.end()

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._master, line.encode() + b"\n")

    def presses(self, key: str) -> None:
        """Press a control key, such as `^C`."""
        os.write(self._master, bytes([ord(key[1]) & 0x1F]))

    def wait(self) -> int:
        """Wait for the program's end and return its exit code.

        Raises:
            HangingError: it didn't end.
        """
        patience = time.monotonic() + PATIENCE_SECONDS
        while self._read(patience):
            pass
        try:
            return self.process.wait(max(0.1, patience - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise HangingError(f"the program didn't end; it showed:\n{self.shown}") from None

    def _read(self, patience: float) -> bool:
        """Read some of what is shown; False at the end, or where patience is at an end."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, patience - time.monotonic()))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # Linux: the last program at the terminal has gone
            data = b""
        self._shown += data
        return bool(data)
