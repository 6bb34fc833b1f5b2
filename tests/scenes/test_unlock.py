"""`unlock` and `lock`, as processes of the real program: an agent that keeps Dave's keys for a while."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenes.world import PATIENCE_SECONDS, World

UNLOCK = "e2e unlock -q --for 1m --passphrase-fd 3 3<<<'open sesame'"


@pytest.fixture
def dave(village: World, world: World) -> Iterator[World]:
    world.invite(village, ["alice", "dave"])
    world.does("alice", "echo hello | e2e send -q dave -o letter")
    yield world
    world.run("dave", "e2e lock -q")


def agent_of(world: World) -> int:
    """Return the process that listens at the keyring's socket."""
    from e2ecli.operations.agent_socket import AgentSocket, peer

    connection = AgentSocket(world.keyring("dave"), "agent.sock").connect()
    assert connection is not None
    with connection:
        pid = peer(connection).pid
    assert pid is not None
    return pid


def ended(pid: int) -> bool:
    """Whether a process is gone, or will be as soon as somebody asks for its exit code."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def wait_for_the_end_of(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ended(pid):
        assert time.monotonic() < deadline, "the agent went on"
        time.sleep(0.05)


def socket_of(world: World) -> Path:
    return world.keyring("dave") / "agent.sock"


def test_without_it_a_locked_identity_opens_nothing(dave: World) -> None:
    assert dave.run("dave", "e2e open letter").exit_code == 6


def test_with_it_everything_goes_on_without_a_passphrase(dave: World) -> None:
    dave.does("dave", UNLOCK)
    assert dave.does("dave", "e2e open letter") == b"hello\n"
    dave.does("dave", "echo answer | e2e send -q alice -o answer")
    assert dave.does("alice", "e2e open --from dave answer") == b"answer\n"
    dave.does("dave", "echo denied | e2e send -q --deniable alice -o denied")
    assert dave.does("alice", "e2e open --from dave denied") == b"denied\n"
    dave.does("dave", "echo notice | e2e sign -q -o notice")
    assert dave.does("alice", "e2e verify --from dave notice") == b"notice\n"
    dave.does("dave", "e2e groups create pair alice && e2e groups share pair -o update")
    dave.does("alice", "e2e import --yes update && echo both | e2e send -q pair -o both")
    assert dave.does("dave", "e2e open both") == b"both\n"


def test_it_is_a_program_of_its_own_that_is_told_no_secret(dave: World) -> None:
    dave.does("dave", UNLOCK)
    arguments = (Path("/proc") / str(agent_of(dave)) / "cmdline").read_bytes()
    assert b"\0e2ecli.operations.agent_process\0" in arguments
    assert b"open sesame" not in arguments


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_it_starts_without_standard_streams(dave: World, closed: str) -> None:
    dave.run("dave", f"{UNLOCK} {closed}")
    assert dave.does("dave", "e2e open letter") == b"hello\n"


def test_it_never_learns_the_passphrase(dave: World) -> None:
    dave.does("dave", UNLOCK)
    dave.does("dave", "e2e open letter")
    try:
        memory = memory_of(agent_of(dave))
    except PermissionError:
        pytest.skip("the agent's memory can't be read, as it should be")
    assert b"agent_process" in memory
    assert b"open sesame" not in memory


def memory_of(pid: int) -> bytes:
    """Return all that a process may write to; only root reads it of one that isn't dumpable."""
    found = bytearray()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, access, *_ = line.split()
            start, end = (int(number, 16) for number in place.split("-"))
            if access.startswith("rw") and end < 2**63:
                memory.seek(start)
                with contextlib.suppress(OSError):  # such as [vvar]
                    found += memory.read(end - start)
    return bytes(found)


def test_lock_ends_it(dave: World) -> None:
    dave.does("dave", UNLOCK)
    pid = agent_of(dave)
    dave.does("dave", "e2e lock")
    wait_for_the_end_of(pid)
    assert not socket_of(dave).exists()
    assert dave.run("dave", "e2e open letter").exit_code == 6
    assert "nothing was unlocked" in dave.run("dave", "e2e lock").stderr


