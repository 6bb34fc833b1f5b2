"""Tables at terminals of many widths: fewer columns, then shorter names, then a line for each fact."""

import io
import time
from collections.abc import Callable

import pytest

from e2ecli.cli.tables import print_facts, print_pairs, print_table

TITLES = ("name", "on the card", "status", "expires", "key id")
ROW = ("bob", "Bob", "unverified", "never", "e2e1" + "x" * 58)
LONG_NAME = "Long" * 32


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, draw: Callable[[], None]) -> list[str]:
    """Return the lines that a terminal of some width gets."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", str(width))
    draw()
    return terminal.getvalue().splitlines()


def table(monkeypatch: pytest.MonkeyPatch, width: int, *rows: tuple[str, ...]) -> list[str]:
    """Return the titles and rows of a table that fits."""
    lines = drawn(monkeypatch, width, lambda: print_table(TITLES, rows, essential=3))
    assert max(map(len, lines)) <= width
    return [line for line in lines if line.strip(" ─")]


@pytest.mark.parametrize(("width", "columns"), [(200, 5), (80, 4), (42, 4), (41, 3), (32, 3)])
def test_a_narrow_terminal_has_the_first_columns_whole(
    monkeypatch: pytest.MonkeyPatch, width: int, columns: int
) -> None:
    titles, row = table(monkeypatch, width, ROW)
    assert [title for title in TITLES if title in titles] == list(TITLES[:columns])
    assert [cell for cell in ROW if cell in row] == list(ROW[:columns])


def test_a_terminal_too_narrow_for_the_essential_columns_has_a_line_for_each_fact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [ROW, ("carol", "", "verified", "never", "")]
    assert drawn(monkeypatch, 26, lambda: print_table(TITLES, rows, essential=3)) == [
        "name",
        "  bob",
        "on the card",
        "  Bob",
        "status",
        "  unverified",
        "expires",
        "  never",
        "",
        "name",
        "  carol",
        "status",
        "  verified",
        "expires",
        "  never",
    ]


@pytest.mark.parametrize(("width", "kept"), [(80, 31), (60, 31), (40, 11), (38, 11)])
def test_a_long_name_is_cut_rather_than_broken(
    monkeypatch: pytest.MonkeyPatch, width: int, kept: int
) -> None:
    _, row = table(monkeypatch, width, ("bob", LONG_NAME, *ROW[2:]))
    assert LONG_NAME[:kept] + "…" in row
    assert "unverified" in row


def test_a_long_name_of_wide_characters_takes_no_more_room_than_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, row = table(monkeypatch, 80, ("bob", "爱" * 64, *ROW[2:]))
    assert "爱" * 15 + "…" in row
    assert "爱" * 16 not in row


def test_facts_are_never_cut_and_broken_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw() -> None:
        print_facts({"card_name": "Bob", "ed25519": "ab" * 32, "revoked": None})
        print_pairs([("alice", "one two three four five six seven eight", "e2e keygen")])

    assert drawn(monkeypatch, 40, draw) == [
        "card name   Bob",
        "ed25519     " + "ab" * 14,
        "            " + "ab" * 14,
        "            " + "ab" * 4,
        "alice   one two three four five six",
        "        seven eight",
        "        e2e keygen",
    ]


def test_ten_thousand_rows_are_drawn_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.process_time()
    assert len(table(monkeypatch, 80, *[ROW] * 10_000)) == 10_001
    assert time.process_time() - start < 1


@pytest.mark.parametrize("width", [1, 20, 40, 60, 81])
def test_words_of_combining_marks_alone_are_shown_at_any_width(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    name = ("a \u0301 bb \u0301 " * 14).strip()
    assert drawn(monkeypatch, width, lambda: print_facts({"name": name}))
