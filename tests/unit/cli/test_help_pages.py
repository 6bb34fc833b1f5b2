"""`e2e help` shows the manual anywhere."""

from pathlib import Path

import pytest

from e2ecli.cli import manual
from e2ecli.cli.main import COMMANDS
from tests.unit.cli.people import Village


@pytest.fixture
def village(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Village:
    return Village(tmp_path, capsys)


def test_without_a_topic_the_topics_are_listed(village: Village) -> None:
    listed = [line.split("\t")[0] for line in village.run("alice", "help").splitlines()]
    assert set(listed) >= set(COMMANDS) | {"keyring", "format", "threats"}


@pytest.mark.parametrize("topic", ["send", "e2e-send", "lock", "keyring", "threats"])
def test_a_page_is_shown_as_plain_text(village: Village, topic: str) -> None:
    text = village.run("alice", "help", topic)
    assert "NAME" in text
    assert "\x1b" not in text
    assert all(len(line) <= 80 for line in text.splitlines() if "/" not in line)


def test_a_mistyped_topic_suggests_the_near_one(village: Village) -> None:
    village.run("alice", "help", "sned", code=2)
    assert "did you mean e2e help send?" in village.said


@pytest.mark.parametrize("topic", ["keys rotate", "contacts list", "groups nothing-like-that"])
def test_the_page_of_a_family_is_that_of_its_commands(village: Village, topic: str) -> None:
    assert village.run("alice", "help", *topic.split()) == village.run(
        "alice", "help", topic.split(maxsplit=1)[0]
    )


def test_a_page_is_bold_where_that_is_asked_for() -> None:
    source = manual.topics()["send"].read_text(encoding="utf-8")
    assert "\x1b[1m" in manual.rendered(source, 80, styled=True)


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_a_page_is_filled_to_any_width(columns: int) -> None:
    source = manual.topics()["unlock"].read_text(encoding="utf-8")
    lines = manual.rendered(source, columns, styled=False).splitlines()
    assert max(map(len, lines)) <= max(columns, 100)
