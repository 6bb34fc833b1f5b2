"""What several tests of the keyring need."""

import os
from collections.abc import Iterator

import pytest

from e2ecli.keyring import files


@pytest.fixture
def umask_022() -> Iterator[None]:
    old = os.umask(0o022)
    files._umask.cache_clear()  # what an earlier test has found is remembered
    yield
    os.umask(old)
    files._umask.cache_clear()
