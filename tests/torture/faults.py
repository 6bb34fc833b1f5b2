"""Faults at the calls by which a process changes files: it is killed there, or the call fails.

`interpose` wraps the functions of `os`; the program and the standard library go through them. Where
strace may be used, `tests.torture.strace` does the same to the system calls themselves.
"""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["KILL", "ENOSPC", "EIO", "EINTR"]
ERRORS: tuple[Kind, ...] = ("ENOSPC", "EIO", "EINTR")
KINDS: tuple[Kind, ...] = ("KILL", *ERRORS)

_STANDARD_STREAMS = 3
_BY_DESCRIPTOR = ("write", "fsync", "fdatasync", "fchmod", "ftruncate")
_BY_PATH = ("mkdir", "rmdir", "unlink", "remove", "chmod", "truncate")
_FROM_TO = ("rename", "replace", "link", "symlink")
UNNAMED = "unnamed.e2e-tmp"
CHANGING = ("open", *_BY_DESCRIPTOR, *_BY_PATH, *_FROM_TO)


class Call(NamedTuple):
    """A call that changes, or flushes, a file or directory."""

    name: str
    path: str
    target: str | None = None
    """Under which name the file is found afterwards, where the call gives it another."""


class Fault(NamedTuple):
    """What goes wrong, and at which changing call, counted from 1."""

    kind: Kind
    at: int


class Interposer:
    """Counts the changing calls of this process, remembers them, and strikes at one of them."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault
        self._count = 0
        self.done: list[Call] = []
        self.struck = False

    def install(self) -> None:
        """Wrap the functions of `os`. There is no way back: this is for a process of its own."""
        for name in CHANGING:
            setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            call = _call(name, arguments, options)
            if call is None:
                return real(*arguments, **options)
            self._count += 1
            if self._fault is not None and self._fault.at == self._count:
                self._strike(self._fault.kind, name, arguments, real)
            result = real(*arguments, **options)
            self.done.append(call)
            return result

        return wrapper

    def _strike(self, kind: Kind, name: str, arguments: tuple[Any, ...], real: Callable[..., Any]) -> None:
        self.struck = True
        if name == "write":  # as much as there is room for
            real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        if kind == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, kind)
        raise OSError(number, os.strerror(number))


def _call(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Call | None:
    """Return what a call changes, or None: nothing, or a standard stream."""
    if name == "open":
        path = _absolute(arguments[0], options.get("dir_fd"))
        if arguments[1] & os.O_TMPFILE == os.O_TMPFILE:
            return Call(name, f"{path}/{UNNAMED}")
        return Call(name, path) if arguments[1] & os.O_CREAT else None
    if name in _BY_DESCRIPTOR:
        if arguments[0] < _STANDARD_STREAMS:
            return None
        return Call(name, _path_of(arguments[0]))
    path = _absolute(arguments[0], options.get("dir_fd"))
    if path.startswith("/proc/self/fd/"):  # the first name of an unnamed file
        path = str(Path(path).readlink())
    return Call(name, path, _absolute(arguments[1], options.get("dst_dir_fd")) if name in _FROM_TO else None)


def _absolute(path: Any, directory: int | None) -> str:
    if isinstance(path, int):
        return _path_of(path)
    base = Path.cwd() if directory is None else _path_of(directory)
    return os.path.normpath(Path(base, path))


def _path_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())
