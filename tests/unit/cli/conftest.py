"""The people whom most stories are about."""

from pathlib import Path

import pytest

from e2ecli.cli import terminal
from tests.unit.cli.people import Village
from tests.unit.cli.persons import (
    Meet,
    Person,
    World,
)


@pytest.fixture
def village(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Village:
    """Alice and Bob, who know each other."""
    village = Village(tmp_path, capsys)
    village.settle("alice", "bob")
    village.introduce_to("alice", "bob")
    village.introduce_to("bob", "alice")
    return village


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(terminal, "_TTY", "/nonexistent/tty")  # whoever runs the tests is asked nothing
    monkeypatch.delenv("E2E_PASSPHRASE_COMMAND", raising=False)
    return World(tmp_path, capsys)


@pytest.fixture
def meet(world: World) -> Meet:
    def meet(name: str, *options: str) -> Person:
        person = Person(world, name)
        person.does("keygen", name.capitalize(), "--no-passphrase", *options)
        return person

    return meet


@pytest.fixture
def alice(meet: Meet) -> Person:
    return meet("alice")


@pytest.fixture
def bob(meet: Meet, alice: Person) -> Person:
    bob = meet("bob").knows(alice)
    alice.knows(bob)
    return bob


@pytest.fixture
def prepared(world: World, alice: Person) -> Person:
    """Dora, who kept her recovery words, and Alice know each other."""
    dora = Person(world, "dora")
    words = str(world.path / "words")
    dora.does("keygen", "Dora", "--no-passphrase", "--recovery-file", words)
    alice.knows(dora)
    return dora.knows(alice)


@pytest.fixture
def expiring(meet: Meet, bob: Person) -> Person:
    """Carol, whose card is good for a hundred days, and Bob know each other."""
    carol = meet("carol", "--expires", "100d").knows(bob)
    bob.knows(carol)
    return carol
