"""The agent's answers, its conversations over real sockets, and the keys in it against those at hand."""

import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from e2ecli.errors import DamagedError
from e2ecli.operations.agent import Agent
from e2ecli.operations.agent_client import AgentConnection, AgentKeys
from e2ecli.operations.agent_protocol import MOST_SECONDS, AgentGoneError, receive_list, send_list
from e2ecli.operations.agent_socket import Peer
from e2ecli.operations.hybrid_recipients import INFO
from e2ecli.operations.secret_keys import LocalKeys, SecretKeys
from e2ecli.primitives.aead import AeadOpenError
from e2ecli.primitives.hybrid import HybridSealer, HybridSecretKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519KeyError, X25519PublicKey, X25519SecretKey
from e2ecli.saltpack.messagepack import Fields, pack
from tests.unit.keyring.support import secrets_of
from tests.unit.operations.agents import Serving, SetClock, asked, keep, serving
from tests.unit.operations.support import add_identity, workspace_at

ALICE = secrets_of("Alice")._replace(newest=2)
OTHER_KEY = X25519SecretKey.generate()
GROUP_KEY = SecretBytes(b"g" * 32)
LOW_ORDER_POINT = bytes(32)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def agent(clock: SetClock) -> Agent:
    """An agent that keeps Alice, in three generations, for a minute."""
    agent = Agent(clock)
    keep(agent, "alice", ALICE)
    return agent


def sealed_to(generation: int, key: bytes = b"k" * 32) -> bytes:
    """An identifier that the hybrid key of one generation opens."""
    seed = list(ALICE.generations())[generation].hybrid_seed
    public = HybridSecretKey.from_seed(seed).public_bytes
    return HybridSealer.from_bytes(public).seal(SecretBytes(key), INFO)


# Answers


def test_an_agent_has_what_it_keeps_and_says_for_how_long(agent: Agent, clock: SetClock) -> None:
    assert asked(agent, "has", "alice") == ["ok", 0, 2, 60]
    clock.seconds += 20
    assert asked(agent, "has", "alice") == ["ok", 0, 2, 40]


def test_keeping_again_sets_the_time_anew(agent: Agent, clock: SetClock) -> None:
    keep(agent, "alice", ALICE, 5)
    assert asked(agent, "has", "alice") == ["ok", 0, 2, 5]


def test_public_keys_are_the_signing_key_and_the_encryption_keys_newest_first(agent: Agent) -> None:
    keys = LocalKeys(ALICE)
    expected = [keys.signer.public_key.value, *(key.public_key.value for key in keys.encryption_keys)]
    assert asked(agent, "public keys", "alice") == ["ok", *expected]
    assert len(expected) == 4


def test_an_agent_signs(agent: Agent) -> None:
    assert asked(agent, "sign", "alice", b"text") == ["ok", LocalKeys(ALICE).signer.sign(b"text")]


def test_an_agent_opens_what_is_sealed_to_one_generation(agent: Agent) -> None:
    identifiers = [b"x" * 1168, sealed_to(1)]
    assert asked(agent, "open hybrid", "alice", 1, identifiers) == ["ok", 1, 1, b"k" * 32]
    assert asked(agent, "open hybrid", "alice", 0, identifiers) == ["ok", 0]
    assert asked(agent, "open hybrid", "alice", 0, []) == ["ok", 0]


def test_what_is_dropped_is_held_no_more_and_the_rest_is(agent: Agent) -> None:
    keep(agent, "bob", secrets_of("Bob"))
    assert asked(agent, "drop", "alice") == ["ok"]
    assert asked(agent, "has", "alice") == ["not held"]
    assert asked(agent, "has", "bob")[0] == "ok"


def test_locking_drops_everything_and_ends_the_agent(agent: Agent) -> None:
    keep(agent, "bob", secrets_of("Bob"))
    assert asked(agent, "lock") == ["ok", 2]
    assert asked(agent, "has", "alice") == asked(agent, "has", "bob") == ["not held"]
    assert agent.seconds_left() == 0


