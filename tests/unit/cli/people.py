"""People at the command line, in one process: each with a keyring of their own, and a clock for all."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from e2ecli.cli import main

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Village:
    """A directory with everybody's keyrings and files, and what time it is there."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.now = START
        self._capsys = capsys
        self.said = ""

    def wait(self, **span: int) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def run(self, who: str, *arguments: str, code: int = 0) -> str:
        """Run the program as somebody, and return what it wrote to stdout."""
        keyring = ["--keyring", str(self.path / who)]
        ended = main._run([*keyring, *arguments], {"clock": lambda: self.now})
        captured = self._capsys.readouterr()
        self.said = captured.err
        assert ended == code, captured.err
        assert "defect" not in captured.err
        return captured.out

    def json(self, who: str, *arguments: str, code: int = 0) -> Any:
        """Run the program as somebody, and return its JSON document."""
        return json.loads(self.run(who, "--json", *arguments, code=code))

    def file(self, name: str, content: str | None = None) -> str:
        """Return the path of a file that everybody can reach, written if there is content."""
        path = self.path / name
        if content is not None:
            path.write_text(content)
        return str(path)

    def settle(self, *names: str, **options: str) -> None:
        """Give everybody an identity."""
        for name in names:
            extra = options.get(name, "").split()
            self.run(name, "keygen", name, "--no-passphrase", "-q", *extra)
            self.run(name, "export", "-o", self.file(f"{name}.card"), "-f")

    def introduce_to(self, who: str, *others: str) -> None:
        """Let somebody import others' cards."""
        self.run(who, "import", *(self.file(f"{other}.card") for other in others))

    def sealed(self, who: str, to: str, name: str, *options: str, text: str = "hello", code: int = 0) -> str:
        """Let somebody seal a text, and return the message's path."""
        message = self.file(name)
        self.run(who, "send", to, self.file("text", text), "-o", message, "-f", *options, code=code)
        return message

    def files_of(self, who: str) -> dict[str, bytes]:
        """Return all that somebody's keyring holds, but for when contacts were last used."""
        keyring = self.path / who
        return {
            str(path.relative_to(keyring)): path.read_bytes()
            for path in keyring.rglob("*")
            if path.is_file() and path.parent.name not in {"used", "drilled"}
        }
