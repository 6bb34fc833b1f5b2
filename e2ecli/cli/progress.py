"""A progress bar on stderr, for long work on a terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from e2ecli import limits
from e2ecli.cli.streams import Input
from e2ecli.cli.terminal import harmless, is_terminal
from e2ecli.saltpack.stream import BinarySource, CountedSource

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
        yield CountedSource(given.source, lambda count: progress.advance(task, count))


def _alone() -> bool:
    """Whether no other file is worked on at the same time: a terminal shows one bar."""
    return threading.current_thread() is threading.main_thread()
