"""`e2e help [TOPIC]`."""

import os
import shutil
import sys
from pathlib import Path

import click

from e2ecli.cli import manual, terminal
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.results import success
from e2ecli.cli.tables import print_table
from e2ecli.errors import UsageError

_USUAL_COLUMNS = 80


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [topic for topic in manual.topics() if topic.startswith(incomplete)]


@click.command("help")
@click.argument("topic", required=False, shell_complete=_complete)
@invoked(writes_data=True)
def command(invocation: Invocation, *, topic: str | None) -> None:
    """Show a page of the manual; without TOPIC, list the topics.

    \b
    Examples:
      e2e help send
      e2e help keyring
    """
    topics = manual.topics()
    if topic is None:
        print_table((), [(name, manual.described(path.read_text("utf-8"))) for name, path in topics.items()])
    else:
        _show(_page(topic, topics), on_terminal=terminal.is_terminal(sys.stdout))
    success(invocation, {"topic": topic})


def _page(topic: str, topics: dict[str, Path]) -> Path:
    page = topics.get(topic) or topics.get(topic.removeprefix("e2e-"))
    if page is not None:
        return page
    import difflib  # noqa: PLC0415  # only where somebody mistyped

    near = difflib.get_close_matches(topic, topics, 1)
    hint = f"did you mean e2e help {near[0]}?" if near else "e2e help lists the topics"
    raise UsageError(f"there is no page about “{topic}”", hint)


def _show(page: Path, *, on_terminal: bool) -> None:
    if on_terminal and _shown_by_man(page):
        return
    columns = shutil.get_terminal_size().columns if on_terminal else _USUAL_COLUMNS
    styled = on_terminal and not os.environ.get("NO_COLOR")
    text = manual.rendered(page.read_text("utf-8"), columns, styled=styled)
    if on_terminal:
        click.echo_via_pager(text, color=styled)
    else:
        click.echo(text, nl=False)


def _shown_by_man(page: Path) -> bool:
    """Have man show a page, where there is one that takes a file; return whether it did."""
    man = shutil.which("man")
    if man is None:
        return False
    import subprocess  # noqa: PLC0415  # only at a terminal

    shown = subprocess.run([man, "-l", str(page)], stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    return shown.returncode == 0
