"""Many files in one call of `send` or `open`."""

import json
import time
from pathlib import Path
from typing import Any, cast

import pytest

from e2ecli.cli import results
from e2ecli.cli.invocation import Invocation
from tests.unit.cli.people import Village

COUNT = 30


def sealed_files(village: Village) -> list[str]:
    letters = [village.file(f"letter{number:02}", f"letter {number}") for number in range(COUNT)]
    village.run("alice", "send", "bob", *letters, "-d", village.file("out"))
    return [village.file(f"out/letter{number:02}.sealed") for number in range(COUNT)]


def documents(village: Village) -> list[dict[str, object]]:
    return [json.loads(line) for line in village.said.splitlines()]


def test_every_file_comes_back_as_it_went(village: Village) -> None:
    village.run("bob", "open", *sealed_files(village), "-d", village.file("in"))
    opened = {path.name: path.read_text() for path in (village.path / "in").iterdir()}
    assert opened == {f"letter{number:02}": f"letter {number}" for number in range(COUNT)}


def test_one_bad_file_stops_no_other_and_the_worst_code_is_the_calls(village: Village) -> None:
    sealed = sealed_files(village)
    damaged = Path(sealed[7])
    damaged.write_bytes(damaged.read_bytes()[:-1])
    village.run("bob", "open", *sealed, village.file("missing"), "-d", village.file("in"), code=3)
    assert len(list((village.path / "in").iterdir())) == COUNT - 1
    assert village.said.count("cut off") == 1


def test_json_has_one_line_a_file_in_the_order_of_the_files(village: Village) -> None:
    sealed = sealed_files(village)
    village.run("bob", "open", "--json", *sealed, "-d", village.file("in"))
    assert [document["file"] for document in documents(village)] == sealed
    assert all(document["ok"] for document in documents(village))


def test_the_passphrase_is_asked_for_once(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = sealed_files(village)
    passphrase = village.file("passphrase", "correct horse\n")
    village.run("bob", "keys", "passphrase", "--new-passphrase-file", passphrase, "--kdf", "interactive")
    asked = village.path / "asked"
    monkeypatch.setenv("E2E_PASSPHRASE_COMMAND", f"echo x >> {asked}; cat {passphrase}")
    village.run("bob", "open", *sealed, "-d", village.file("in"))
    assert asked.read_text() == "x\n"


def test_two_files_whose_results_would_have_one_name_are_refused(village: Village) -> None:
    village.file("a", "1")
    (village.path / "sub").mkdir()
    (village.path / "sub" / "a").write_text("2")
    village.run(
        "alice", "send", "bob", village.file("a"), village.file("sub/a"), "-d", village.file("o"), code=2
    )


def test_each_of_many_opened_once_is_refused_the_second_time(village: Village) -> None:
    sealed = sealed_files(village)
    village.run("bob", "open", "--once", *sealed, "-d", village.file("in"))
    village.run("bob", "open", "--once", "--json", *sealed, "-d", village.file("again"), code=5)
    assert {document["exit_code"] for document in documents(village)} == {5}
    assert list((village.path / "again").iterdir()) == []


def test_opened_files_whose_results_would_have_one_name_are_refused(village: Village) -> None:
    first, second = village.sealed("alice", "bob", "x"), village.sealed("alice", "bob", "x.opened.sealed")
    village.run("bob", "open", "-f", first, second, "-d", village.file("in"), code=2)


def test_an_interruption_waits_for_the_files_in_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = [], []

    def work(path: Path | None) -> dict[str, Any]:
        begun.append(path)
        time.sleep(0.02)
        ended.append(path)
        return {}

    def report(*_: object) -> None:
        if len(begun) > 1:  # the others have begun as well
            raise KeyboardInterrupt

    monkeypatch.setattr(results, "success", report)
    with pytest.raises(KeyboardInterrupt):
        results.for_each_input(
            cast(Invocation, None), tuple(tmp_path / str(number) for number in range(COUNT)), work
        )
    assert set(ended) == set(begun)
    assert 1 < len(begun) < COUNT