def test_its_time_ends_it(dave: World) -> None:
    dave.does("dave", "e2e unlock -q --for 1s --passphrase-fd 3 3<<<'open sesame'")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while socket_of(dave).exists():
        assert time.monotonic() < deadline, "the agent went on"
        time.sleep(0.05)
    assert dave.run("dave", "e2e open letter").exit_code == 6


def test_it_goes_with_the_runtime_directory(dave: World) -> None:
    runtime = dave.root / "runtime"
    runtime.mkdir(mode=0o700)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} {UNLOCK}")
    assert dave.does("dave", f"XDG_RUNTIME_DIR={runtime} e2e open letter") == b"hello\n"
    assert not socket_of(dave).exists()
    dave.does("dave", f"rm -r {runtime}/e2e")
    assert dave.run("dave", f"XDG_RUNTIME_DIR={runtime} e2e open letter").exit_code == 6


def test_a_killed_one_hangs_nothing_and_its_socket_is_cleaned_up(dave: World) -> None:
    dave.does("dave", UNLOCK)
    pid = agent_of(dave)
    os.kill(pid, signal.SIGKILL)
    wait_for_the_end_of(pid)
    assert dave.run("dave", "e2e open letter").exit_code == 6
    assert not socket_of(dave).exists()
    dave.does("dave", UNLOCK)
    assert dave.does("dave", "e2e open letter") == b"hello\n"


def test_a_hanging_one_hangs_nothing_and_is_ended_by_lock(dave: World) -> None:
    dave.does("dave", UNLOCK)
    pid = agent_of(dave)
    os.kill(pid, signal.SIGSTOP)
    assert dave.run("dave", "e2e open letter").exit_code == 6
    dave.does("dave", "e2e lock -q")
    wait_for_the_end_of(pid)


def test_another_takes_the_place_of_a_hanging_one(dave: World) -> None:
    dave.does("dave", UNLOCK)
    hanging = agent_of(dave)
    os.kill(hanging, signal.SIGSTOP)
    dave.does("dave", UNLOCK)
    wait_for_the_end_of(hanging)
    assert agent_of(dave) != hanging
    assert dave.does("dave", "e2e open letter") == b"hello\n"


@pytest.mark.parametrize(
    "change",
    [
        "e2e keys rotate -q --passphrase-fd 3 3<<<'open sesame'",
        "e2e keys passphrase --kdf interactive --new-passphrase-file new --passphrase-fd 3 3<<<'open sesame'",
    ],
)
def test_changed_keys_are_kept_no_longer(dave: World, change: str) -> None:
    (dave.table / "new").write_text("another\n")
    dave.does("dave", UNLOCK)
    dave.does("dave", change)
    assert dave.run("dave", "e2e open letter").exit_code == 6


def test_an_agent_that_goes_while_a_file_is_sealed_leaves_no_file(dave: World) -> None:
    dave.does("dave", UNLOCK)
    seal = "(head -c 3000000 /dev/zero; e2e lock -q; head -c 3000000 /dev/zero) | e2e send -q alice -o big"
    assert dave.run("dave", seal).exit_code == 6
    assert not (dave.table / "big").exists()


def test_a_large_file_is_sealed_through_it(dave: World) -> None:
    dave.does("dave", UNLOCK)
    dave.does("dave", "head -c 8000000 /dev/urandom > big; e2e send -q alice big -o big.sealed")
    dave.does("alice", "e2e open -q big.sealed -o opened && cmp big opened")


def test_whoever_reads_the_output_of_unlock_is_not_kept_waiting(dave: World) -> None:
    said = dave.does("dave", f"{UNLOCK.replace(' -q', ' --json')} | cat; {UNLOCK} --json-fd 4 4>&1 | cat")
    assert said.count(b'"until"') == 2