OPERATIONS: list[tuple[object, ...]] = [
    ("has",),
    ("public keys",),
    ("sign", b"text"),
    ("agree", 0, OTHER_KEY.public_key.value),
    ("open hybrid", 0, []),
    ("seal group key", b"k" * 32, b"data"),
    ("open group key", b"k" * 72, b"data"),
]


def naming(request: Sequence[object], id_: str) -> list[object]:
    return [request[0], id_, *request[1:]]


@pytest.mark.parametrize("request_", [*OPERATIONS, ("drop",)], ids=lambda request: str(request[0]))
def test_nothing_is_done_for_an_identity_that_is_not_held(agent: Agent, request_: Sequence[object]) -> None:
    assert asked(agent, *naming(request_, "mallory")) == ["not held"]


@pytest.mark.parametrize("request_", OPERATIONS, ids=lambda request: str(request[0]))
def test_nothing_is_done_for_an_identity_whose_time_is_over(
    agent: Agent, clock: SetClock, request_: Sequence[object]
) -> None:
    clock.seconds += 60
    assert asked(agent, *naming(request_, "alice")) == ["not held"]


def test_the_secrets_of_an_identity_whose_time_is_over_are_kept_no_longer(
    agent: Agent, clock: SetClock
) -> None:
    keep(agent, "bob", secrets_of("Bob"), 1000)
    clock.seconds += 61
    asked(agent, "has", "alice")
    assert asked(agent, "lock") == ["ok", 1]


def test_an_unknown_operation_is_told_so(agent: Agent) -> None:
    assert asked(agent, "reveal", "alice") == ["unknown operation"]


@pytest.mark.parametrize(
    ("oldest", "newest", "seconds"),
    [
        (-1, 0, 60),
        (1, 0, 60),
        (0, 10_000, 60),
        (0, 2**63, 60),
        (0, 0, 0),
        (0, 0, -1),
        (0, 0, MOST_SECONDS + 1),
    ],
    ids=["below 0", "backwards", "too many", "far too many", "no time", "time past", "longer than a year"],
)
def test_impossible_generations_and_times_are_not_kept(
    agent: Agent, oldest: int, newest: int, seconds: int
) -> None:
    assert asked(agent, "keep", "bob", bytes(64), oldest, newest, seconds) == ["impossible"]
    assert asked(agent, "has", "bob") == ["not held"]


@pytest.mark.parametrize("generation", [-1, 3, 2**63])
def test_a_generation_that_is_not_kept_opens_nothing(agent: Agent, generation: int) -> None:
    assert asked(agent, "open hybrid", "alice", generation, [b"x" * 1168]) == ["impossible"]


def test_no_secret_is_agreed_on_with_a_key_of_low_order(agent: Agent) -> None:
    assert asked(agent, "agree", "alice", 0, LOW_ORDER_POINT) == ["low order"]


def test_a_group_key_comes_back_as_it_was_sealed(agent: Agent) -> None:
    status, sealed = asked(agent, "seal group key", "alice", GROUP_KEY.reveal(), b"data")
    assert status == "ok"
    assert asked(agent, "open group key", "alice", sealed, b"data") == ["ok", GROUP_KEY.reveal()]


