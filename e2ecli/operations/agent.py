"""The agent: a process that keeps unlocked identities for a while, and does the operations of their keys.

Nobody gets the keys from it; whoever may connect has signatures made, secrets agreed on, and identifiers
and group keys opened.
"""

import os
import socket
import threading
import time
from collections.abc import Callable

from e2ecli import limits
from e2ecli.errors import E2EError
from e2ecli.keyring.derivation import MOST_GENERATIONS, SECRETS_BYTES, IdentitySecrets
from e2ecli.operations.agent_protocol import (
    LOW_ORDER,
    MOST_SECONDS,
    NOT_HELD,
    NOT_OPENED,
    OK,
    receive_list,
    send_list,
)
from e2ecli.operations.agent_socket import BACKLOG, AgentSocket, Mark, peer
from e2ecli.operations.secret_keys import LocalKeys
from e2ecli.primitives.aead import AeadOpenError
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519KeyError, X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack.messagepack import Fields

_GRACE_SECONDS = 10.0
"""How long an agent waits for its first identity."""
_PAUSE_SECONDS = 0.1
_LOOK_SECONDS = 2.0
"""How often it looks whether its socket is still there: it goes with the directory at logout."""


class Held(Record):
    """An unlocked identity, and until when the agent keeps it."""

    keys: LocalKeys
    oldest: int
    newest: int
    until: float


def boot_time() -> float:
    """Return the seconds since the machine started, sleep included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Agent:
    """What the agent keeps, and its answers. `clock` counts seconds from any beginning."""

    def __init__(self, clock: Callable[[], float] = boot_time) -> None:
        self._clock = clock
        self._held: dict[str, Held] = {}
        self._grace_until = clock() + _GRACE_SECONDS
        self._operations: dict[str, Callable[[Fields], list[object]]] = {
            "keep": self._keep,
            "has": self._has,
            "drop": self._drop,
            "lock": self._lock,
            "public keys": self._public_keys,
            "sign": self._sign,
            "agree": self._agree,
            "open hybrid": self._open_hybrid,
            "seal group key": self._seal_group_key,
            "open group key": self._open_group_key,
        }

    def seconds_left(self) -> float:
        """Return after how many seconds there will be nothing left to keep; 0 when it is time to go."""
        self._forget()
        ends = [self._grace_until, *(held.until for held in list(self._held.values()))]
        return max(0.0, max(ends) - self._clock())

    def answer(self, request: Fields) -> list[object]:
        """Return the answer to a request.

        Raises:
            DamagedError: it is no request.
        """
        self._forget()
        request.list_length(1, 8)
        operation = self._operations.get(request.text())
        if operation is None:
            return ["unknown operation"]
        try:
            return operation(request)
        except KeyError:
            return [NOT_HELD]
        except X25519KeyError:
            return [LOW_ORDER]
        except AeadOpenError:
            return [NOT_OPENED]

    def _forget(self) -> None:
        """Drop the identities whose time is over."""
        now = self._clock()
        for id_, held in list(self._held.items()):
            if now >= held.until:
                self._held.pop(id_, None)

    def _held_identity(self, request: Fields) -> Held:
        return self._held[request.text()]

    def _keep(self, request: Fields) -> list[object]:
        id_, packed = request.text(), SecretBytes(request.binary(SECRETS_BYTES))
        oldest, newest, seconds = request.integer(), request.integer(), request.integer()
        if not 0 <= oldest <= newest < MOST_GENERATIONS or not 0 < seconds <= MOST_SECONDS:
            return ["impossible"]
        secrets = IdentitySecrets.from_bytes(packed, oldest, newest)
        self._held[id_] = Held(LocalKeys(secrets), oldest, newest, self._clock() + seconds)
        return [OK]

    def _has(self, request: Fields) -> list[object]:
        held = self._held_identity(request)
        return [OK, held.oldest, held.newest, int(held.until - self._clock())]

    def _drop(self, request: Fields) -> list[object]:
        del self._held[request.text()]
        return [OK]

    def _lock(self, _request: Fields) -> list[object]:
        dropped = len(self._held)
        self._held.clear()
        self._grace_until = self._clock()
        return [OK, dropped]

    def _public_keys(self, request: Fields) -> list[object]:
        keys = self._held_identity(request).keys
        return [OK, keys.signer.public_key.value, *(key.public_key.value for key in keys.encryption_keys)]

    def _sign(self, request: Fields) -> list[object]:
        return [OK, self._held_identity(request).keys.signer.sign(request.binary())]

    def _agree(self, request: Fields) -> list[object]:
        keys = self._held_identity(request).keys.encryption_keys
        key, public_key = keys[request.integer() % len(keys)], X25519PublicKey(request.binary(32))
        return [OK, key.shared_with(public_key).key.reveal()]

    def _open_hybrid(self, request: Fields) -> list[object]:
        held, generation = self._held_identity(request), request.integer()
        if not 0 <= generation <= held.newest - held.oldest:
            return ["impossible"]
        count = request.list_length(0, limits.RECIPIENTS)
        identifiers = [request.binary() for _ in range(count)]
        opened: list[object] = []
        for match in held.keys.open_hybrid_of(generation, identifiers):
            opened += [match.position, match.key.reveal()]
        return [OK, len(opened) // 2, *opened]

    def _seal_group_key(self, request: Fields) -> list[object]:
        keys = self._held_identity(request).keys
        return [OK, keys.seal_group_key(SecretBytes(request.binary()), request.binary())]

    def _open_group_key(self, request: Fields) -> list[object]:
        keys = self._held_identity(request).keys
        return [OK, keys.open_group_key(request.binary(), request.binary()).reveal()]


def serve(
    agent: Agent,
    listening: socket.socket,
    place: AgentSocket,
    mark: Mark | None,
    user_is_there: Callable[[], bool],
) -> None:
    """Answer until there is nothing left to keep, the socket with this mark is gone, or the user."""
    # Clients are told who listens: this process, not the one that made the socket.
    listening.listen(BACKLOG)
    try:
        while (
            mark is not None
            and (seconds := agent.seconds_left()) > 0
            and place.mark() == mark
            and user_is_there()
        ):
            listening.settimeout(min(seconds, _LOOK_SECONDS))
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError:  # out of descriptors: whoever hangs up makes room
                time.sleep(_PAUSE_SECONDS)
                continue
            connection.settimeout(None)
            if peer(connection).uid in {None, os.geteuid()}:
                client = (agent, connection, lambda: place.remove(mark))
                threading.Thread(target=_converse, args=client, daemon=True).start()
            else:
                connection.close()
    finally:
        place.remove(mark)
        listening.close()


def _converse(agent: Agent, connection: socket.socket, be_reached_no_more: Callable[[], None]) -> None:
    """Answer one client until it hangs up, or says what is no request."""
    with connection:
        try:
            while True:
                answer = agent.answer(receive_list(connection))
                if agent.seconds_left() == 0:  # it was locked: who unlocks next starts another agent
                    be_reached_no_more()
                send_list(connection, *answer)
        except E2EError:
            return
