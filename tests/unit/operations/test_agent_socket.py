"""Where the agent listens: below the runtime directory or in the keyring, for its user alone."""

import multiprocessing
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from e2ecli.errors import E2EError
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.operations.agent_client import connect
from e2ecli.operations.agent_socket import AgentSocket, agent_socket, is_private, peer
from e2ecli.operations.unlock import lock, unlock
from tests.unit.operations.agents import until
from tests.unit.operations.support import FixedPassphrases, person

MakeSomething = Callable[[Path], object]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime directory as a login makes it."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return runtime


@pytest.fixture
def place(tmp_path: Path) -> AgentSocket:
    directory = tmp_path / "place"
    directory.mkdir(mode=0o700)
    return AgentSocket(directory, "agent.sock")


# The place


def test_the_socket_is_below_the_runtime_directory(runtime: Path, tmp_path: Path) -> None:
    place = agent_socket(tmp_path / "keyring")
    assert place.directory == runtime / "e2e"


def test_every_keyring_has_a_place_of_its_own(runtime: Path, tmp_path: Path) -> None:
    assert agent_socket(tmp_path / "one") != agent_socket(tmp_path / "other")


def test_a_keyring_has_one_place_by_whatever_path_it_is_reached(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "keyring").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "keyring")
    assert agent_socket(tmp_path / "link") == agent_socket(tmp_path / "run" / ".." / "keyring")


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777])
def test_a_runtime_directory_that_is_open_to_others_is_not_used(
    runtime: Path, tmp_path: Path, mode: int
) -> None:
    runtime.chmod(mode)
    assert agent_socket(tmp_path / "keyring").path == tmp_path / "keyring" / "agent.sock"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a directory to somebody else")
def test_a_runtime_directory_of_somebody_else_is_not_used(runtime: Path, tmp_path: Path) -> None:
    os.chown(runtime, 65534, 65534)
    assert agent_socket(tmp_path / "keyring").directory == tmp_path / "keyring"


