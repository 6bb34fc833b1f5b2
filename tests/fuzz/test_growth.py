"""Invariants 8 and 9: the work that an input makes, and the memory it takes, grow with its length alone."""

import subprocess
import sys

import pytest

from tests.fuzz.growth import INPUTS, PARSED, REFUSED
from tests.unit.saltpack.support import REPOSITORY


@pytest.mark.parametrize("name", INPUTS)
def test_invariant_9_a_long_input_is_read_or_refused_within_bounds(name: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz.growth", name]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode in {PARSED, REFUSED}, ended.stderr[-2000:]
