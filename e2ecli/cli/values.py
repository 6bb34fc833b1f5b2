"""The kinds of values that options take."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_LONGEST_YEARS = 1000


class Duration(click.ParamType[timedelta]):
    """A span of time: 90s, 15m, 1h, 30d, 2w or 1y (365 days)."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration that the text means."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,9})([smhdwy])", value)
        if match is None:
            self.fail(f"{value!r} is no duration; write 90s, 15m, 1h, 30d, 2w or 1y", param, ctx)
        seconds = int(match[1]) * _UNITS[match[2]]
        if seconds > _LONGEST_YEARS * _UNITS["y"]:
            self.fail(f"{value!r} is too long", param, ctx)
        return timedelta(seconds=seconds)


def file_path() -> click.Path:
    """Return the kind of a file's path: whoever reads or writes it says why that can't be."""
    return click.Path(path_type=Path, readable=False)


class Directory(click.Path):
    """The path of a directory, which need not be there. No name at all would be the current one."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)  # what reads it says that it can't

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == "":
            self.fail("a directory's name is empty", param, ctx)
        return super().convert(value, param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> "list[CompletionItem]":
        """Have the shell complete directories."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415  # only to complete

        return [CompletionItem(incomplete, type="dir")]


class FileDescriptor(click.ParamType[int]):
    """The number of an open file descriptor."""

    name = "descriptor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, if the descriptor is open."""
        try:
            number = int(value)
            os.fstat(number)
        except (ValueError, OverflowError, OSError):
            self.fail(f"{value!r} is no open file descriptor", param, ctx)
        return number


class Expiry(click.ParamType[timedelta | None]):
    """A duration, or `never`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | None:
        """Return the duration, or None for never."""
        if value == "never":
            return None
        duration = Duration().convert(value, param, ctx)
        if not duration:
            self.fail("an identity that expires at once is of no use", param, ctx)
        return duration


def split_names(values: tuple[str, ...]) -> list[str]:
    """Return the names in comma-separated lists."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]
