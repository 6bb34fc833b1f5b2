"""The agent's process: a program begun anew, which holds nothing that the one who started it knew.

That one has typed passphrases and unlocked keys in its memory; a copy of it would keep them for as long as
the agent lives.
"""

import contextlib
import fcntl
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from e2ecli.operations.agent_socket import AgentSocket, Mark

_LISTENING = 3
_NOBODY = 0
_PR_SET_DUMPABLE = 4


def become_agent(
    listening: socket.socket, place: AgentSocket, mark: Mark | None, leader: int | None
) -> NoReturn:
    """Turn this process into the agent, with nothing of its own but the listening socket.

    Arguments:
        mark: what tells the socket from another that takes its place.
        leader: the process with which the agent goes, if there is one.
    """
    try:
        os.chdir("/")
        # Whoever started this may have had no standard streams, so that these have the numbers of some.
        kept = fcntl.fcntl(listening.fileno(), fcntl.F_DUPFD, _LISTENING + 1)
        null = fcntl.fcntl(os.open(os.devnull, os.O_RDWR), fcntl.F_DUPFD, _LISTENING + 1)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.dup2(kept, _LISTENING)
        os.closerange(_LISTENING + 1, _most_descriptors())
        facts = (place.directory, place.name, *(mark or Mark(0, 0)), leader or _NOBODY)
        program = (sys.executable, "-P", "-m", __name__)
        os.execv(sys.executable, [*program, *map(str, facts)])  # noqa: S606  # no shell has a part in it
    finally:
        os._exit(1)


def main(directory: str, name: str, inode: str, changed: str, leader: str) -> NoReturn:
    """Serve at the socket that this process was given."""
    forbid_inspection()
    try:
        for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(ending, lambda *_: os._exit(0))
        from e2ecli.operations.agent import Agent, serve  # noqa: PLC0415  # once nobody can look in

        place, mark = AgentSocket(Path(directory), name), Mark(int(inode), int(changed))
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=_LISTENING)
        serve(Agent(), listening, place, mark, _watch(int(leader)))
    finally:
        os._exit(0)


def forbid_inspection() -> None:
    """Keep other processes of the same user from reading this one's memory, where the system can."""
    import ctypes  # noqa: PLC0415  # for this alone

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _watch(leader: int) -> Callable[[], bool]:
    """Return what tells whether a process is still there."""
    if leader == _NOBODY or not hasattr(os, "pidfd_open"):
        return lambda: True
    try:
        session = os.pidfd_open(leader)
    except ProcessLookupError:
        return lambda: False
    except OSError:  # a system without
        return lambda: True
    return lambda: not select.select([session], [], [], 0)[0]


def _most_descriptors() -> int:
    most = os.sysconf("SC_OPEN_MAX")
    return most if most > 0 else 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
