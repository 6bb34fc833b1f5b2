"""An identity's secret keys in the agent: each operation is asked for over its socket."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.identities import Identity
from e2ecli.operations.agent_protocol import (
    LOW_ORDER,
    NOT_OPENED,
    OK,
    AgentGoneError,
    gone,
    receive_list,
    send_list,
)
from e2ecli.operations.agent_socket import AgentSocket, agent_socket, peer
from e2ecli.operations.secret_keys import HybridMatch
from e2ecli.primitives.aead import AeadOpenError
from e2ecli.primitives.ed25519 import SIGNATURE_BYTES, SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import SharedSecret, X25519KeyError, X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack.messagepack import Fields, MalformedError

_GREETING_SECONDS = 2.0
_STARTING_SECONDS = 5.0
_OPERATION_SECONDS = 60.0
"""Thousands of identifiers take a while to open."""


class AgentConnection:
    """A conversation with the agent, which the threads of this process share."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._pid = peer(connection).pid
        self._lock = threading.Lock()

    def ask(self, *request: object, seconds: float = _OPERATION_SECONDS) -> Fields:
        """Return the fields of the answer after its status.

        Raises:
            AgentGoneError: the agent has gone, or keeps this identity no more.
            X25519KeyError: the public key is a point of low order.
            AeadOpenError: what should be opened was altered.
        """
        try:
            answer = self._answer(request, seconds)
            answer.list_length(1, 3 * 10_000)
            status = answer.text()
        except MalformedError as error:
            raise gone() from error
        if status == LOW_ORDER:
            raise X25519KeyError("an X25519 key is a point of low order")
        if status == NOT_OPENED:
            raise AeadOpenError("this was altered, or locked by another key")
        if status != OK:
            raise gone()
        return answer

    def _answer(self, request: tuple[object, ...], seconds: float) -> Fields:
        with self._lock:
            answered = False
            try:
                self._socket.settimeout(seconds)
                send_list(self._socket, *request)
                answer = receive_list(self._socket)
                answered = True
            except OSError as error:  # it was closed
                raise gone() from error
            finally:
                if not answered:  # Ctrl-C is a reason as well, while other threads go on
                    self._socket.close()  # an answer that comes later belongs to no other request
            return answer

    def end_process(self) -> None:
        """End the agent's process, whatever it is doing."""
        if self._pid:  # it is 0 where the process is in another namespace, and to kill 0 would end ourselves
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)


def connect(directory: KeyringDirectory) -> AgentConnection | None:
    """Return a conversation with the keyring's agent, or None where there is none."""
    return connect_to(agent_socket(directory.path))


def connect_to(place: AgentSocket) -> AgentConnection | None:
    """Return a conversation with the agent in a place, or None where there is none."""
    connection = place.connect() if hasattr(socket, "AF_UNIX") else None
    return None if connection is None else AgentConnection(connection)


def keys_in_agent(directory: KeyringDirectory, identity: Identity) -> "AgentKeys | None":
    """Return an identity's keys if the agent has them, in the generations that the keyring has."""
    connection = connect(directory)
    if connection is None:
        return None
    try:
        held = connection.ask("has", identity.card.id, seconds=_GREETING_SECONDS)
        generations = (held.integer(), held.integer())
    except (AgentGoneError, MalformedError):
        return None
    return AgentKeys(connection, identity) if generations == (identity.oldest, identity.newest) else None


def keep(connection: AgentConnection, id_: str, secrets: IdentitySecrets, seconds: int) -> None:
    """Hand an identity's secrets to the agent for some seconds.

    Raises:
        AgentGoneError: it has gone.
    """
    packed = secrets.to_bytes().reveal()
    connection.ask("keep", id_, packed, secrets.oldest, secrets.newest, seconds, seconds=_STARTING_SECONDS)


class AgentSigner(Record):
    """A signing key in the agent."""

    connection: AgentConnection
    id: str
    public_key: SigningPublicKey

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte detached signature over `message`."""
        return self.connection.ask("sign", self.id, message).binary(SIGNATURE_BYTES)


class AgentBoxKey(Record):
    """One generation's X25519 key in the agent."""

    connection: AgentConnection
    id: str
    place: int
    public_key: X25519PublicKey

    def shared_with(self, public_key: X25519PublicKey) -> SharedSecret:
        """Return the secret shared with the owner of `public_key`.

        Raises:
            X25519KeyError: the public key is a point of low order.
        """
        answer = self.connection.ask("agree", self.id, self.place, public_key.value)
        return SharedSecret(SecretBytes(answer.binary(32)))


class AgentKeys:
    """An identity's secret keys, all of them in the agent."""

    def __init__(self, connection: AgentConnection, identity: Identity) -> None:
        self._connection = connection
        self._identity = identity
        self._id = identity.card.id

    @property
    def signer(self) -> AgentSigner:
        """The signing key."""
        return AgentSigner(self._connection, self._id, self._identity.card.signing_key)

    @cached_property
    def encryption_keys(self) -> Sequence[AgentBoxKey]:
        """The X25519 keys of all generations, newest first."""
        answer = self._connection.ask("public keys", self._id)
        answer.binary(32)
        return [
            AgentBoxKey(self._connection, self._id, place, X25519PublicKey(answer.binary(32)))
            for place in range(self._generations)
        ]

    @property
    def _generations(self) -> int:
        return self._identity.newest - self._identity.oldest + 1

    def open_hybrid(self, identifiers: Sequence[bytes]) -> Iterator[HybridMatch]:
        """Yield the identifiers that a hybrid key opens, the newest generation's first."""
        for place in range(self._generations):
            answer = self._connection.ask("open hybrid", self._id, place, list(identifiers))
            for _ in range(answer.integer()):
                yield HybridMatch(answer.integer(), SecretBytes(answer.binary()))

    def seal_group_key(self, key: SecretBytes, associated_data: bytes) -> bytes:
        """Return a group's key as it may lie on disk."""
        return self._connection.ask("seal group key", self._id, key.reveal(), associated_data).binary()

    def open_group_key(self, sealed: bytes, associated_data: bytes) -> SecretBytes:
        """Return a group's key that lay on disk.

        Raises:
            AeadOpenError: it was altered, or is another identity's.
        """
        answer = self._connection.ask("open group key", self._id, sealed, associated_data)
        return SecretBytes(answer.binary())
