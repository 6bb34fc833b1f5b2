"""Telling of files of the keyring that can't be read, where the work goes on without them."""

from e2ecli.cli.report import Report
from e2ecli.errors import KeyringError


def described(error: KeyringError) -> str:
    """Return what is wrong and what mends it, in one line."""
    return error.message if error.hint is None else f"{error.message} ({error.hint})"


class Warnings:
    """Warns of each file once, however often it is come across."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told: set[str] = set()

    def warn_of(self, error: KeyringError) -> None:
        """Tell of a file that isn't needed for what is being done."""
        line = described(error)
        if line not in self._told:
            self._told.add(line)
            self._report.warn(f"passed over: {line}")
