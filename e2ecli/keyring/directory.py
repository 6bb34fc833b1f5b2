"""The keyring's directory: private, with a lock that serialises its writers."""

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from e2ecli.errors import KeyringError, shell_path
from e2ecli.keyring.files import make_directory, naming, remove_litter
from e2ecli.records import Record

Read = TypeVar("Read")
_PARTS = ("identities", "contacts", "groups")
_SIGNS = frozenset({*_PARTS, "config.toml", "lock"})
"""What tells a keyring from any other directory."""
_PATIENCE_SECONDS = 30
_READING_ATTEMPTS = 100
_OPEN_TO_OTHERS = 0o077


class OpenToOthersError(KeyringError):
    """Other users of this machine have access to a file that they must not see."""


class VanishedError(KeyringError):
    """A file that was there a moment ago is gone: another process renamed or removed it."""


def settled(read: Callable[[], Read]) -> Read:
    """Return what `read` lists and then reads, which begins anew if another process changes that meanwhile.

    Raises:
        VanishedError: it changes all the time, or a file can't be there at all (a dangling link).
    """
    for _ in range(_READING_ATTEMPTS):
        try:
            return read()
        except VanishedError:
            continue
    return read()


class KeyringDirectory(Record):
    """The keyring's directory: its private permissions, its parts and its lock."""

    path: Path

    def part(self, name: str) -> Path:
        """Return the path of one of the keyring's directories."""
        return self.path / name

    def exists(self) -> bool:
        """Return whether the keyring is there, having checked that it is private.

        Raises:
            KeyringError: it is no directory, or others have access to it.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise KeyringError(f"the keyring {self.path} can't be used: {error.strerror}") from error
        if not stat.S_ISDIR(status.st_mode):
            raise KeyringError(f"the keyring {self.path} is no directory", "name one with --keyring DIR")
        if status.st_mode & _OPEN_TO_OTHERS:
            self._check_is_keyring()
        self.check_private(self.path, status, "700")
        return True

    def _check_is_keyring(self) -> None:
        """Check that a directory is a keyring, or may become one.

        Raises:
            KeyringError: it holds other things, for which permissions are none of our business.
        """
        try:
            names = os.listdir(self.path)
        except OSError as error:
            raise KeyringError(f"the keyring {self.path} can't be used: {error.strerror}") from error
        if names and _SIGNS.isdisjoint(names):
            raise KeyringError(
                f"{self.path} is no keyring: it holds other things",
                "name another directory with --keyring DIR",
            )

    def names(self, part: str) -> list[str]:
        """Return the names of the files in one of the keyring's directories, without temporary ones."""
        if not self.exists():
            return []
        try:
            names = os.listdir(self.part(part))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KeyringError(f"{self.part(part)} can't be read: {error.strerror}") from error
        return [name for name in names if not name.startswith(".")]

    def read(self, path: Path) -> bytes:
        """Return the content of a file that holds no secret.

        Raises:
            KeyringError: it can't be read.
        """
        return _content(path)[1]

    def read_private(self, path: Path) -> bytes:
        """Return the content of a file that must be nobody else's business.

        Raises:
            KeyringError: others have access to it, or it can't be read.
        """
        status, content = _content(path)
        self.check_private(path, status, "600")
        return content

    @staticmethod
    def check_private(path: Path, status: os.stat_result, mode: str) -> None:
        """Check that group and others have no access.

        Raises:
            KeyringError: they have; the hint is the `chmod` that mends it.
        """
        if status.st_mode & _OPEN_TO_OTHERS:
            raise OpenToOthersError(
                f"{path} is open to other users of this machine", f"chmod {mode} {shell_path(path)}"
            )

    def open_to_others(self) -> Iterator[Path]:
        """Yield every file and directory in the keyring to which group or others have access."""
        for directory, directories, files in os.walk(self.path):
            for name in sorted((*directories, *files)):
                path = Path(directory, name)
                with contextlib.suppress(FileNotFoundError):  # it was temporary
                    if path.stat().st_mode & _OPEN_TO_OTHERS:
                        yield path

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Create what is missing and hold the lock that serialises writers.

        The lock is the operating system's and goes with the process that holds it. Temporary files that
        a crashed writer left are removed.

        Raises:
            FileError: the keyring can't be written.
            KeyringError: it is no directory, open to others, or locked all the time by somebody else.
        """
        self.exists()
        with naming(self.path):
            make_directory(self.path, 0o700)
        lock = self.part("lock")
        if lock.is_dir():
            raise KeyringError(f"{lock} is a directory, and should be a file", f"rmdir {shell_path(lock)}")
        with naming(lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with naming(self.path):
                _lock(descriptor, self.path)
                for part in _PARTS:
                    make_directory(self.part(part), 0o700)
                _remove_litter(self.path)
            yield
        finally:
            os.close(descriptor)


def _content(path: Path) -> tuple[os.stat_result, bytes]:
    """Return a file's status and content.

    Raises:
        KeyringError: it can't be read, or is something that might never end, or never begin.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise KeyringError(f"{path} is no regular file")
            return status, file.readall()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise KeyringError(f"{path} is a link to a file that isn't there") from error
        raise VanishedError(f"{path} can't be read: {error.strerror}") from error
    except OSError as error:
        raise KeyringError(f"{path} can't be read: {error.strerror}") from error


def _lock(descriptor: int, path: Path) -> None:
    """Take the lock, waiting for another writer no longer than one may take.

    Raises:
        KeyringError: somebody holds it all the time.
    """
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > patience:
                raise KeyringError(
                    f"the keyring {path} has been locked by another program for {_PATIENCE_SECONDS} seconds",
                    "try again when that has ended",
                ) from None
            time.sleep(0.02)
        else:
            return


def _remove_litter(keyring: Path) -> None:
    """Remove the temporary files of writers who crashed."""
    groups = keyring / "groups"
    directories = [keyring, *(keyring / part for part in (*_PARTS, "revoked", "opened"))]
    for directory in (*directories, *(groups / name for name in os.listdir(groups))):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            remove_litter(directory)
