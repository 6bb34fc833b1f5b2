"""A story in which every command runs, with every fact there and absent at least once."""

import io
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import click

from e2ecli.cli import main

X25519 = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"
PASSPHRASE = "open sesame"


class Told(NamedTuple):
    """What a command reported as JSON."""

    command: str
    on_stderr: bool
    documents: list[Any]


class Story:
    """People with keyrings in one directory, and all that the program reported to them."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="e2e-page-")  # goes when the process does
        self.path = Path(self._directory.name)
        self.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
        self.told: list[Told] = []

    def file(self, name: str) -> str:
        return str(self.path / name)

    def run(self, who: str, line: str, code: int = 0, stdin: bytes = b"") -> list[Any]:
        """Run a command line, whose words with a dot or `@` in them are files, and keep its documents."""
        words = [self.file(word) if re.search(r"[.@]", word) else word for word in line.split()]
        stdout, stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        with (
            redirect_stdout(stdout),
            redirect_stderr(stderr),
            patch.object(sys, "stdin", given),
            patch("e2ecli.cli.terminal.has_terminal", return_value=False),
        ):
            ended = main._run(["--keyring", self.file(who), "--json", *words], {"clock": lambda: self.now})
        said = [self._written(stream) for stream in (stdout, stderr)]
        assert ended == code, f"{line}: {said}"
        on_stderr = bool(said[1])
        lines = said[1 if on_stderr else 0].splitlines()
        documents = [json.loads(one) for one in lines]
        self.told.append(Told(command_of(line), on_stderr, documents))
        self.now += timedelta(seconds=10)
        return documents

    @staticmethod
    def _written(stream: io.TextIOWrapper) -> str:
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        return stream.buffer.getvalue().decode(errors="replace")


def commands(context: click.Context, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the words of every command that does something."""
    if not isinstance(context.command, click.Group):
        yield " ".join(words)
        return
    for name in context.command.list_commands(context):
        child = context.command.get_command(context, name)
        assert child is not None
        yield from commands(click.Context(child, context, name), (*words, name))


COMMANDS = sorted(commands(click.Context(main.make_group(), info_name="e2e")))


def command_of(line: str) -> str:
    return max((name for name in COMMANDS if f"{line} ".startswith(f"{name} ")), key=len)


BEGINNING = """
alice keygen Alice --no-passphrase --expires 1y
alice keygen Work --no-passphrase --name work
bob keygen Bob --no-passphrase --email bob@example.org --recovery-file bob.words
carol keygen Carol --no-passphrase
alice export -o alice.card
bob export -o bob.card
carol export -o carol.card
alice import bob.card carol.card
bob import alice.card
carol import alice.card
alice contacts add dora --x25519 {x25519}
alice contacts add emil --x25519 {x25519} --ed25519 {ed25519}
alice contacts verify bob
alice contacts introduce bob --to carol -o introduction.sealed
carol import introduction.sealed
alice groups create team bob carol
alice groups share team -o team.update
bob import team.update --yes
bob import team.update
"""

MESSAGES = """
alice send bob @letter -o letter.sealed
alice send bob @letter --dry-run
alice send dora @letter -o plain.sealed
alice send bob --anonymous -o anonymous.sealed
bob send team @letter -o team.sealed
work send bob @letter -o strange.sealed
bob send alice @letter -a -o armored.sealed
bob sign @letter -o letter.signed
bob sign -o stdin.signed
bob sign @letter --detach
bob import carol.card
bob send carol @letter -o introduced.sealed
"""

READING = """
bob open letter.sealed -o opened.1
carol open introduced.sealed -o opened.7
bob open anonymous.sealed --allow-anonymous -o opened.2
alice open team.sealed -o opened.3
carol open armored.sealed -o opened.4 !4
bob open strange.sealed --allow-unknown -o opened.5
alice open @letter !3
alice send zoe @letter !7
alice contacts show zoe !7
alice verify letter.signed -o opened.6
alice verify @letter
alice inspect letter.sealed
alice inspect armored.sealed
alice inspect letter.signed
"""

CHANGES = """
alice contacts list
alice contacts show bob
alice contacts show emil
carol contacts show bob
bob contacts show alice
alice contacts rename dora dorothea
bob keys rotate
bob export -o bob2.card
alice import bob2.card
bob keys forget --before 1
alice keys expire 2y
alice keys list
alice keys show
alice keys default work
alice keys default alice
alice keys passphrase work --new-passphrase-file @new --kdf interactive
alice keys show work
alice unlock --as work --for 1m --passphrase-file @new
alice lock
alice help
alice help send
alice doctor !1
alice send me @letter -o once.sealed
alice open once.sealed -o once.opened --once
alice send me @letter -o always.sealed --no-metadata
alice open always.sealed -o always.opened --once
alice keys revoke work --reason superseded --successor alice --yes --passphrase-file @new
restored keys restore Bob --recovery-file bob.words --card bob2.card --no-passphrase
restored keys restore --check --recovery-file bob.words
restored keys passphrase --new-passphrase-file @new --kdf interactive
restored doctor
alice groups rotate team
alice groups remove team carol
alice groups add team carol
alice groups forget team --before 3
alice groups diff team
carol keys revoke --reason lost --yes
carol export -o carol2.card
alice import carol2.card
alice contacts show carol
alice groups list
alice groups show team
alice contacts remove carol
carol2 keygen Bob --no-passphrase
carol2 export -o other.card
bob import other.card --name alice !7
bob import other.card --name alice --replace
alice groups create pair bob
alice groups transfer pair bob
alice groups create trio bob
bob groups leave team
alice completion bash
alice import @letter !3
alice import @letter bob2.card !3
"""


def play(story: Story, lines: str) -> None:
    for line in lines.strip().splitlines():
        who, _, command = line.partition(" ")
        command, _, code = command.partition(" !")
        command = command.format(x25519=X25519, ed25519=identities_key(story))
        story.run(who, command, int(code or 0), stdin=b"from standard input")


@cache
def identities_key(story: Story) -> str:
    """Return a public signing key that nobody in the story has: it is made for this alone."""
    (made,) = story.run("emil", "keygen Emil --no-passphrase")
    return str(made["ed25519"])


@cache
def played() -> Story:
    story = Story()
    (story.path / "@letter").write_text("hello\n")
    (story.path / "@new").write_text(PASSPHRASE + "\n")
    play(story, BEGINNING)
    (number,) = story.run("alice", "contacts verify bob")
    story.run("alice", f"contacts verify bob --check {number['safety_number']}")
    story.run("work", "keygen Stranger --no-passphrase")
    story.run("work", "import bob.card")
    (alice,) = story.run("alice", "keys show")
    story.run("gina", "keygen Gina --no-passphrase")
    story.run("gina", "export -o gina.card")
    story.run("gina", f"contacts add alice --x25519 {alice['x25519']}")
    story.run("alice", "import gina.card")
    story.run("alice", "send gina --deniable @letter -o deniable.sealed")
    story.run("gina", "open deniable.sealed -o opened.0")
    play(story, MESSAGES)
    play(story, READING)
    story.run("alice", "inspect", stdin=(story.path / "letter.sealed").read_bytes())
    settings = 'require_verified = false\nsend_to_self = true\ntrust_introductions_of = ["bob"]\n'
    (story.path / "alice" / "config.toml").write_text(settings)
    play(story, CHANGES)
    return story
