"""The keyring is private and has one writer at a time (invariant 7)."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from e2ecli.errors import FileError, KeyringError
from e2ecli.keyring.directory import KeyringDirectory
from tests.unit.keyring.support import directory_at, mode

ROOT = os.geteuid() == 0


def everything_in(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_keyring_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    keyring = KeyringDirectory(tmp_path / "none")
    assert not keyring.exists()
    assert keyring.names("contacts") == []


def test_reading_makes_nothing(tmp_path: Path) -> None:
    KeyringDirectory(tmp_path / "none").names("contacts")
    assert everything_in(tmp_path) == {}


def test_the_first_writer_makes_the_keyring_for_its_owner_alone(tmp_path: Path, umask_022: None) -> None:
    keyring = KeyringDirectory(tmp_path / "above" / "keyring")
    with keyring.writing():
        pass
    assert mode(keyring.path) == 0o700
    assert {path.name: mode(path) for path in keyring.path.iterdir()} == {
        "contacts": 0o700,
        "groups": 0o700,
        "identities": 0o700,
        "lock": 0o600,
    }


def test_a_keyring_without_a_part_has_no_files_there(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    keyring.part("contacts").rmdir()
    assert keyring.names("contacts") == []


def test_a_part_that_is_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    keyring.part("contacts").rmdir()
    keyring.part("contacts").touch()
    with pytest.raises(KeyringError, match="contacts can't be read"):
        keyring.names("contacts")


@pytest.mark.parametrize("open_to", [0o750, 0o705, 0o701, 0o720, 0o777], ids=lambda mode: f"{mode:o}")
def test_a_keyring_open_to_others_is_refused_with_the_chmod_that_mends_it(
    tmp_path: Path, open_to: int
) -> None:
    keyring = directory_at(tmp_path)
    keyring.path.chmod(open_to)
    with pytest.raises(KeyringError, match="open to other users") as raised:
        keyring.exists()
    assert raised.value.hint == f"chmod 700 {keyring.path}"
    with pytest.raises(KeyringError), keyring.writing():
        pass


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o620, 0o610], ids=lambda mode: f"{mode:o}")
def test_a_private_file_open_to_others_is_refused_with_the_chmod_that_mends_it(
    tmp_path: Path, open_to: int
) -> None:
    keyring = directory_at(tmp_path)
    path = keyring.part("identities") / "alice.toml"
    path.write_bytes(b"secret")
    path.chmod(open_to)
    with pytest.raises(KeyringError) as raised:
        keyring.read_private(path)
    assert raised.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize("private", [0o600, 0o400], ids=lambda mode: f"{mode:o}")
def test_a_private_file_is_read(tmp_path: Path, private: int) -> None:
    keyring = directory_at(tmp_path)
    path = keyring.part("identities") / "alice.toml"
    path.write_bytes(b"secret")
    path.chmod(private)
    assert keyring.read_private(path) == b"secret"


@pytest.mark.parametrize("read", [KeyringDirectory.read, KeyringDirectory.read_private])
def test_a_file_that_is_not_there_is_an_error_that_names_it(
    tmp_path: Path, read: Callable[[KeyringDirectory, Path], bytes]
) -> None:
    keyring = directory_at(tmp_path)
    with pytest.raises(KeyringError, match=r"none\.toml can't be read"):
        read(keyring, keyring.path / "none.toml")


def test_a_keyring_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    with pytest.raises(KeyringError, match="is no directory"):
        KeyringDirectory(tmp_path / "file").exists()


def test_a_keyring_beneath_a_file_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    with pytest.raises(KeyringError, match="can't be used"):
        KeyringDirectory(tmp_path / "file" / "keyring").exists()


@pytest.mark.skipif(ROOT, reason="root may do everything")
def test_a_keyring_that_can_not_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "above").mkdir(0o500)
    with (
        pytest.raises(FileError, match="keyring: permission denied"),
        KeyringDirectory(tmp_path / "above" / "keyring").writing(),
    ):
        pass


@pytest.mark.parametrize("part", ["identities", "contacts", "groups", "revoked", "opened"])
def test_the_litter_of_a_crashed_writer_is_not_seen_and_the_next_one_removes_it(
    tmp_path: Path, part: str
) -> None:
    keyring = directory_at(tmp_path)
    keyring.part(part).mkdir(exist_ok=True)
    litter = keyring.part(part) / ".alice.toml.0123456789ab.e2e-tmp"
    litter.touch()
    assert keyring.names(part) == []
    with keyring.writing():
        assert not litter.exists()


def test_the_next_writer_leaves_other_files_alone(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    others = {"alice.toml", ".hidden", "note.e2e-tmp"}
    for name in others:
        (keyring.part("contacts") / name).touch()
    with keyring.writing():
        pass
    assert set(os.listdir(keyring.part("contacts"))) == others


COUNT_UP = """
import sys
from pathlib import Path
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.files import write_atomically
keyring = KeyringDirectory(Path(sys.argv[1]))
counter = keyring.path / "counter"
for _ in range(25):
    with keyring.writing():
        write_atomically(counter, str(int(counter.read_text()) + 1).encode())
"""


def test_the_lock_serialises_processes(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    (keyring.path / "counter").write_text("0")
    writers = [subprocess.Popen([sys.executable, "-c", COUNT_UP, str(keyring.path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert (keyring.path / "counter").read_text() == "75"


TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1]) as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(9)
"""


def test_the_lock_is_held_as_long_as_the_writer_writes(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)

    def lock_elsewhere() -> int:
        return subprocess.run(
            [sys.executable, "-c", TRY_LOCK, str(keyring.path / "lock")], check=False
        ).returncode

    with keyring.writing():
        assert lock_elsewhere() == 9
    assert lock_elsewhere() == 0


def test_the_lock_goes_with_a_writer_that_is_killed(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom e2ecli.keyring.directory import KeyringDirectory\n"
        "with KeyringDirectory(Path(sys.argv[1])).writing():\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(keyring.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    again = subprocess.run([sys.executable, "-c", TRY_LOCK, str(keyring.path / "lock")], check=False)
    assert again.returncode == 0
