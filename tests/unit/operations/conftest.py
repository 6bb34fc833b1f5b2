"""The team that every test of groups begins with."""

import shutil
from pathlib import Path

import pytest

from e2ecli.operations import groups
from e2ecli.operations.workspace import Workspace
from tests.unit.operations.support import (
    person,
)
from tests.unit.operations.team import Template, World, import_update, share


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path = tmp_path_factory.mktemp("template")
    alice = person(path, "Alice", knows=["Bob", "Carol", "Dave"])
    members = [person(path, who, knows=["Alice"]) for who in ("Bob", "Carol")]
    person(path, "Dave", knows=["Alice", "Bob"])
    groups.create_group(alice, "team", ["bob", "carol"])
    first = share(alice)
    for member in members:
        import_update(member, first)
    return Template(path, first)


@pytest.fixture
def world(tmp_path: Path, template: Template) -> World:
    shutil.copytree(template.path, tmp_path / "world")
    return World(tmp_path / "world", template.first)


@pytest.fixture
def alice(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Alice", knows=["Bob"])


@pytest.fixture
def bob(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Bob", knows=["Alice"])
