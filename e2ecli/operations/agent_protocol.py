"""What the agent and its clients say to each other: MessagePack lists, each after its length in 4 bytes.

A request is an operation's name and its arguments. An answer begins with a status: `ok`, or why not.
"""

import socket
from typing import Final

from e2ecli import limits
from e2ecli.errors import LockedError
from e2ecli.saltpack.messagepack import Fields, MalformedError, pack

OK: Final = "ok"
NOT_HELD: Final = "not held"
LOW_ORDER: Final = "low order"
NOT_OPENED: Final = "not opened"

MOST_SECONDS: Final = 366 * 24 * 3600
"""How long an identity may be kept unlocked."""

_LENGTH_BYTES: Final = 4
_PIECE_BYTES: Final = 64 * limits.KIB
_FRAME_BYTES: Final = 2 * limits.HEADER_BYTES
"""The identifiers of the longest header fit in."""


class AgentGoneError(LockedError):
    """The agent, or the identity that it kept unlocked, is gone."""

    kind = "agent-gone"


def send_list(connection: socket.socket, *fields: object) -> None:
    """Send a list.

    Raises:
        AgentGoneError: the other end has gone.
    """
    encoded = pack(list(fields))
    try:
        connection.sendall(len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded)
    except OSError as error:
        raise gone() from error


def receive_list(connection: socket.socket) -> Fields:
    """Receive a list, whose head is still to be read.

    Raises:
        AgentGoneError: the other end has gone, or says nothing for too long.
        MalformedError: it says something else.
    """
    received = _piece(connection)
    while len(received) < _LENGTH_BYTES:
        received += _piece(connection)
    length = int.from_bytes(received[:_LENGTH_BYTES], "big")
    if length > _FRAME_BYTES:
        raise MalformedError(f"a request of {length} bytes is too long")
    end = _LENGTH_BYTES + length
    if len(received) < end:
        received = _rest(connection, received, end)
    if len(received) > end:  # nobody speaks before the other has answered
        raise MalformedError("a request has something behind it")
    return Fields(received[_LENGTH_BYTES:], "what came over the agent's socket")


def _rest(connection: socket.socket, beginning: bytes, end: int) -> bytes:
    received = bytearray(beginning)
    while len(received) < end:
        received += _piece(connection)
    return bytes(received)


def _piece(connection: socket.socket) -> bytes:
    """Return what has come, as much as comes at once: most lists come whole."""
    try:
        piece = connection.recv(_PIECE_BYTES)
    except OSError as error:
        raise gone() from error
    if not piece:
        raise gone()
    return piece


def gone() -> AgentGoneError:
    """Return the error for an agent that is there no more."""
    return AgentGoneError("the agent that kept your identity unlocked has gone", "e2e unlock starts it again")
