"""What the tests of the agent share: one that serves in a thread, on a real socket, by a clock of its own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.operations.agent import Agent, serve
from e2ecli.operations.agent_client import AgentConnection
from e2ecli.operations.agent_socket import AgentSocket
from e2ecli.saltpack.messagepack import Fields, pack

PATIENCE_SECONDS = 30


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def until(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until something is so."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < patience, f"never came: {what}"
        time.sleep(0.01)


def asked(agent: Agent, *request: object) -> list[object]:
    """Ask an agent directly, without a socket."""
    return agent.answer(Fields(pack(list(request)), "the request"))


def keep(agent: Agent, id_: str, secrets: IdentitySecrets, seconds: int = 60) -> None:
    packed = secrets.to_bytes().reveal()
    assert asked(agent, "keep", id_, packed, secrets.oldest, secrets.newest, seconds) == ["ok"]


class Serving(NamedTuple):
    """An agent that serves in a thread, and how to reach and stop it."""

    agent: Agent
    place: AgentSocket
    thread: threading.Thread

    def dial(self) -> socket.socket:
        connection = self.place.connect()
        assert connection is not None
        return connection

    def connection(self) -> AgentConnection:
        return AgentConnection(self.dial())

    def ends(self) -> None:
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive(), "the agent went on"


@contextmanager
def serving(
    directory: Path, agent: Agent, user_is_there: Callable[[], bool] = lambda: True
) -> Iterator[Serving]:
    """Let an agent serve in a directory, and end it in the end."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = AgentSocket(directory, "agent.sock")
    listening = place.listen()
    arguments = (agent, listening, place, place.mark(), user_is_there)
    thread = threading.Thread(target=serve, args=arguments, daemon=True)
    thread.start()
    try:
        yield Serving(agent, place, thread)
    finally:
        place.path.unlink(missing_ok=True)
        thread.join(PATIENCE_SECONDS)
