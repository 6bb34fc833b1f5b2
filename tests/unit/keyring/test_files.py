"""Files appear whole or not at all (invariant 7)."""

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from e2ecli.errors import FileError
from e2ecli.keyring import files
from e2ecli.keyring.files import AtomicFile, write_all, write_atomically
from e2ecli.keyring.unnamed import open_unnamed
from tests.unit.keyring.support import mode

ROOT = os.geteuid() == 0


def everything_in(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_file_has_its_name_only_once_it_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with AtomicFile(path) as file:
        file.write(b"half, ")
        file.write(memoryview(b"whole"))
        assert not path.exists()
        file.commit()
        assert path.read_bytes() == b"half, whole"
    assert everything_in(tmp_path) == {"file": b"half, whole"}


def test_a_file_that_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "file") as file:
        file.write(b"half")
    assert everything_in(tmp_path) == {}


def test_a_failure_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), AtomicFile(path) as file:
        file.write(b"new")
        raise ZeroDivisionError
    assert everything_in(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("call", ["write", "fchmod", "fsync"])
def test_a_full_disk_at_any_call_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(FileError, match="file: no space left on device"):
        patch.setattr(os, call, full)
        write_atomically(path, b"new")
    assert everything_in(tmp_path) == {"file": b"old"}


def test_a_process_that_is_killed_before_the_commit_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom e2ecli.keyring.files import AtomicFile\n"
        "with AtomicFile(Path(sys.argv[1])) as file:\n"
        "    file.write(b'new')\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("asked", "given"), [(0o666, 0o644), (0o600, 0o600), (0o777, 0o755)], ids=lambda mode: f"{mode:o}"
)
def test_a_new_file_has_the_mode_that_was_asked_for_less_the_umask(
    tmp_path: Path, umask_022: None, asked: int, given: int
) -> None:
    with AtomicFile(tmp_path / "file", asked) as file:
        file.commit()
    assert mode(tmp_path / "file") == given


@pytest.mark.parametrize("old", [0o600, 0o640, 0o755, 0o444], ids=lambda mode: f"{mode:o}")
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, umask_022: None, old: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(old)
    with AtomicFile(path) as file:
        file.commit()
    assert mode(path) == old


def test_nobody_else_can_read_a_file_before_it_is_committed(
    tmp_path: Path, umask_022: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")  # an unnamed one can't be found
    with AtomicFile(tmp_path / "file"):
        (temporary,) = tmp_path.iterdir()
        assert mode(temporary) == 0o600


def test_the_umask_is_as_it_was(tmp_path: Path, umask_022: None) -> None:
    write_atomically(tmp_path / "file", b"")
    assert os.umask(0o022) == 0o022


def test_a_symbolic_link_is_followed_and_its_target_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert everything_in(tmp_path / "elsewhere") == {"target": b"new"}


def test_a_dangling_link_gets_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_file_that_has_no_name_yet_leaves_nothing_when_its_process_is_killed(tmp_path: Path) -> None:
    if open_unnamed(tmp_path) is None:
        pytest.skip("this file system has no unnamed files")
    program = (
        "import os, signal, sys; from pathlib import Path; from e2ecli.keyring.files import AtomicFile\n"
        "with AtomicFile(Path(sys.argv[1])) as file:\n"
        "    file.write(b'plaintext')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "file")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert everything_in(tmp_path) == {}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("system", ["no flag", "no support", "no /proc"])
def test_without_unnamed_files_a_temporary_one_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, replace: bool
) -> None:
    if system == "no flag":
        monkeypatch.delattr(os, "O_TMPFILE")
    elif system == "no support":
        monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY)  # which can't be written to
    else:
        monkeypatch.setattr(os.path, "lexists", lambda _: False)
    with AtomicFile(tmp_path / "file") as file:
        file.write(b"whole")
        (temporary,) = tmp_path.iterdir()
        assert temporary.name.endswith(".e2e-tmp")
        file.commit(replace=replace)
    assert everything_in(tmp_path) == {"file": b"whole"}


def test_without_replacing_a_file_that_took_the_name_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(FileError, match="file exists"), AtomicFile(path) as file:
        file.write(b"ours")
        path.write_bytes(b"theirs")
        file.commit(replace=False)
    assert everything_in(tmp_path) == {"file": b"theirs"}


def test_without_replacing_a_free_name_is_taken(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "file") as file:
        file.write(b"ours")
        file.commit(replace=False)
    assert everything_in(tmp_path) == {"file": b"ours"}


@pytest.mark.parametrize("taken", [False, True], ids=["a free name", "a taken name"])
def test_a_file_system_without_hard_links_does_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    path = tmp_path / "file"

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with AtomicFile(path) as file:
        file.write(b"ours")
        if taken:
            path.write_bytes(b"theirs")
            with pytest.raises(FileError):
                file.commit(replace=False)
        else:
            file.commit(replace=False)
    assert everything_in(tmp_path) == {"file": b"theirs" if taken else b"ours"}


def test_a_directory_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere/file: no such file or directory"):
        write_atomically(tmp_path / "nowhere" / "file", b"")


@pytest.mark.parametrize("letter", ["a", "é", "字", "😀"], ids=["1 byte", "2 bytes", "3 bytes", "4 bytes"])
def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path, letter: str) -> None:
    name = letter * (255 // len(letter.encode()))
    write_atomically(tmp_path / name, b"content")
    assert everything_in(tmp_path) == {name: b"content"}


def test_writing_goes_on_after_a_partial_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    real = os.write
    monkeypatch.setattr(os, "write", lambda where, data: real(where, data[:3]))
    write_all(descriptor, b"ten bytes.")
    os.close(descriptor)
    assert path.read_bytes() == b"ten bytes."


@pytest.mark.parametrize("reason", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_can_not_flush_directories_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def fsync(_: int) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, "fsync", fsync)
    assert files.flush_directory(tmp_path) is None  # type: ignore[func-returns-value]  # it returns at all


def test_a_directory_that_fails_to_be_flushed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        files.flush_directory(tmp_path)


def test_a_directory_that_may_not_be_read_takes_files_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = os.open

    def refusing(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_DIRECTORY:
            raise PermissionError(errno.EACCES, "permission denied")
        return opening(path, flags, mode)

    monkeypatch.setattr(os, "open", refusing)
    write_atomically(tmp_path / "file", b"whole")
    assert everything_in(tmp_path) == {"file": b"whole"}


def test_threads_that_ask_for_the_umask_at_the_same_time_leave_it_as_it_is(
    umask_022: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = os.umask

    def slowly(mask: int) -> int:
        before = setting(mask)
        time.sleep(0.01)
        return before

    monkeypatch.setattr(os, "umask", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: files._umask(), range(4)))
    assert found == [0o022] * 4
