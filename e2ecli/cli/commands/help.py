"""`e2e help [TOPIC]`."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from e2ecli.cli import manual, terminal
from e2ecli.cli.families import FAMILIES
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.results import success
from e2ecli.cli.stdout import print_text
from e2ecli.cli.tables import print_pairs
from e2ecli.errors import UsageError
from e2ecli.nearness import nearest

_USUAL_COLUMNS = 80


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [topic for topic in manual.topics() if topic.startswith(incomplete)]


@click.command("help")
@click.argument("topic", required=False, shell_complete=_complete)
@click.argument("within", required=False, metavar="[COMMAND]")
@invoked(writes_data=True)
def command(invocation: Invocation, *, topic: str | None, within: str | None) -> None:
    """Show a page of the manual; without TOPIC, list the topics.

    The page of contacts, groups or keys is that of their commands as well.

    \b
    Examples:
      e2e help send
      e2e help keyring
    """
    topics = manual.topics()
    if within is not None and topic not in FAMILIES:
        raise UsageError(f"there is no page about “{topic} {within}”", "e2e help lists the topics")
    if topic is None:
        print_pairs([(name, manual.described(path.read_text("utf-8"))) for name, path in topics.items()])
    else:
        _show(_page(topic, topics), on_terminal=terminal.is_terminal(sys.stdout))
    success(invocation, {"topic": topic})


def _page(topic: str, topics: dict[str, Path]) -> Path:
    page = topics.get(topic) or topics.get(topic.removeprefix("e2e-"))
    if page is not None:
        return page
    near = nearest(topic, topics)
    hint = "e2e help lists the topics" if near is None else f"did you mean e2e help {near}?"
    raise UsageError(f"there is no page about “{topic}”", hint)


def _show(page: Path, *, on_terminal: bool) -> None:
    if not on_terminal:
        print_text(manual.rendered(page.read_text("utf-8"), _USUAL_COLUMNS, styled=False))
        return
    with _interrupts_left_to_the_pager():
        if not _shown_by_man(page):
            _show_in_pager(page)


def _show_in_pager(page: Path) -> None:
    columns = shutil.get_terminal_size().columns
    styled = not os.environ.get("NO_COLOR")
    # Where color is left to click, it has less show what is bold, and strips that for what can't.
    click.echo_via_pager(manual.rendered(page.read_text("utf-8"), columns, styled=styled))


@contextmanager
def _interrupts_left_to_the_pager() -> Iterator[None]:
    """Let Ctrl-C mean what it means in a pager, and wait for its end: nobody else would stop it.

    A handler that does nothing isn't inherited, as ignoring the signal would be.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _shown_by_man(page: Path) -> bool:
    """Have man show a page, where there is one that takes a file; return whether it did."""
    man = shutil.which("man")
    if man is None:
        return False
    import subprocess  # noqa: PLC0415  # only at a terminal

    shown = subprocess.run([man, "-l", str(page)], stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    return shown.returncode == 0
