"""Passphrases come from a descriptor, a file or a command; never from an argument."""

import os
from pathlib import Path

import pytest

from e2ecli import limits
from e2ecli.cli.passphrases import GivenPassphrases
from e2ecli.errors import E2EError, FileError, LockedError

GIVEN = {
    "a line": (b"correct horse\n", b"correct horse"),
    "a line without its end": (b"correct horse", b"correct horse"),
    "a line of Windows": (b"correct horse\r\n", b"correct horse"),
    "spaces": (b"  correct horse \n", b"  correct horse "),
    "a second line": (b"correct\nhorse\n", b"correct"),
    "text beyond ASCII": ("früh\n".encode(), "früh".encode()),
    "bytes that are no text": (b"\xff\0\xfe\n", b"\xff\0\xfe"),
}
EMPTY = [b"", b"\n", b"\r\n", b"\ncorrect horse\n"]
Source = str


def given(tmp_path: Path, source: Source, content: bytes) -> GivenPassphrases:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    if source == "file":
        return GivenPassphrases(None, path, None)
    if source == "command":
        return GivenPassphrases(None, None, f"cat '{path}'")
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return GivenPassphrases(reader, None, None)


sources = pytest.mark.parametrize("source", ["descriptor", "file", "command"])


@sources
@pytest.mark.parametrize(("content", "passphrase"), GIVEN.values(), ids=GIVEN.keys())
def test_the_passphrase_is_the_first_line(
    tmp_path: Path, source: Source, content: bytes, passphrase: bytes
) -> None:
    passphrases = given(tmp_path, source, content)
    assert passphrases.existing("alice").reveal() == passphrase
    assert passphrases.new("bob").reveal() == passphrase


@sources
@pytest.mark.parametrize("content", EMPTY, ids=repr)
def test_an_empty_passphrase_is_none(tmp_path: Path, source: Source, content: bytes) -> None:
    with pytest.raises(LockedError, match="empty"):
        given(tmp_path, source, content).existing("alice")


@sources
def test_a_given_passphrase_is_not_asked_for_anew(tmp_path: Path, source: Source) -> None:
    assert given(tmp_path, source, b"correct horse\n").attempts == 1


@sources
def test_a_passphrase_beyond_the_limit_is_never_cut_off_in_silence(tmp_path: Path, source: Source) -> None:
    """Whoever gives the same long line in another way would be locked out."""
    line = b"x" * (limits.PASSPHRASE_BYTES + 1)
    try:
        passphrase = given(tmp_path, source, line + b"\n").existing("alice").reveal()
    except E2EError:
        return
    assert passphrase == line


def test_a_descriptor_is_read_no_further_than_its_line(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"correct horse\nthe message")
    os.close(writer)
    assert GivenPassphrases(reader, None, None).existing("alice").reveal() == b"correct horse"
    assert os.read(reader, 100) == b"the message"
    os.close(reader)


def test_the_descriptor_comes_before_the_file_and_the_file_before_the_command(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"from the file")
    reader, writer = os.pipe()
    os.write(writer, b"from the descriptor\n")
    os.close(writer)
    assert GivenPassphrases(reader, path, "echo command").existing("a").reveal() == b"from the descriptor"
    os.close(reader)
    assert GivenPassphrases(None, path, "echo command").existing("a").reveal() == b"from the file"


def test_a_command_runs_once_and_reads_nothing_of_ours(tmp_path: Path) -> None:
    log = tmp_path / "log"
    passphrases = GivenPassphrases(None, None, f"echo run >> '{log}'; cat; echo secret")
    assert [passphrases.existing(name).reveal() for name in ("alice", "bob")] == [b"secret"] * 2
    assert log.read_text() == "run\n"


@pytest.mark.parametrize("command", ["exit 3", "echo correct horse; exit 3"])
def test_a_command_that_fails_gives_no_passphrase(command: str) -> None:
    with pytest.raises(LockedError, match="E2E_PASSPHRASE_COMMAND failed with exit code 3"):
        GivenPassphrases(None, None, command).existing("alice")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="none: no such file"):
        GivenPassphrases(None, tmp_path / "none", None).existing("alice")


def test_a_descriptor_that_is_not_open_is_named() -> None:
    with pytest.raises(FileError, match="file descriptor 999999: bad file descriptor"):
        GivenPassphrases(999_999, None, None).existing("alice")


def test_invariant_6_a_passphrase_does_not_show(tmp_path: Path) -> None:
    passphrases = given(tmp_path, "file", b"correct horse\n")
    assert "correct" not in repr(passphrases.existing("alice"))
    assert "correct" not in repr(vars(passphrases))
