"""Tables on stdout: drawn for people at a terminal, plain tab-separated lines in a pipe."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from e2ecli.cli.stdout import print_text
from e2ecli.cli.terminal import harmless, is_terminal

_LONGEST_FACT = 200
_LONGEST_NAME = 64
_USUAL_NAME = 32
_SHORTEST_NAME = 12
_GAP = "   "
_NARROWEST_TEXT = 20
"""Text beside its label is no narrower than this; it goes below the label instead."""

Rows = Sequence[Sequence[str]]


def print_facts(document: dict[str, Any]) -> None:
    """Print what is known of one thing, a line each; long keys are cut short."""
    print_pairs(
        [(key.replace("_", " "), _fact(value)) for key, value in document.items() if value is not None]
    )


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if len(text) <= _LONGEST_FACT else f"{text[:16]}… (--json shows all of it)"


def print_pairs(rows: Rows) -> None:
    """Print labels with the texts that belong to each, which are never cut; each has lines of its own."""
    safe = _harmless(rows)
    _print(_pairs(safe, _width()) if is_terminal(sys.stdout) else map("\t".join, safe))


def print_table(titles: Sequence[str], rows: Rows, *, essential: int) -> None:
    """Print rows under titles, whatever a stranger put into them.

    A terminal that is too narrow shows fewer columns, but never less than the first `essential` ones, in
    which long names are cut; one that is too narrow even for them shows each row as facts.
    """
    safe = _harmless(rows)
    _print(_drawn(titles, safe, essential, _width()) if is_terminal(sys.stdout) else map("\t".join, safe))


def _harmless(rows: Rows) -> list[list[str]]:
    return [[harmless(cell) for cell in row] for row in rows]


def _print(lines: Iterable[str]) -> None:
    print_text("".join(f"{line}\n" for line in lines))


def _width() -> int:
    return shutil.get_terminal_size().columns


def _drawn(titles: Sequence[str], rows: Rows, essential: int, width: int) -> list[str]:
    """Return the lines of the widest table that fits."""
    for longest, least in (
        (_LONGEST_NAME, len(titles)),
        (_USUAL_NAME, essential),
        (_SHORTEST_NAME, essential),
    ):
        table = [
            titles,
            *([*(_cut(cell, longest) for cell in row[:essential]), *row[essential:]] for row in rows),
        ]
        widths = [max(map(_cells, column)) for column in zip(*table, strict=True)]
        columns = _fitting(widths, width)
        if columns >= least:
            return _lines(table, widths[:columns])
    return _rows_as_facts(titles, rows, essential, width)


def _fitting(widths: Sequence[int], width: int) -> int:
    """Return how many columns fit, with a space on the left."""
    taken = 1 - len(_GAP)
    for count, column in enumerate(widths):
        taken += len(_GAP) + column
        if taken > width:
            return count
    return len(widths)


def _lines(table: Rows, widths: Sequence[int]) -> list[str]:
    titles, *rows = ([_padded(*pair) for pair in zip(row, widths, strict=False)] for row in table)
    length = sum(widths) + len(_GAP) * (len(widths) - 1)
    return [
        "",
        f" {_bold(_GAP.join(titles).rstrip())}",
        f" {'─' * length}",
        *(f" {_GAP.join(row).rstrip()}" for row in rows),
        "",
    ]


def _rows_as_facts(titles: Sequence[str], rows: Rows, essential: int, width: int) -> list[str]:
    """Return each row as facts, with a blank line between; what isn't essential only where it fits."""
    label_width = max(map(_cells, titles)) + len(_GAP)
    lines: list[str] = []
    for row in rows:
        facts = [
            (title, cell)
            for place, (title, cell) in enumerate(zip(titles, row, strict=True))
            if cell and (place < essential or label_width + _cells(cell) <= width)
        ]
        lines += [*([""] if lines else []), *_pairs(facts, width)]
    return lines


def _pairs(rows: Rows, width: int) -> list[str]:
    """Return lines of labels and texts beside them or, where that would be narrow, below."""
    label_width = max((_cells(row[0]) for row in rows), default=0) + len(_GAP)
    beside = width - label_width >= _NARROWEST_TEXT
    indent = " " * (label_width if beside else 2)
    lines: list[str] = []
    for label, *texts in rows:
        below = [line for text in texts if text for line in _wrapped(text, max(width - len(indent), 1))]
        if beside:
            first, *below = below or [""]
            lines.append((_padded(label, label_width) + first).rstrip())
        elif label:
            lines += _wrapped(label, width)
        lines += [indent + line for line in below]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return text in lines, broken between words, and within those that are longer than a line."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _cells(joined) <= width:
            lines[-1] = joined
            continue
        *full, last = _chopped(word, width)
        lines += [*full, last]
    return [line for line in lines if line] or [""]


def _chopped(word: str, width: int) -> list[str]:
    if word.isascii():
        return [word[start : start + width] for start in range(0, len(word), width)] or [""]
    from rich.cells import chop_cells  # noqa: PLC0415  # only where it is drawn

    return chop_cells(word, max(width, 2)) or [word]


def _cut(text: str, longest: int) -> str:
    if _cells(text) <= longest:
        return text
    from rich.cells import set_cell_size  # noqa: PLC0415  # only where it is drawn

    return set_cell_size(text, longest - 1).rstrip() + "…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  # only where it is drawn

    return cell_len(text)


def _bold(text: str) -> str:
    return text if os.environ.get("TERM", "dumb") in {"dumb", "unknown"} else f"\x1b[1m{text}\x1b[0m"
