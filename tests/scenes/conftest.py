"""The world that the scenes play in."""

import pytest

from tests.scenes.world import World, build_village


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> World:
    """People who know each other, made by the program itself. To be copied, not used."""
    return build_village(tmp_path_factory.mktemp("village"))


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An empty world."""
    return World(tmp_path_factory.mktemp("world"))
