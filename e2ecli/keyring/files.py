"""Files that appear whole or not at all.

A write goes to a temporary file in the same directory, is flushed to disk and renamed, and the directory
is flushed too: a crash or a full disk at any instant leaves the old file or the new one.
"""

import contextlib
import errno
import os
import stat
from _thread import allocate_lock
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Self

from e2ecli import limits
from e2ecli.errors import FileError
from e2ecli.keyring.unnamed import give_name, open_unnamed
from e2ecli.primitives.randomness import random_bytes

_TEMPORARY_SUFFIX = ".e2e-tmp"
_KEPT_NAME_BYTES = 100


class AtomicFile:
    """A file that takes its name only at `commit`; without one, leaving the context removes it.

    A symbolic link is followed and its target replaced. The new file has the mode of the one that it
    replaces, else `mode` (less the umask).
    """

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        self._target = Path(os.path.realpath(path)) if path.is_symlink() else path
        self._shown = path
        self._mode = mode
        self._temporary: Path | None = None
        self._descriptor = -1
        self._named = False

    def __enter__(self) -> Self:
        unnamed = open_unnamed(self._target.parent)
        if unnamed is not None:
            self._descriptor = unnamed
            return self
        with naming(self._shown):
            self._open_temporary()
        return self

    def _open_temporary(self) -> None:
        temporary = self._temporary_name()
        self._descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._temporary = temporary

    @property
    def has_name(self) -> bool:
        """Whether the file appeared under its name."""
        return self._named

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`.

        Raises:
            FileError: the disk is full, or the like.
        """
        with naming(self._shown):
            write_all(self._descriptor, data)

    def commit(self, *, replace: bool = True) -> None:
        """Flush the file to disk and give it its name.

        Raises:
            FileError: it can't be flushed or renamed, or (without `replace`) another file took the name.
        """
        with naming(self._shown):
            self._flush()
            self._named = True  # from here on it may be seen, whatever interrupts
            self._take_name(replace=replace)
            self._temporary = None
            flush_directory(self._target.parent)

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _flush(self) -> None:
        os.fchmod(self._descriptor, self._final_mode())
        os.fsync(self._descriptor)

    def _take_name(self, *, replace: bool) -> None:
        try:
            if self._temporary is None and self._took_first_name(replace=replace):
                return
            assert self._temporary is not None  # noqa: S101  # for the type checker
            if replace or not self._linked(self._temporary):
                self._temporary.replace(self._target)
            else:
                self._temporary.unlink()
        except OSError:
            self._named = False
            raise

    def _took_first_name(self, *, replace: bool) -> bool:
        """Name the unnamed file; return whether it has its final name, and not a temporary one."""
        try:
            give_name(self._descriptor, self._target)
        except FileExistsError:
            if not replace:
                raise
            # Only a name can take the place of another.
            self._temporary = self._temporary_name()
            give_name(self._descriptor, self._temporary)
            return False
        except OSError:  # a file system that makes unnamed files, and can't name them
            unnamed, self._descriptor = self._descriptor, -1
            try:
                self._open_temporary()
                copy(unnamed, self._descriptor)
            finally:
                os.close(unnamed)
            self._flush()
            return False
        return True

    def _temporary_name(self) -> Path:
        beginning = os.fsencode(self._target.name)[:_KEPT_NAME_BYTES].decode(errors="ignore")
        return self._target.with_name(f".{beginning}.{random_bytes(6).hex()}{_TEMPORARY_SUFFIX}")

    def _linked(self, temporary: Path) -> bool:
        """Give the file its name unless another has it; False where the file system knows no hard links."""
        try:
            os.link(temporary, self._target)
        except FileExistsError:
            raise
        except OSError:
            if self._target.exists():
                raise
            return False
        return True

    def _final_mode(self) -> int:
        try:
            return stat.S_IMODE(self._target.stat().st_mode)
        except FileNotFoundError:
            return self._mode & ~_umask()


_reading_umask = allocate_lock()


@cache
def _umask() -> int:
    """Return the process's umask, which can't be read but by setting it: threads take turns."""
    with _reading_umask:
        umask = os.umask(0o077)
        os.umask(umask)
        return umask


def write_atomically(path: Path, data: bytes) -> None:
    """Write a keyring's file, mode 0600, so that a crash leaves the old content or the new.

    Raises:
        FileError: it can't be written; the old content is as it was.
    """
    with AtomicFile(path, 0o600) as file:
        file.write(data)
        file.commit()


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of `data` to a file descriptor, however many calls that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def copy(source: int, target: int) -> None:
    """Write all that a file holds to another; both are descriptors."""
    at = 0
    while data := os.pread(source, limits.MIB, at):
        write_all(target, data)
        at += len(data)


def flush_directory(path: Path) -> None:
    """Flush a directory to disk, so that a renamed file is found under its new name after a crash.

    One that may be written but not read, as a drop box may be, can't: that is left to the system.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some file systems have no such thing
            raise
    finally:
        os.close(descriptor)


def make_directory(path: Path, mode: int = 0o777) -> None:
    """Make a directory, and those above it, where they aren't there, so that they outlast a power cut."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode=mode, exist_ok=True)
    flush_directory(path.parent)


@contextlib.contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Turn an operating system's error into one that names the file."""
    try:
        yield
    except OSError as error:
        raise named(error, path) from error


def named(error: OSError, path: Path | str) -> FileError:
    """Return an operating system's error as one that names the file."""
    return FileError(f"{path}: {(error.strerror or str(error)).lower()}")


def remove_litter(directory: Path) -> None:
    """Remove what writers who crashed left in a directory."""
    for name in os.listdir(directory):
        if name.startswith(".") and name.endswith(_TEMPORARY_SUFFIX):
            _remove(directory / name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def remove_directory(path: Path) -> None:
    """Remove a directory with its files: all of it or, after a crash, nothing that anybody sees."""
    doomed = path.with_name(f".{path.name}.{random_bytes(6).hex()}{_TEMPORARY_SUFFIX}")
    path.rename(doomed)
    try:
        flush_directory(path.parent)
    finally:
        _remove_tree(doomed)
    flush_directory(path.parent)


def _remove_tree(path: Path) -> None:
    import shutil  # noqa: PLC0415  # a while to import

    try:
        shutil.rmtree(path)
    except OSError:  # what failed for a moment shall leave nothing behind
        shutil.rmtree(path)
