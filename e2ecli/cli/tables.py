"""Tables on stdout: drawn for people at a terminal, plain tab-separated lines in a pipe."""

import sys
from collections.abc import Sequence
from typing import Any

from e2ecli.cli.stdout import print_text
from e2ecli.cli.terminal import harmless, is_terminal

_LONGEST_FACT = 200


def print_facts(document: dict[str, Any]) -> None:
    """Print what is known of one thing, a line each; long keys are cut short."""
    print_table(
        (), [(key.replace("_", " "), _fact(value)) for key, value in document.items() if value is not None]
    )


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if len(text) <= _LONGEST_FACT else f"{text[:16]}… (--json shows all of it)"


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, last_if_it_fits: bool = False
) -> None:
    """Print rows under titles (or without any), whatever a stranger put into them.

    `last_if_it_fits` leaves the last column out at a terminal that is too narrow: half a key id is no use.
    """
    safe = [[harmless(cell) for cell in row] for row in rows]
    if not is_terminal(sys.stdout):
        print_text("".join("\t".join(row) + "\n" for row in safe))
        return
    from rich import box  # noqa: PLC0415  # only where it is drawn
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if last_if_it_fits and _width([titles, *safe]) > console.width:
        titles, safe = titles[:-1], [row[:-1] for row in safe]
    table = Table(*titles, box=box.SIMPLE_HEAD if titles else None, show_header=bool(titles), pad_edge=False)
    for row in safe:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console.print(table)


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns of a terminal rows take, with two between cells."""
    from rich.cells import cell_len  # noqa: PLC0415  # only where it is drawn

    columns = zip(*rows, strict=True)
    return sum(max(map(cell_len, column)) + 2 for column in columns)
