"""The kinds of values that options take."""

from datetime import timedelta

import click
import pytest

from e2ecli.cli.values import Directory, Duration, Expiry, split_names


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 15 * 60),
        ("1h", 3600),
        ("30d", 30 * 86400),
        ("2w", 14 * 86400),
        ("1y", 365 * 86400),
        ("0s", 0),
        ("007d", 7 * 86400),
        ("1000y", 365_000 * 86400),
        ("999999999s", 999_999_999),
    ],
)
def test_a_duration_is(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "d",
        "1 d",
        " 1d",
        "1d\n",
        "-1d",
        "+1d",
        "1.5d",
        "1D",
        "1M",
        "1d2h",
        "1e3s",
        "٣d",
        "1001y",
        "9999999999s",
        "never",
    ],
)
def test_no_duration_is(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"is (no duration|too long)"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "expiry"), [("2y", timedelta(days=730)), ("1s", timedelta(seconds=1)), ("never", None)]
)
def test_an_expiry_is(text: str, expiry: timedelta | None) -> None:
    assert Expiry().convert(text, None, None) == expiry


@pytest.mark.parametrize("text", ["0s", "0d", "0000y", "Never", "", "tomorrow"])
def test_no_expiry_is(text: str) -> None:
    with pytest.raises(click.UsageError):
        Expiry().convert(text, None, None)


def test_a_value_that_is_a_duration_already_stays_one() -> None:
    assert Duration().convert(timedelta(days=1), None, None) == timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ((), []),
        (("alice",), ["alice"]),
        (("alice,bob", "carol"), ["alice", "bob", "carol"]),
        ((" alice , ,bob,", ""), ["alice", "bob"]),
    ],
)
def test_names_come_in_lists(given: tuple[str, ...], names: list[str]) -> None:
    assert split_names(given) == names


def test_a_directory_has_a_name() -> None:
    with pytest.raises(click.UsageError, match="empty"):
        Directory().convert("", None, None)
