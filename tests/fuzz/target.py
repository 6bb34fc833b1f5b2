"""What a fuzz target is."""

from collections.abc import Callable
from functools import cached_property


class Target:
    """A parser and what must hold of it, whatever bytes it is given."""

    def __init__(
        self,
        name: str,
        run: Callable[[bytes], bool],
        seeds: Callable[[], list[bytes]],
        words: tuple[bytes, ...] = (),
    ) -> None:
        self.name = name
        self.run = run
        """Returns whether the bytes got through; raises where something comes of them that must not."""
        self._make_seeds = seeds
        self.words = words
        """Pieces that inputs of this kind are made of."""

    @cached_property
    def seeds(self) -> list[bytes]:
        """Inputs to begin with, at least one of them a valid one."""
        return self._make_seeds()

    def __repr__(self) -> str:
        return self.name
