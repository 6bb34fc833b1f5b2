"""Standard streams and files as the data commands use them."""

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from e2ecli import limits
from e2ecli.cli import terminal
from e2ecli.cli.stdout import writing_to_stdout
from e2ecli.errors import FileError, FileExistsAlreadyError, UsageError, shell_path
from e2ecli.keyring import files
from e2ecli.keyring.files import named, naming
from e2ecli.operations.outputs import (
    STDIO,
    AtomicOutput,
    HeldStream,
    InputFiles,
    OutputFile,
    SpecialOutput,
)
from e2ecli.records import Record
from e2ecli.saltpack.stream import BinarySource

STDIN = "standard input"
_BUFFER_BYTES = 64 * limits.KIB


class Input(Record):
    """A file or stdin: its bytes, and its size where that is known."""

    shown: str
    source: BinarySource
    size: int | None


@contextmanager
def open_input(path: Path | None) -> Iterator[Input]:
    """Open a file for reading; None and `-` are stdin.

    Raises:
        FileError: it can't be read, or is a directory.
    """
    if path is None or path == STDIO:
        if sys.stdin is None:
            raise FileError("standard input is closed")
        stdin = _NamedReader(cast(BinarySource, sys.stdin.buffer), STDIN)
        yield Input(STDIN, stdin, None)
        return
    with naming(path):
        file = io.BufferedReader(io.FileIO(path), _BUFFER_BYTES)
    with file:
        _check_stdout_is_another(os.fstat(file.fileno()), path)
        yield Input(str(path), _NamedReader(file, str(path)), _size(file.fileno()))


class _NamedReader:
    """A file whose errors name it, whoever reads, and whose end is the end.

    A terminal would go on after Ctrl-D, and ask for another at every further read.
    """

    def __init__(self, file: BinarySource, shown: str) -> None:
        self._file = file
        self._shown = shown
        self._ended = False

    def read(self, size: int) -> bytes:
        if self._ended:
            return b""
        try:
            data = self._file.read(size)
        except OSError as error:
            raise named(error, self._shown) from error
        self._ended = len(data) < size
        return data

    def readinto(self, buffer: memoryview) -> int:
        if self._ended:
            return 0
        try:
            count = self._file.readinto(buffer) or 0
        except OSError as error:
            raise named(error, self._shown) from error
        self._ended = count < len(buffer)
        return count

    def peek(self, size: int = 0) -> bytes:
        if self._ended:
            return b""
        try:
            ahead = self._file.peek(size)
        except OSError as error:
            raise named(error, self._shown) from error
        self._ended = not ahead
        return ahead


class Stdout:
    """Standard output, written through at once."""

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`.

        Raises:
            BrokenPipeError: the reader is gone.
            FileError: it can't be written.
        """
        with writing_to_stdout():
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()

    def commit(self) -> None:
        """Everything has been written."""


class TerminalOutput:
    """Plaintext from `source` for a terminal: shown when it is whole, and only if it is text."""

    def __init__(self, stdout: Stdout, source: str) -> None:
        self._stdout = stdout
        self._source = source
        self._text = bytearray()
        self.seen = False

    def write(self, data: memoryview) -> None:
        """Take a verified chunk."""
        if len(self._text) + len(data) > limits.HELD_BACK_BYTES:
            raise _not_text(self._source)
        self._text += data

    def commit(self) -> None:
        """Show the text.

        Raises:
            FileError: it is no text that a terminal may show.
        """
        if not terminal.is_showable(bytes(self._text)):
            raise _not_text(self._source)
        self.seen = True
        self._stdout.write(bytes(self._text))


def _not_text(source: str) -> FileError:
    return FileError(
        f"{source}: the content is not plain text, and was not written to the terminal",
        "write it to a file with -o FILE (or all the same with -o -)",
    )


def plaintext_stdout(source: str, *, forced: bool) -> HeldStream | TerminalOutput:
    """Return stdout as an output for plaintext from `source`; `forced` writes anything to a terminal."""
    stdout = Stdout()
    if terminal.is_terminal(sys.stdout) and not forced:
        return TerminalOutput(stdout, source)
    return HeldStream(stdout.write)


class Destination(Record):
    """Where the results of a command's inputs go: stdout, one file, or a directory."""

    file: Path | None
    directory: Path | None
    overwrite: bool
    inputs: InputFiles | None = None

    @property
    def to_stdout(self) -> bool:
        """Whether results go to stdout."""
        return self.directory is None and self.file in {None, STDIO}

    def check(self, inputs: tuple[Path, ...], result: Callable[[Path], str] = lambda path: path.name) -> None:
        """Check that the options fit the number of inputs, whose results are called `result`.

        Raises:
            UsageError: they don't.
        """
        if self.file is not None and self.directory is not None:
            raise UsageError("-o and -d don't go together")
        if len(inputs) > 1 and self.directory is None:
            raise UsageError("several files need a directory to write to", "give one with -d DIR")
        if self.directory is not None and (not inputs or STDIO in inputs):
            raise UsageError("-d needs files to name the results after", "use -o FILE with standard input")
        if len(set(map(result, inputs))) < len(inputs):
            raise UsageError("the results of two of the files would have the same name")

    @contextmanager
    def open(self, name: str) -> Iterator["Stdout | AtomicOutput | SpecialOutput"]:
        """Open stdout, the file, or the one called `name` in the directory, for ciphertext or public text.

        Raises:
            FileError: it can't be written.
        """
        if self.to_stdout:
            yield Stdout()
            return
        with self.output_file(name).open() as output:
            yield output

    def output_file(self, name: str) -> OutputFile:
        """Return the file for a result called `name` (which `-o` overrides)."""
        if self.directory is not None:
            make_directory(self.directory)
            return OutputFile(self.directory / name, self.overwrite, self.inputs)
        return OutputFile(self.file or STDIO, self.overwrite, self.inputs)


def _check_stdout_is_another(status: os.stat_result, path: Path) -> None:
    if sys.stdout is None:  # closed, and its descriptor may be the input's
        return
    try:
        out = os.fstat(1)
    except OSError:
        return
    same = (out.st_dev, out.st_ino) == (status.st_dev, status.st_ino)
    if same and stat.S_ISREG(status.st_mode):
        raise FileExistsAlreadyError(f"{path} is the input, and standard output as well")


def make_directory(path: Path) -> None:
    """Make the directory that results go to, if it isn't there; its parent must be.

    Raises:
        FileError: it can't be made, or is something else.
    """
    with naming(path):
        if path.is_dir():
            return
        if path.exists():
            raise FileError(f"{path} is no directory", "give -d a directory, or a name for a new one")
        if not path.parent.exists():
            hint = f"make the one above it: mkdir -p {shell_path(path.parent)}"
            raise FileError(f"{path}: no such file or directory", hint)
        if path.parent.is_dir():
            files.make_directory(path)
        path.mkdir(exist_ok=True)


def _size(descriptor: int) -> int | None:
    return os.fstat(descriptor).st_size or None
