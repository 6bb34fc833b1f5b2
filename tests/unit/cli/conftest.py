"""The people whom most stories are about."""

from pathlib import Path

import pytest

from tests.unit.cli.people import Village


@pytest.fixture
def village(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Village:
    """Alice and Bob, who know each other."""
    village = Village(tmp_path, capsys)
    village.settle("alice", "bob")
    village.introduce_to("alice", "bob")
    village.introduce_to("bob", "alice")
    return village
