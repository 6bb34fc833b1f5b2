"""Which messages were opened once and for all: an empty file for each, named after its header hash.

They lie in a directory for each month, so that forgetting is removing the oldest. Messages that don't say
when they were sent could come again at any time, and are never forgotten.
"""

import contextlib
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from e2ecli.errors import KeyringError
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.files import flush_directory, naming, write_atomically
from e2ecli.records import Record

REMEMBERED: Final = timedelta(days=365)
"""A message sent longer ago may have been forgotten."""

MOST_A_MONTH: Final = 100_000
_PART: Final = "opened"
_ALWAYS: Final = "always"
_FORGOTTEN: Final = "forgotten"
"""The last month of which nothing is remembered any more."""
_MONTH: Final = re.compile("[0-9]{4}-[0-9]{2}")
_MONTHS_KEPT: Final = 14
"""The month that is running, and a year's before it: 13 begun ones, and one for clocks that differ."""


class OpenedMessages(Record):
    """The messages of a keyring that can't be opened again. The caller holds the keyring's lock to write."""

    directory: KeyringDirectory

    def has(self, header_hash: bytes) -> bool:
        """Whether a message was opened."""
        name = _name(header_hash)
        return any((self._path / period / name).exists() for period in self.directory.names(_PART))

    def add(self, header_hash: bytes, known_from: datetime | None, now: datetime) -> None:
        """Remember a message from a time on (None: for ever), and forget what is old enough.

        Raises:
            KeyringError: there are too many already.
            FileError: the keyring can't be written.
        """
        period = self._path / (_ALWAYS if known_from is None else f"{known_from:%Y-%m}")
        with naming(period):
            self._path.mkdir(mode=0o700, exist_ok=True)
            period.mkdir(mode=0o700, exist_ok=True)
            if len(os.listdir(period)) >= MOST_A_MONTH:
                raise KeyringError(
                    f"{period} holds {MOST_A_MONTH} opened messages, and takes no more", "open without --once"
                )
            descriptor = os.open(period / _name(header_hash), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.close(descriptor)
            flush_directory(period)
            flush_directory(self._path)
        self._forget(now)

    def remove(self, header_hash: bytes) -> None:
        """Take back that a message was opened: nothing of it came out."""
        for period in self.directory.names(_PART):
            with contextlib.suppress(OSError):
                (self._path / period / _name(header_hash)).unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self.directory.part(_PART)

    def may_be_forgotten(self, sent: datetime) -> bool:
        """Whether messages of that time are remembered no more, whatever the clock says by now."""
        return f"{sent:%Y-%m}" <= self._forgotten()

    def _forgotten(self) -> str:
        """Return the last month that was forgotten, or what comes before every month.

        Raises:
            KeyringError: the file that says so is damaged.
        """
        path = self._path / _FORGOTTEN
        if not path.exists():
            return ""
        month = self.directory.read(path).decode("ascii", errors="replace")
        if not _MONTH.fullmatch(month):
            raise KeyringError(
                f"{path} is damaged", "write into it the last month to be refused, such as 2026-11"
            )
        return month

    def _forget(self, now: datetime) -> None:
        months = [period for period in self.directory.names(_PART) if _MONTH.fullmatch(period)]
        old = [month for month in months if _age(month, now) >= _MONTHS_KEPT]
        if not old:
            return
        # A clock that goes back later must not open them again: the mark goes forward alone.
        write_atomically(self._path / _FORGOTTEN, max(*old, self._forgotten()).encode())
        for month in old:
            self._remove_period(self._path / month)

    def _remove_period(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            for name in os.listdir(path):
                (path / name).unlink()
            path.rmdir()


def _age(month: str, now: datetime) -> int:
    year, _, number = month.partition("-")
    return (now.year - int(year)) * 12 + now.month - int(number)


def _name(header_hash: bytes) -> str:
    return header_hash[:32].hex()