def test_an_altered_group_key_is_not_opened(agent: Agent) -> None:
    _, sealed = asked(agent, "seal group key", "alice", GROUP_KEY.reveal(), b"data")
    assert isinstance(sealed, bytes)
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    assert asked(agent, "open group key", "alice", altered, b"data") == ["not opened"]
    assert asked(agent, "open group key", "alice", sealed, b"other data") == ["not opened"]
    assert asked(agent, "open group key", "alice", b"", b"data") == ["not opened"]


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no list": pack("has"),
    "a map": pack({"has": "alice"}),
    "an empty list": pack([]),
    "a list of nine": pack(["has", "alice", *range(7)]),
    "a number in place of the operation": pack([1, "alice"]),
    "no identity": pack(["sign"]),
    "a byte array in place of the identity": pack(["has", b"alice"]),
    "a list in place of the identity": pack(["has", ["alice"]]),
    "a list that ends too early": pack(["sign", "alice", b"text"])[:-2],
    "text in place of bytes": pack(["sign", "alice", "text"]),
    "a key too short": pack(["agree", "alice", 0, b"short"]),
    "text in place of a number": pack(["agree", "alice", "0", bytes(32)]),
    "secrets too short": pack(["keep", "bob", bytes(63), 0, 0, 60]),
    "secrets without a time": pack(["keep", "bob", bytes(64), 0, 0]),
    "a fraction of a second": pack(["keep", "bob", bytes(64), 0, 0, 0.5]),
    "too many identifiers": pack(["open hybrid", "alice", 0, [b""] * 10_001]),
    "identifiers of another type": pack(["open hybrid", "alice", 0, [1]]),
    "a list that claims four thousand million": b"\xdd\xff\xff\xff\xff",
    "no UTF-8": b"\x92\xa3has\xa1\xff",
}


