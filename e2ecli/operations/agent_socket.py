"""Where the agent listens: a Unix socket in a directory that nobody else can enter."""

import contextlib
import fcntl
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from e2ecli.errors import E2EError, shell_path
from e2ecli.keyring.files import naming
from e2ecli.primitives.hashes import sha512
from e2ecli.records import Record

RUNTIME_VARIABLE: Final = "XDG_RUNTIME_DIR"
_LONGEST_ADDRESS: Final = 100
"""A little less than the shortest bound that systems put on a socket's path."""
BACKLOG: Final = 256
_CONNECT_SECONDS: Final = 2


class Mark(Record):
    """What tells a socket from another by the same name: numbers of inodes are used again."""

    inode: int
    changed: int


class AgentSocket(Record):
    """The place of one keyring's agent."""

    directory: Path
    name: str

    @property
    def path(self) -> Path:
        """The socket's path."""
        return self.directory / self.name

    def connect(self) -> socket.socket | None:
        """Return a connection to the agent, or None where none answers; a dead one's socket is removed."""
        try:
            before = self.path.lstat()
        except OSError:
            return None
        if not is_private(self.directory) or not stat.S_ISSOCK(before.st_mode):
            return None
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            with self._address() as address:
                _connect(connection, address)
        except ConnectionRefusedError:
            connection.close()
            self.remove(Mark(before.st_ino, before.st_ctime_ns))
            return None
        except OSError:
            connection.close()
            return None
        if peer(connection).uid not in {None, os.geteuid()}:
            connection.close()
            return None
        return connection

    def listen(self) -> socket.socket:
        """Return a listening socket in this place, which takes that of any other.

        Raises:
            FileError: the directory can't be written.
        """
        # It gets its name when it listens: until then, it would be taken for one whose agent has died.
        made = self._replace(name=f".{self.name}.new")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with naming(self.path):
            made.path.unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                with made._address() as address:
                    listening.bind(address)
            finally:
                os.umask(before)
            listening.listen(BACKLOG)
            made.path.rename(self.path)
        return listening

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Make the directory, and keep others from starting an agent at the same time.

        Raises:
            E2EError: others could enter the directory.
            FileError: it can't be made.
        """
        with naming(self.directory):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not is_private(self.directory):
                raise E2EError(
                    f"{self.directory} is open to other users", f"chmod 700 {shell_path(self.directory)}"
                )
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def mark(self) -> Mark | None:
        """Return what tells this socket from another in its place; None where there is none."""
        try:
            status = self.path.lstat()
        except OSError:
            return None
        return Mark(status.st_ino, status.st_ctime_ns)

    def remove(self, mark: Mark | None) -> None:
        """Remove the socket, unless it is another one by now."""
        if mark is not None and self.mark() == mark:
            with contextlib.suppress(OSError):
                self.path.unlink()

    @contextlib.contextmanager
    def _address(self) -> Iterator[str]:
        """Give the socket a path that is short enough, by way of its open directory if need be."""
        if len(os.fsencode(self.path)) <= _LONGEST_ADDRESS:
            yield str(self.path)
            return
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{descriptor}/{self.name}"
        finally:
            os.close(descriptor)


def agent_socket(keyring: Path) -> AgentSocket:
    """Return the place of a keyring's agent: below the runtime directory, or else in the keyring."""
    runtime = runtime_directory()
    if runtime is None:
        return _in(keyring)
    return _below(runtime, keyring)


def all_agent_sockets(keyring: Path) -> tuple[AgentSocket, AgentSocket]:
    """Return every place where an agent of the keyring may listen, also one that others can enter by now."""
    return _below(_named_runtime_directory(), keyring), _in(keyring)


def runtime_directory() -> Path | None:
    """Return the directory that goes when the user logs out, or None where the system has none."""
    path = _named_runtime_directory()
    return path if is_private(path) else None


def _named_runtime_directory() -> Path:
    given = os.environ.get(RUNTIME_VARIABLE)
    return Path(given) if given and Path(given).is_absolute() else Path("/run/user") / str(os.geteuid())


def _below(runtime: Path, keyring: Path) -> AgentSocket:
    return AgentSocket(runtime / "e2e", sha512(os.fsencode(os.path.realpath(keyring)))[:16].hex())


def _in(keyring: Path) -> AgentSocket:
    return AgentSocket(Path(os.path.realpath(keyring)), "agent.sock")


def is_private(path: Path) -> bool:
    """Whether a directory is the user's own, and closed to everybody else."""
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _connect(connection: socket.socket, address: str) -> None:
    """Connect, waiting a little where many others do so at the same time."""
    patience = time.monotonic() + _CONNECT_SECONDS
    while True:
        try:
            connection.connect(address)
        except BlockingIOError:  # the backlog is full, which the system says at once
            if time.monotonic() > patience:
                raise
            time.sleep(0.02)
        else:
            return


class Peer(Record):
    """The process at the other end; None where the system doesn't say."""

    pid: int | None
    uid: int | None


def peer(connection: socket.socket) -> Peer:
    """Return the process at the other end of a connection, as the system says."""
    if not hasattr(socket, "SO_PEERCRED"):
        return Peer(None, None)
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return Peer(pid, uid)
