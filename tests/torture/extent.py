"""How much of the torture runs: a brief part always, the rest with `--torture`."""

from collections.abc import Callable, Container, Iterable
from typing import Any, TypeVar

import pytest

Value = TypeVar("Value")


def mostly_torture(values: Iterable[Value], brief: Container[str], name: Callable[[Value], str]) -> list[Any]:
    """Return parameters of which only those with a name in `brief` run without `--torture`."""
    return [
        pytest.param(value, id=name(value), marks=() if name(value) in brief else pytest.mark.torture)
        for value in values
    ]