@pytest.mark.parametrize(
    "make",
    [lambda path: None, lambda path: path.write_text("a file"), lambda path: path.symlink_to("nowhere")],
    ids=["nothing", "a file", "a dangling link"],
)
def test_a_runtime_directory_that_is_none_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: MakeSomething
) -> None:
    make(tmp_path / "run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    assert agent_socket(tmp_path / "keyring").directory == tmp_path / "keyring"


def test_a_directory_that_others_can_enter_is_not_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert is_private(tmp_path)
    tmp_path.chmod(0o711)
    assert not is_private(tmp_path)


# Listening and connecting


def test_a_listening_socket_is_reached_and_is_its_users_alone(place: AgentSocket) -> None:
    with place.listen() as listening:
        assert stat.S_IMODE(place.path.lstat().st_mode) == 0o600
        connection = place.connect()
        assert connection is not None
        with connection, listening.accept()[0] as accepted:
            accepted.sendall(b"hello")
            assert connection.recv(5) == b"hello"


def test_listening_leaves_the_umask_as_it_was(place: AgentSocket) -> None:
    before = os.umask(0o022)
    try:
        place.listen().close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_path_longer_than_the_systems_bound_is_reached_as_well(tmp_path: Path) -> None:
    directory = tmp_path / ("long " * 30) / ("longer " * 20)
    directory.mkdir(mode=0o700, parents=True)
    place = AgentSocket(directory, "agent.sock")
    assert len(os.fsencode(place.path)) > 108
    with place.listen():
        connection = place.connect()
        assert connection is not None
        connection.close()


def test_nothing_in_the_place_is_no_agent(place: AgentSocket) -> None:
    assert place.connect() is None


def test_a_socket_that_nobody_listens_at_is_removed(place: AgentSocket) -> None:
    place.listen().close()
    assert place.path.is_socket()
    assert place.connect() is None
    assert not place.path.exists()


OTHER_THINGS: dict[str, MakeSomething] = {
    "a file": lambda path: path.write_text("text"),
    "a directory": lambda path: path.mkdir(),
    "a FIFO": os.mkfifo,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("make", OTHER_THINGS.values(), ids=OTHER_THINGS.keys())
def test_something_else_in_its_place_is_no_agent_and_stays(place: AgentSocket, make: MakeSomething) -> None:
    make(place.path)
    assert place.connect() is None
    assert os.path.lexists(place.path)


def test_a_link_to_a_socket_is_not_followed(place: AgentSocket, tmp_path: Path) -> None:
    elsewhere = AgentSocket(tmp_path, "elsewhere.sock")
    with elsewhere.listen():
        place.path.symlink_to(elsewhere.path)
        assert place.connect() is None


@pytest.mark.parametrize("thing", ["a file", "a FIFO", "a dangling link"])
def test_listening_takes_the_place_of_what_is_there(place: AgentSocket, thing: str) -> None:
    OTHER_THINGS[thing](place.path)
    with place.listen():
        connection = place.connect()
        assert connection is not None
        connection.close()


def test_listening_in_the_place_of_a_directory_is_an_error(place: AgentSocket) -> None:
    place.path.mkdir()
    with pytest.raises(E2EError):
        place.listen()


def test_a_socket_in_a_directory_that_others_can_enter_is_not_used(place: AgentSocket) -> None:
    with place.listen():
        place.directory.chmod(0o711)
        assert place.connect() is None


def test_an_agent_is_not_started_in_a_directory_that_others_can_enter(place: AgentSocket) -> None:
    place.directory.chmod(0o711)
    with pytest.raises(E2EError, match="open to other users") as raised, place.starting():
        pass
    assert raised.value.hint == f"chmod 700 {place.directory}"


def test_a_socket_is_not_removed_if_another_took_its_place(place: AgentSocket) -> None:
    place.listen().close()
    mark = place.mark()
    assert mark is not None
    place.remove(mark._replace(changed=0))
    assert place.path.is_socket()
    place.remove(mark)
    assert not place.path.exists()


def test_the_peer_is_the_process_at_the_other_end() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer(one) == (os.getpid(), os.geteuid())


# Starting


def unlock_alice(path: Path) -> None:
    """Unlock Alice's identity for ten minutes, in a process of its own."""
    from datetime import timedelta

    from tests.unit.operations.support import workspace_at

    workspace = workspace_at(path, FixedPassphrases(b"correct horse"))
    unlock(workspace, workspace.own_identity(), timedelta(minutes=10))


def test_two_that_start_an_agent_at_once_have_one(runtime: Path, tmp_path: Path) -> None:
    directory = person(tmp_path, "Alice", locked=True).directory
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=unlock_alice, args=(tmp_path / "alice",)) for _ in range(4)]
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0, 0, 0]
        assert len(agents_of(directory)) == 1
        assert len(list((runtime / "e2e").iterdir())) == 1
    finally:
        lock(directory)
    until(lambda: connect(directory) is None, "the agent's end")


def test_the_peer_of_a_client_is_the_agent_and_not_the_process_that_started_it(
    runtime: Path, tmp_path: Path
) -> None:
    directory = person(tmp_path, "Alice", locked=True).directory
    starting = multiprocessing.get_context("spawn").Process(target=unlock_alice, args=(tmp_path / "alice",))
    starting.start()
    starting.join(60)
    try:
        (pid,) = agents_of(directory)
        assert pid != starting.pid
        assert Path(f"/proc/{pid}").exists()
    finally:
        lock(directory)


def agents_of(directory: KeyringDirectory) -> set[int]:
    """Return the processes that answer at a keyring's place, asked several times."""
    found = set()
    for _ in range(5):
        connection = agent_socket(directory.path).connect()
        assert connection is not None
        with connection:
            pid = peer(connection).pid
            assert pid is not None
            found.add(pid)
    return found
