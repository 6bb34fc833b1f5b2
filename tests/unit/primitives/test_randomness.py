"""Random bytes."""

import pytest

from e2ecli.primitives.randomness import random_bytes


@pytest.mark.parametrize("length", [0, 1, 32, 1000])
def test_there_are_as_many_random_bytes_as_asked_for(length: int) -> None:
    assert len(random_bytes(length)) == length


def test_random_bytes_never_repeat() -> None:
    assert len({random_bytes(16) for _ in range(1000)}) == 1000