def test_its_process_holds_nothing_but_its_socket(dave: World) -> None:
    dave.does("dave", UNLOCK)
    process = Path("/proc") / str(agent_of(dave))
    try:
        environment, files = (process / "environ").read_bytes(), set(open_files(process))
    except PermissionError:
        pytest.skip("the agent can't be looked into, as it should be")
    assert {file for file in files if not file.startswith("socket:")} == {"/dev/null"}
    assert (process / "cwd").readlink() == Path("/")
    assert b"open sesame" not in environment


def open_files(process: Path) -> Iterator[str]:
    for file in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # of a client who hung up just now
            yield str(file.readlink())


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_its_memory_is_closed_to_other_processes_of_the_user(dave: World) -> None:
    # Root could look into everything, so that all here do without root's capabilities.
    plain = "setpriv --bounding-set=-all --inh-caps=-all" if os.geteuid() == 0 else ""
    dave.does("dave", UNLOCK.replace("e2e", f"{plain} e2e", 1))
    look = f"{plain} cat /proc/{{}}/environ > looked"
    started = f"{plain} sleep 60 & until grep -q sleep /proc/$!/comm; do :; done"
    other = f"{started}; {look.format('$!')}; code=$?; kill $!; exit $code"
    assert dave.run("dave", other).exit_code == 0
    assert dave.run("dave", look.format(agent_of(dave))).exit_code != 0
    limits = Path(f"/proc/{agent_of(dave)}/limits").read_text()
    assert "Max core file size        1  " in limits or "Max core file size        0  " in limits


def test_a_hanging_one_is_ended_when_the_keys_change(dave: World) -> None:
    dave.does("dave", UNLOCK)
    pid = agent_of(dave)
    os.kill(pid, signal.SIGSTOP)
    dave.does("dave", "e2e keys rotate -q --passphrase-fd 3 3<<<'open sesame'")
    wait_for_the_end_of(pid)


@pytest.mark.parametrize("span", ["0s", "2y"])
def test_an_impossible_time_is_refused_before_anything_is_asked(dave: World, span: str) -> None:
    assert dave.run("dave", f"e2e unlock --for {span}").exit_code == 2


def test_unlocking_right_after_locking_is_never_in_vain(dave: World) -> None:
    for _ in range(5):
        dave.does("dave", UNLOCK)
        assert dave.does("dave", "e2e open letter") == b"hello\n"
        dave.does("dave", "e2e lock -q")


def test_a_keyring_named_by_a_relative_path_is_unlocked_as_well(dave: World) -> None:
    dave.does("dave", f"cd ~ && {UNLOCK.replace('e2e unlock', 'e2e unlock --keyring keyring')}")
    assert dave.does("dave", "e2e open letter") == b"hello\n"


def test_lock_says_so_where_an_agent_cant_be_reached(dave: World) -> None:
    runtime = dave.root / "runtime"
    runtime.mkdir(mode=0o700)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} {UNLOCK}")
    (runtime / "e2e").chmod(0o755)
    outcome = dave.run("dave", f"XDG_RUNTIME_DIR={runtime} e2e lock")
    assert (outcome.exit_code, "can't be reached" in outcome.stderr) == (1, True)
    (runtime / "e2e").chmod(0o700)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} e2e lock")


def test_lock_ends_an_agent_whose_runtime_directory_is_open_to_others_by_now(dave: World) -> None:
    runtime = dave.root / "runtime"
    runtime.mkdir(mode=0o700)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} {UNLOCK}")
    runtime.chmod(0o755)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} e2e lock")
    assert list((runtime / "e2e").iterdir()) == []


def test_lock_ends_agents_in_both_places(dave: World) -> None:
    runtime = dave.root / "runtime"
    runtime.mkdir(mode=0o700)
    dave.does("dave", UNLOCK)
    pid = agent_of(dave)
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} {UNLOCK}")
    dave.does("dave", f"XDG_RUNTIME_DIR={runtime} e2e lock")
    wait_for_the_end_of(pid)
    assert list((runtime / "e2e").iterdir()) == []
