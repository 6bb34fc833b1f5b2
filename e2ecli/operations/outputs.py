"""Where results go: a file that appears whole or not at all, or a stream that is held back at first."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from e2ecli import limits
from e2ecli.errors import FileError, FileExistsAlreadyError, shell_path
from e2ecli.keyring.files import AtomicFile, named, naming, write_all
from e2ecli.records import Record
from e2ecli.saltpack.buffers import zeroed

STDIO = Path("-")
"""The name for standard input or output."""
_STDIN = Path("/dev/stdin")


class HeldStream:
    """A stream to which nothing goes before the whole message has verified, if it is a short one.

    Longer ones are let out chunk by chunk, each verified, once `limits.HELD_BACK_BYTES` have come.
    """

    def __init__(self, write: Callable[[bytes | memoryview], object]) -> None:
        self._write = write
        self._buffer: memoryview | None = None
        self._held_bytes = 0
        self._holding = True

    def write(self, data: bytes | memoryview) -> None:
        """Hold a verified chunk back, or let it out."""
        end = self._held_bytes + len(data)
        if not self._holding or end > limits.HELD_BACK_BYTES:
            self._release()
            self._write(data)
            return
        if self._buffer is None:
            self._buffer = zeroed(limits.HELD_BACK_BYTES, all_used=len(data) >= limits.CHUNK_BYTES)
        self._buffer[self._held_bytes : end] = data
        self._held_bytes = end

    def commit(self) -> None:
        """Let out what is held."""
        self._release()

    def _release(self) -> None:
        self._holding = False
        if self._buffer is not None:
            self._write(self._buffer[: self._held_bytes])
            self._buffer = None


class InputFiles:
    """The inputs of a command (standard input, if none is named, or `-`), each looked at once."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = [_STDIN if path == STDIO else path for path in paths or (STDIO,)]

    def __contains__(self, status: os.stat_result) -> bool:
        return (status.st_dev, status.st_ino) in self._identities

    @cached_property
    def _identities(self) -> frozenset[tuple[int, int]]:
        found = set()
        for path in self._paths:
            with suppress(OSError):
                status = path.stat()
                found.add((status.st_dev, status.st_ino))
        return frozenset(found)


class OutputFile(Record):
    """A file to write to, under the rules for outputs."""

    path: Path
    overwrite: bool = False
    inputs: "InputFiles | None" = None
    """What may not be overwritten; None is standard input."""

    def check(self) -> None:
        """Check, before any work, that the file may be written.

        Raises:
            FileExistsAlreadyError: it exists, and nobody asked to overwrite it; or it is an input.
            FileError: it is a directory.
        """
        self._check(self._status())

    def _check(self, status: os.stat_result | None) -> None:
        if status is None:
            self._check_has_directory()
            return
        if stat.S_ISDIR(status.st_mode):
            raise FileError(f"{self.path} is a directory", "name a file in it")
        if stat.S_ISREG(status.st_mode) and status in (self.inputs or InputFiles(())):
            raise FileExistsAlreadyError(f"{self.path} is the input itself", "give another -o")
        if stat.S_ISREG(status.st_mode) and not self.overwrite:
            raise FileExistsAlreadyError(f"{self.path} exists already", "overwrite it with -f")

    def _check_has_directory(self) -> None:
        parent = self.path.parent
        if not parent.exists() and not self.path.is_symlink():
            raise FileError(
                f"{self.path}: no such file or directory",
                f"make its directory: mkdir -p {shell_path(parent)}",
            )

    def is_special(self) -> bool:
        """Whether the path is something other than a file, such as /dev/null or a FIFO."""
        return _is_special(self._status())

    @contextmanager
    def open(self, mode: int = 0o666) -> Iterator["AtomicOutput | SpecialOutput"]:
        """Open the output, a new file with `mode` less the umask; leaving without `commit` leaves nothing.

        Raises:
            FileError: it can't be written.
        """
        status = self._status()
        self._check(status)
        if _is_special(status):
            with naming(self.path):
                descriptor = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                yield SpecialOutput(self.path, descriptor)
            finally:
                os.close(descriptor)
            return
        with AtomicFile(self.path, mode) as file:
            yield AtomicOutput(self, file)

    def _status(self) -> os.stat_result | None:
        try:
            return self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise named(error, self.path) from error


def _is_special(status: os.stat_result | None) -> bool:
    return status is not None and not stat.S_ISREG(status.st_mode)


class AtomicOutput:
    """A regular file, which takes its name at `commit`."""

    def __init__(self, output: OutputFile, file: AtomicFile) -> None:
        self._output = output
        self._file = file

    def write(self, data: bytes | memoryview) -> None:
        """Write some more."""
        self._file.write(data)

    @property
    def seen(self) -> bool:
        """Whether the file has its name."""
        return self._file.has_name

    def commit(self) -> None:
        """Flush the file and give it its name, unless another file took it meanwhile."""
        self._file.commit(replace=self._output.overwrite)


class SpecialOutput:
    """What is no regular file: written to as it is."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._held = HeldStream(self._write_through)
        self._descriptor = descriptor

    def write(self, data: bytes | memoryview) -> None:
        """Write some more, or hold it back."""
        self._held.write(data)

    def commit(self) -> None:
        """Let out what is held back."""
        self._held.commit()

    def _write_through(self, data: bytes | memoryview) -> None:
        with naming(self._path):
            write_all(self._descriptor, data)
