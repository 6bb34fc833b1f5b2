"""Keeping an identity unlocked for a while, and locking all of them again."""

import os
import socket
from datetime import timedelta

from e2ecli.errors import E2EError, UsageError
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.identities import Identity
from e2ecli.operations.agent_client import AgentConnection, connect, connect_to, keep
from e2ecli.operations.agent_process import become_agent, forbid_inspection
from e2ecli.operations.agent_protocol import MOST_SECONDS, AgentGoneError, gone
from e2ecli.operations.agent_socket import (
    AgentSocket,
    Mark,
    agent_socket,
    all_agent_sockets,
    runtime_directory,
)
from e2ecli.operations.workspace import Workspace


def unlock(workspace: Workspace, identity: Identity, span: timedelta) -> None:
    """Have the agent keep an identity unlocked, starting it where none runs.

    Raises:
        LockedError: no passphrase, or a wrong one.
        UsageError: the identity isn't locked.
        E2EError: this system has no Unix sockets, or the agent can't be started.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise E2EError("this system has no Unix sockets, which the agent needs")
    if not 1 <= span.total_seconds() <= MOST_SECONDS:
        raise UsageError("an identity is unlocked for a second at least, and a year at the most")
    if not identity.locked:
        raise UsageError(
            f"“{identity.name}” has no passphrase, and is always unlocked",
            f"e2e keys passphrase {identity.name} locks it",
        )
    forbid_inspection()
    secrets = workspace.unlock(identity).secrets
    seconds = int(span.total_seconds())
    place = agent_socket(workspace.directory.path)
    mark, running = place.mark(), connect(workspace.directory)
    if running is not None:
        try:
            keep(running, identity.card.id, secrets, seconds)
        except AgentGoneError as error:  # somebody locked it just now, or it hangs
            if _hangs(error):
                running.end_process()
                place.remove(mark)
        else:
            return
    keep(_started(workspace.directory), identity.card.id, secrets, seconds)


def _hangs(error: AgentGoneError) -> bool:
    """Whether the agent is there and says nothing: it might wake up with keys that are no more to be used."""
    return isinstance(error.__cause__, TimeoutError)


def lock(directory: KeyringDirectory) -> bool:
    """End the keyring's agents, wherever they listen; return whether there were any.

    Raises:
        E2EError: something stands where an agent listens, and it can't be asked to end.
    """
    reached = {place: connect_to(place) for place in all_agent_sockets(directory.path)}
    agents = [agent for agent in reached.values() if agent is not None]
    for agent in agents:
        try:
            agent.ask("lock", seconds=2)
        except AgentGoneError:
            agent.end_process()
    for place in (place for place, agent in reached.items() if agent is None):
        if place.mark() is not None:
            raise E2EError(
                f"there may be an agent at {place.path}, which can't be reached: it may still hold your keys",
                f"see that {place.directory} is yours alone (chmod 700), and lock again; or end the process",
            )
    return bool(agents)


def drop(directory: KeyringDirectory, identity: Identity) -> None:
    """Have the agent, if one runs, keep an identity no more: its secrets have changed."""
    for place in all_agent_sockets(directory.path):
        reached = connect_to(place)
        if reached is None:
            continue
        try:
            reached.ask("drop", identity.card.id, seconds=2)
        except AgentGoneError as error:
            if _hangs(error):
                reached.end_process()


def _started(directory: KeyringDirectory) -> AgentConnection:
    place = agent_socket(directory.path)
    with place.starting():
        connection = connect(directory)
        if connection is not None:  # somebody else was quicker
            return connection
        listening = place.listen()
        mark = place.mark()
    _run_in_background(listening, place, mark)
    listening.close()
    connection = connect(directory)
    if connection is None:
        raise gone()
    return connection


def _run_in_background(listening: socket.socket, place: AgentSocket, mark: Mark | None) -> None:
    """Fork twice, so that the agent is nobody's child, and has no terminal."""
    leader = _session_to_watch()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
    except OSError:  # no more processes: who unlocks learns that no agent answers
        os._exit(1)
    become_agent(listening, place, mark, leader)


def _session_to_watch() -> int | None:
    """Return the process with which the agent should go, if its socket's directory doesn't at logout.

    The runtime directory does. Without one, the agent goes with the shell of the terminal, if that is one
    for a person: such a shell runs every job in a process group of its own.
    """
    leader = os.getsid(0)
    if runtime_directory() is not None or leader == os.getpgrp():
        return None
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:  # no terminal: cron, a service
        return None
    return leader
