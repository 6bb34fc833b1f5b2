"""Lists of what the keyring has, with what can be read of it: damaged files are told of at the end."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from e2ecli.cli.damage import described
from e2ecli.cli.report import Report
from e2ecli.cli.results import ReportedFailureError
from e2ecli.errors import KeyringError
from e2ecli.keyring.directory import OpenToOthersError, VanishedError
from e2ecli.records import Record

_MOST_WARNINGS = 3

Item = TypeVar("Item")
Shown = TypeVar("Shown")


class Listed(Record):
    """What a list shows, rows or documents, and why other things are missing from it."""

    shown: list[Any]
    damaged: list[KeyringError]

    @classmethod
    def of(cls, results: Iterable[object], damaged: Iterable[KeyringError] = ()) -> "Listed":
        """Return the list that results of `attempted` make."""
        listed = cls([], [*damaged])
        for result in results:
            if isinstance(result, KeyringError):
                listed.damaged.append(result)
            else:
                listed.shown.append(result)
        return listed


def attempted(make: Callable[[Item], Shown]) -> Callable[[Item], Shown | KeyringError]:
    """Return a function that returns the error where a file can't be read.

    Still raised is that others have access to one, and that one has gone meanwhile: the list begins anew.
    """

    def attempt(item: Item) -> Shown | KeyringError:
        try:
            return make(item)
        except (OpenToOthersError, VanishedError):
            raise
        except KeyringError as error:
            return error

    return attempt


def report_list(report: Report, listed: Listed, draw: Callable[[Sequence[Any]], None], nothing: str) -> None:
    """Show a list, and what is missing from it.

    Arguments:
        draw: shows the rows to people.
        nothing: what to say where the list is empty.

    Raises:
        ReportedFailureError: something is missing.
    """
    shown, damaged = listed
    if report.as_json and damaged:
        report.failure(damaged[0], {"listed": shown})
    elif report.as_json:
        report.document(shown)
    elif shown:
        draw(shown)
    elif not damaged:
        report.say(nothing)
    for error in damaged[:_MOST_WARNINGS]:
        report.warn(f"not listed: {described(error)}")
    if len(damaged) > _MOST_WARNINGS:
        report.warn(f"not listed: {len(damaged) - _MOST_WARNINGS} more; e2e doctor names them")
    if damaged:
        raise ReportedFailureError(KeyringError.exit_code)
