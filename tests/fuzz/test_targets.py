"""Every fuzz target, bounded: its seeds, mutations that are the same in every run, and old findings."""

import base64
from pathlib import Path

import pytest

from tests.fuzz.mutations import mutations
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

MUTATIONS = 300
CRASHES = Path(__file__).parent / "crashes"

each_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


def run(target: Target, data: bytes) -> bool:
    """Run a target, and show the input where something comes of it that must not."""
    try:
        return target.run(data)
    except Exception as error:
        error.add_note(f"the input, in base 64: {base64.b64encode(data).decode()}")
        raise


@each_target
def test_invariant_9_the_seeds_of_a_target_end_as_defined_and_one_gets_through(target: Target) -> None:
    run(target, b"")
    outcomes = [run(target, data) for data in target.seeds]
    assert any(outcomes)


@each_target
def test_invariant_9_whatever_is_done_to_the_seeds_of_a_target_ends_as_defined(target: Target) -> None:
    for data in mutations(target.name, target.seeds, target.words, MUTATIONS):
        run(target, data)


@each_target
def test_invariant_9_what_once_broke_a_target_ends_as_defined(target: Target) -> None:
    for path in sorted((CRASHES / target.name).glob("*")):
        run(target, path.read_bytes())
