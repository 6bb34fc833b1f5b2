"""People who trust each other more or less: own keyrings, the program in this process, and a clock."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from e2ecli.cli import main

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


DAY = timedelta(days=1)


TEXT = b"See you at the gate at nine.\n"


class Outcome:
    """What a run left: its exit code and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


class World:
    """A directory for everybody's files, and the time that it is for everybody."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.now = START
        self._capsys = capsys

    def run(self, arguments: list[str]) -> Outcome:
        code = main._run(arguments, {"clock": lambda: self.now})
        return Outcome(code, *self._capsys.readouterr())


class Person:
    """Somebody with a keyring."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.keyring = world.path / f"{name}.keyring"

    def e2e(self, *arguments: str) -> Outcome:
        return self.world.run([*arguments, "--keyring", str(self.keyring)])

    def does(self, *arguments: str) -> Outcome:
        """Run what must succeed."""
        outcome = self.e2e(*arguments)
        assert outcome.code == 0, outcome.err
        return outcome

    def file(self, name: str) -> Path:
        return self.world.path / f"{self.name}.{name}"

    def card(self, *name: str) -> str:
        """The path of a fresh copy of a card."""
        path = self.file(f"{len(list(self.world.path.iterdir()))}.card")
        self.does("export", *name, "-o", str(path))
        return str(path)

    def knows(self, *others: "Person") -> "Person":
        for other in others:
            self.does("import", other.card())
        return self

    def send(self, to: str, *options: str) -> tuple[Outcome, Path]:
        plain = self.file("plain")
        plain.write_bytes(TEXT)
        sealed = self.file(f"{len(list(self.world.path.iterdir()))}.sealed")
        return self.e2e("send", to, str(plain), "-o", str(sealed), *options), sealed

    def sends(self, to: str, *options: str) -> Path:
        outcome, sealed = self.send(to, *options)
        assert outcome.code == 0, outcome.err
        return sealed

    def open(self, sealed: Path, *options: str) -> Outcome:
        output = self.file("opened")
        output.unlink(missing_ok=True)
        outcome = self.e2e("open", str(sealed), "-o", str(output), *options)
        assert output.exists() == (outcome.code == 0)
        if outcome.code == 0:
            assert output.read_bytes() == TEXT
        return outcome

    def contact(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = self.does("contacts", "show", name, "--json").document
        return document

    def identity(self, *name: str) -> dict[str, Any]:
        document: dict[str, Any] = self.does("keys", "show", *name, "--json").document
        return document

    def safety_number(self, name: str) -> str:
        document = self.does("contacts", "verify", name, "--json").document
        return str(document["safety_number"])

    def configure(self, text: str) -> None:
        (self.keyring / "config.toml").write_text(text)

    def everything(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.keyring.rglob("*.toml")}


Meet = Callable[..., Person]


def words_of(person: Person) -> Path:
    return person.world.path / "words"


def revocation_of(person: Person) -> str:
    return str(person.world.path / "words.revocation")