@pytest.mark.parametrize("encoded", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_request_is_a_damaged_one(agent: Agent, encoded: bytes) -> None:
    with pytest.raises(DamagedError):
        agent.answer(Fields(encoded, "the request"))
    assert asked(agent, "has", "alice")[0] == "ok"
    assert asked(agent, "has", "bob") == ["not held"]


def test_an_agent_waits_ten_seconds_for_its_first_identity(clock: SetClock) -> None:
    agent = Agent(clock)
    assert agent.seconds_left() == 10
    clock.seconds += 11
    assert agent.seconds_left() == 0


def test_an_agent_stays_as_long_as_the_identity_that_it_keeps_longest(clock: SetClock) -> None:
    agent = Agent(clock)
    keep(agent, "alice", ALICE, 100)
    keep(agent, "bob", secrets_of("Bob"), 300)
    assert agent.seconds_left() == 300


# Over its socket


def test_an_agent_whose_time_is_over_ends_and_its_socket_goes(tmp_path: Path, clock: SetClock) -> None:
    with serving(tmp_path, Agent(clock)) as served:
        assert served.connection().ask("lock").integer() == 0
        served.ends()
        assert not served.place.path.exists()


def test_an_agent_whose_socket_was_removed_ends(tmp_path: Path, agent: Agent) -> None:
    with serving(tmp_path, agent) as served:
        served.place.path.unlink()
        served.ends()


def test_an_agent_whose_socket_was_replaced_ends_and_leaves_the_other_one(
    tmp_path: Path, agent: Agent
) -> None:
    with serving(tmp_path, agent) as served:
        other = socket.socket(socket.AF_UNIX)
        other.bind(str(tmp_path / "other"))
        (tmp_path / "other").replace(served.place.path)
        served.ends()
        assert served.place.path.is_socket()
        other.close()


def test_an_agent_goes_with_its_user(tmp_path: Path, agent: Agent) -> None:
    gone = threading.Event()
    with serving(tmp_path, agent, lambda: not gone.is_set()) as served:
        assert served.connection().ask("has", "alice").integer() == 0
        gone.set()
        served.ends()
        assert not served.place.path.exists()


def test_an_identity_that_is_unlocked_just_after_locking_is_kept(tmp_path: Path, agent: Agent) -> None:
    packed = ALICE.to_bytes().reveal()
    with serving(tmp_path, agent) as served:
        served.connection().ask("lock")
        connection = served.place.connect()  # None is as good: unlock then starts another agent
        if connection is not None:
            AgentConnection(connection).ask("keep", "alice", packed, 0, 2, 60)
            assert served.connection().ask("has", "alice").integer() == 0


def test_two_clients_are_answered_at_once(tmp_path: Path, agent: Agent) -> None:
    with serving(tmp_path, agent) as served:
        one, other = served.connection(), served.connection()
        for _ in range(3):
            assert one.ask("has", "alice").integer() == 0
            assert other.ask("sign", "alice", b"x").binary() == LocalKeys(ALICE).signer.sign(b"x")


def test_threads_that_share_a_connection_get_each_its_own_answer(tmp_path: Path, agent: Agent) -> None:
    texts = [f"text {number}".encode() for number in range(40)]
    answers: dict[bytes, bytes] = {}
    with serving(tmp_path, agent) as served:
        shared = served.connection()

        def sign(text: bytes) -> None:
            answers[text] = shared.ask("sign", "alice", text).binary()

        threads = [threading.Thread(target=sign, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {text: LocalKeys(ALICE).signer.sign(text) for text in texts}


DISTURBING: dict[str, bytes] = {
    "nothing": b"",
    "half a length": b"\x00\x00",
    "half a frame": b"\x00\x00\x00\x10" + b"\x91",
    "an over-long length": b"\xff\xff\xff\xff",
    "an empty frame": bytes(4),
    "no list": b"\x00\x00\x00\x01\xc0",
    "a web browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("bytes_", DISTURBING.values(), ids=DISTURBING.keys())
@pytest.mark.parametrize("hangs_up", [True, False], ids=["hanging up", "staying"])
def test_a_client_that_says_something_else_disturbs_no_other(
    tmp_path: Path, agent: Agent, bytes_: bytes, hangs_up: bool
) -> None:
    with serving(tmp_path, agent) as served, served.dial() as disturbing:
        before = served.connection()
        disturbing.sendall(bytes_)
        if hangs_up:
            disturbing.close()
        assert before.ask("has", "alice").integer() == 0
        assert served.connection().ask("has", "alice").integer() == 0


@pytest.mark.parametrize(
    "bytes_", [b"\xff\xff\xff\xff", bytes(4), b"\x00\x00\x00\x01\xc0", b"\x00\x00\x00\x02\x91\xa0\x00"]
)
def test_who_says_something_else_is_hung_up_on(tmp_path: Path, agent: Agent, bytes_: bytes) -> None:
    with serving(tmp_path, agent) as served, served.dial() as disturbing:
        disturbing.sendall(bytes_)
        assert disturbing.recv(1) == b""


def test_a_request_that_comes_byte_by_byte_is_answered(tmp_path: Path, agent: Agent) -> None:
    request = pack(["has", "nobody"])
    with serving(tmp_path, agent) as served, served.dial() as slow:
        for byte in len(request).to_bytes(4, "big") + request:
            slow.sendall(bytes([byte]))
        assert receive_list(slow).list_length(1, 1) == 1


# The client's end


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one() -> None:
    client, agent = socket.socketpair()
    connection = AgentConnection(client)
    with agent:
        with pytest.raises(AgentGoneError):
            connection.ask("sign", "alice", b"first", seconds=0.05)
        agent.settimeout(10)
        receive_list(agent)
        with suppress(AgentGoneError):  # the client has hung up
            send_list(agent, "ok", b"signature of the first")
        with pytest.raises(AgentGoneError):
            connection.ask("sign", "alice", b"second", seconds=0.05)


def test_an_answer_whose_wait_was_interrupted_is_not_taken_for_another_threads() -> None:
    client, agent = socket.socketpair()
    connection = AgentConnection(client)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with agent:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                connection.ask("sign", "alice", b"first", seconds=60)
            with suppress(AgentGoneError):  # the client has hung up
                send_list(agent, "ok", b"signature of the first")
            with pytest.raises(AgentGoneError):
                connection.ask("sign", "alice", b"second", seconds=60)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("pid", "ended"), [(12345, [12345]), (0, []), (None, [])])
def test_only_a_process_that_can_be_named_is_ended(
    monkeypatch: pytest.MonkeyPatch, pid: int | None, ended: list[int]
) -> None:
    """The system names one in another namespace 0, by which `kill` would take the caller's whole group."""
    killed: list[int] = []
    monkeypatch.setattr("e2ecli.operations.agent_client.peer", lambda _: Peer(pid, os.geteuid()))
    monkeypatch.setattr(os, "kill", lambda number, _: killed.append(number))
    client, agent = socket.socketpair()
    with client, agent:
        AgentConnection(client).end_process()
    assert killed == ended


@pytest.mark.parametrize("answer", [["no such status"], ["not held"], [1], [], ["impossible"]], ids=str)
def test_any_other_answer_is_as_good_as_none(answer: list[object]) -> None:
    client, agent = socket.socketpair()
    with client, agent:
        send_list(agent, *answer)
        with pytest.raises(AgentGoneError):
            AgentConnection(client).ask("has", "alice")


def test_an_agent_that_hangs_up_is_gone() -> None:
    client, agent = socket.socketpair()
    agent.close()
    with client, pytest.raises(AgentGoneError, match="has gone"):
        AgentConnection(client).ask("has", "alice")


# Keys in the agent, and at hand


class BothWays:
    """Alice's keys in an agent and at hand."""

    def __init__(self, path: Path, served: Serving) -> None:
        workspace = workspace_at(path)
        add_identity(workspace, "Alice", generation=2)
        identity = workspace.identities.get("alice")
        keep(served.agent, identity.card.id, ALICE)
        self.local: SecretKeys = LocalKeys(ALICE)
        self.agent: SecretKeys = AgentKeys(served.connection(), identity)


@pytest.fixture
def both(tmp_path: Path, agent: Agent) -> Iterator[BothWays]:
    with serving(tmp_path / "socket", agent) as served:
        yield BothWays(tmp_path, served)


def test_the_agent_signs_as_the_key_itself_does(both: BothWays) -> None:
    assert both.agent.signer.public_key == both.local.signer.public_key
    for text in (b"", b"text", bytes(100_000)):
        assert both.agent.signer.sign(text) == both.local.signer.sign(text)


def test_the_agent_agrees_as_the_keys_of_all_generations_do(both: BothWays) -> None:
    in_agent, at_hand = both.agent.encryption_keys, both.local.encryption_keys
    assert [key.public_key for key in in_agent] == [key.public_key for key in at_hand]
    assert len(in_agent) == 3
    for one, other in zip(in_agent, at_hand, strict=True):
        shared = [key.shared_with(OTHER_KEY.public_key).key.reveal() for key in (one, other)]
        assert shared[0] == shared[1]


def test_the_agent_refuses_a_key_of_low_order_as_the_key_itself_does(both: BothWays) -> None:
    for keys in (both.agent, both.local):
        with pytest.raises(X25519KeyError):
            keys.encryption_keys[0].shared_with(X25519PublicKey(LOW_ORDER_POINT))


def test_the_agent_opens_identifiers_as_the_keys_of_all_generations_do(both: BothWays) -> None:
    identifiers = [sealed_to(0, b"0" * 32), b"x" * 1168, sealed_to(2, b"2" * 32), sealed_to(1, b"1" * 32)]
    found = [
        [(match.position, match.key.reveal()) for match in keys.open_hybrid(identifiers)]
        for keys in (both.agent, both.local)
    ]
    assert found[0] == found[1] == [(2, b"2" * 32), (3, b"1" * 32), (0, b"0" * 32)]


def test_group_keys_that_one_sealed_are_opened_by_the_other(both: BothWays) -> None:
    for sealing, opening in ((both.agent, both.local), (both.local, both.agent)):
        sealed = sealing.seal_group_key(GROUP_KEY, b"data")
        assert opening.open_group_key(sealed, b"data").reveal() == GROUP_KEY.reveal()
        with pytest.raises(AeadOpenError):
            opening.open_group_key(sealed, b"other data")
