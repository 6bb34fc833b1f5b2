"""A progress bar on stderr, for long work on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from e2ecli import limits
from e2ecli.cli.streams import Input
from e2ecli.cli.terminal import harmless, is_terminal
from e2ecli.saltpack.stream import BinarySource

_LONG_BYTES = 64 * limits.MIB


@contextmanager
def shown_progress(given: Input, *, quiet: bool) -> Iterator[BinarySource]:
    """Yield the input's source; reading much of it draws a bar, unless quiet or not on a terminal."""
    short = given.size is None or given.size < _LONG_BYTES
    if quiet or short or not is_terminal(sys.stderr) or not _alone():
        yield given.source
        return
    from rich.console import Console  # noqa: PLC0415  # only where it is drawn
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(harmless(given.shown), total=given.size)
        yield _ObservedSource(given.source, lambda count: progress.advance(task, count))


def _alone() -> bool:
    """Whether no other file is worked on at the same time: a terminal shows one bar."""
    import threading  # noqa: PLC0415  # only for a bar

    return threading.current_thread() is threading.main_thread()


class _ObservedSource:
    """A source that tells how much is read from it."""

    def __init__(self, source: BinarySource, advance: Any) -> None:
        self._source = source
        self._advance = advance
        self.peek = source.peek

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._advance(len(data))
        return data

    def readinto(self, buffer: memoryview) -> int:
        count = self._source.readinto(buffer) or 0
        self._advance(count)
        return count
