"""`e2e open --once` opens a message once and never again."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from e2ecli import limits
from e2ecli.keyring import files, openings
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.openings import OpenedMessages
from e2ecli.operations import once
from tests.unit.cli.people import Village


def test_a_message_is_not_opened_a_second_time(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    assert village.run("bob", "open", "--once", message) == "hello"
    assert village.run("bob", "open", "--once", message, code=5) == ""
    assert "opened before" in village.said


def test_a_message_of_a_clock_that_is_ahead_is_not_forgotten_before_it_is_too_old(village: Village) -> None:
    start = village.now
    village.wait(days=3000)
    message = village.sealed("alice", "bob", "m")
    village.now = start
    village.run("bob", "open", "--once", message)
    village.wait(days=460)
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "another"))
    village.run("bob", "open", "--once", message, code=5)


def test_a_message_whose_content_came_out_is_used_up_whatever_failed_after(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = village.sealed("alice", "bob", "m")
    flush = files.flush_directory

    def failing(path: Path) -> None:
        if path == village.path:
            raise OSError(5, "Input/output error")
        flush(path)

    monkeypatch.setattr(files, "flush_directory", failing)
    village.run("bob", "open", "--once", message, "-o", village.file("out"), code=1)
    monkeypatch.setattr(files, "flush_directory", flush)
    assert (village.path / "out").read_text() == "hello"
    village.run("bob", "open", "--once", message, code=5)


@pytest.mark.parametrize("again", [("--atomic",), ("-O", "-d", "inbox"), ("-o", "out"), ()])
def test_it_is_refused_however_it_comes_again(
    village: Village, again: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(village.path)
    village.run("alice", "send", "bob", village.file("text", "hello"), "-a", "-o", village.file("armored"))
    village.run("bob", "open", "--once", village.file("armored"))
    village.file("mail", "Dear Bob,\n\n" + (village.path / "armored").read_text() + "\n\nAlice")
    village.run("bob", "open", "--once", *again, village.file("mail"), code=5)
    assert not (village.path / "out").exists()


def test_without_it_a_message_opens_any_number_of_times(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    village.run("bob", "open", "--once", message)
    assert village.run("bob", "open", message) == "hello"


def test_what_was_refused_or_could_not_be_written_is_not_used_up(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    village.run("bob", "open", "--once", message, "--require-verified", code=5)
    village.run("bob", "open", "--once", message, "-o", village.file("text"), code=1)
    village.run("bob", "open", "--once", message, "-o", village.file("missing/out"), code=1)
    assert village.run("bob", "open", "--once", message) == "hello"


def test_what_was_sent_more_than_a_year_ago_is_refused(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    village.wait(days=366)
    village.run("bob", "open", "--once", message, code=5)
    assert "longer than --once remembers" in village.said


def test_a_message_that_doesnt_say_when_it_was_sent_is_never_forgotten(village: Village) -> None:
    message = village.sealed("alice", "bob", "m", "--no-metadata")
    village.run("bob", "open", "--once", message)
    village.wait(days=3000)
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "another"))
    village.run("bob", "open", "--once", message, code=5)


def test_months_are_forgotten_after_a_year(village: Village) -> None:
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "m"))
    village.wait(days=500)
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "another"))
    left = {path.name for path in (village.path / "bob" / "opened").iterdir()}
    assert left == {"2028-04", "forgotten"}


def test_when_too_many_were_opened_nothing_is(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openings, "MOST_A_MONTH", 1)
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "m"))
    assert village.run("bob", "open", "--once", village.sealed("alice", "bob", "another"), code=1) == ""


def test_a_long_message_to_a_stream_is_used_up_before_its_first_byte(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HELD_BACK_BYTES", 10)
    message = village.sealed("alice", "bob", "m", text="x" * 100)
    assert len(village.run("bob", "open", "--once", message)) == 100
    village.run("bob", "open", "--once", message, code=5)


def test_a_clock_that_jumps_ahead_and_back_opens_nothing_again(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    village.run("bob", "open", "--once", message)
    now = village.now
    village.wait(days=500)
    village.run("bob", "open", "--once", village.sealed("alice", "bob", "another"))
    village.now = now
    village.run("bob", "open", "--once", message, code=5)


def test_ctrl_c_while_a_file_is_flushed_uses_nothing_up(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = village.sealed("alice", "bob", "m")
    flush = os.fsync

    def interrupted(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise KeyboardInterrupt
        flush(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupted)
        village.run("bob", "open", "--once", message, "-o", village.file("out"), code=130)
    assert not (village.path / "out").exists()
    village.run("bob", "open", "--once", message, "-o", village.file("out"))


def test_ctrl_c_before_the_claim_leaves_what_another_process_claimed(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = village.sealed("alice", "bob", "m")

    def claimed_by_another(claim: once.Claim) -> None:
        village.run("bob", "open", "--once", message)
        raise KeyboardInterrupt

    take = once.Claim.take

    def first_only(claim: once.Claim) -> None:
        monkeypatch.setattr(once.Claim, "take", take)
        claimed_by_another(claim)

    monkeypatch.setattr(once.Claim, "take", first_only)
    village.run("bob", "open", "--once", message, code=130)
    village.run("bob", "open", "--once", message, code=5)


def test_the_mark_of_what_was_forgotten_goes_forward_alone(village: Village) -> None:
    opened = OpenedMessages(KeyringDirectory(village.path / "bob"))
    later = village.now + timedelta(days=1000)
    opened.add(b"a" * 64, village.now, village.now)
    opened.add(b"b" * 64, later, later)
    assert opened.may_be_forgotten(village.now)
    opened.add(b"c" * 64, village.now - timedelta(days=500), village.now)
    opened.add(b"d" * 64, village.now, village.now)
    assert opened.may_be_forgotten(village.now)


def test_a_damaged_mark_of_what_was_forgotten_opens_nothing(village: Village) -> None:
    message = village.sealed("alice", "bob", "m")
    opened = village.path / "bob" / "opened"
    opened.mkdir(mode=0o700)
    (opened / "forgotten").write_bytes(b"\xff")
    village.run("bob", "open", "--once", message, code=1)
    assert "is damaged" in village.said
