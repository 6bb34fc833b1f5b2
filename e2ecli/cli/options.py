"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def output_options(*, directory: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `-o FILE`, `-f`, and (unless `directory` is False) `-d DIR`."""
    path = click.Path(path_type=Path)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option("-f", "--force", "overwrite", is_flag=True, help="Overwrite what exists.")(
            function
        )
        if directory:
            function = click.option(
                "-d", "--directory", type=path, metavar="DIR", help="Write into DIR, one result a file."
            )(function)
        return click.option("-o", "--output", type=path, metavar="FILE", help="Write to FILE; - is stdout.")(
            function
        )

    return decorate
