"""e2e-keyring(5) is true: files, settings and JSON documents are those of the program, run for it."""

import base64
import io
import json
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import click
import pytest

from e2ecli.cli import main
from e2ecli.cli.invocation import KEYRING_VARIABLE
from e2ecli.cli.passphrases import COMMAND_VARIABLE
from e2ecli.errors import KeyringError
from e2ecli.keyring import files, identities
from e2ecli.keyring.config import Config, read_config
from e2ecli.keyring.files import KeyringDirectory
from e2ecli.keyring.groups import _LINE_BYTES
from tests.manpage import check_markup, check_references, lines_of, literal_blocks, part, plain, rows, tagged

NAME = "e2e-keyring.5"
LINES = lines_of(NAME)
PROSE = " ".join(plain("\n".join(LINES)).split())
X25519 = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"
PASSPHRASE = "open sesame"


# A story in which every command runs, with every fact there and absent at least once.


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


# JSON documents.


class Row(NamedTuple):
    """A key of a document: its type, and when it is null."""

    key: str
    type: str
    null: str


def table(title: str) -> list[Row]:
    return [Row(*cells[:3]) for cells in rows(part(LINES, "Ss", title))]


DOCUMENTS = [
    line.removeprefix(".Ss ") for line in part(LINES, "Sh", "JSON DOCUMENTS") if line.startswith(".Ss ")
]
INNER = {"The sender", "A failure", "The error", "A member"}
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}


def commands_of(title: str) -> list[str]:
    """Return the commands in a heading: “keygen, keys list, show” are three."""
    names, family = [], ""
    for words in title.split(", "):
        family = f"{words.split()[0]} " if " " in words else family
        names.append(words if " " in words or not family else family + words)
    return names


TITLES = {command: title for title in DOCUMENTS if title not in INNER for command in commands_of(title)}


def documents_of(title: str) -> list[dict[str, Any]]:
    """Return all documents in the story that a table describes, failures apart."""
    found = [
        document
        for told in played().told
        if TITLES.get(told.command) == title
        for one in told.documents
        for document in (one if isinstance(one, list) else [one])
    ]
    failure = [row.key for row in table("A failure")]
    return [document for document in found if [key for key in document if key != "imported"] != failure]


def inner_objects(title: str) -> list[dict[str, Any]]:
    every = [
        document
        for told in played().told
        for one in told.documents
        for document in (one if isinstance(one, list) else [one])
    ]
    if title == "A failure":
        return [document for document in every if list(document) == [row.key for row in table(title)]]
    if title == "A member":
        return [member for document in every for member in document.get("members", [])]
    key = {"The sender": "sender", "The error": "error"}[title]
    return [document[key] for document in every if document.get(key) is not None]


def test_every_command_has_its_document_on_the_page_and_no_others_have() -> None:
    assert sorted(TITLES) == COMMANDS


def test_every_command_is_run() -> None:
    assert {told.command for told in played().told} == set(COMMANDS)


@pytest.mark.parametrize("title", DOCUMENTS)
def test_a_document_has_the_keys_on_the_page_with_these_types(title: str) -> None:
    described = table(title)
    documents = inner_objects(title) if title in INNER else documents_of(title)
    assert documents
    for document in documents:
        assert list(document) == [row.key for row in described]
        for row in described:
            value = document[row.key]
            if value is None:
                assert row.null != "never", f"{row.key} is null"
            else:
                assert row.null != "always", f"{row.key} is not null"
                assert type(value) is TYPES[row.type], f"{row.key} is {value!r}"


@pytest.mark.parametrize("title", DOCUMENTS)
def test_what_may_be_null_is_null_somewhere_and_not_everywhere(title: str) -> None:
    documents = inner_objects(title) if title in INNER else documents_of(title)
    for row in table(title):
        values = {document[row.key] is None for document in documents}
        wanted = {"never": {False}, "always": {True}}.get(row.null, {True, False})
        assert values == wanted, row


def test_data_commands_report_on_stderr_and_the_others_on_stdout() -> None:
    section = part(LINES, "Sh", "JSON DOCUMENTS")
    text = "\n".join(section).partition("Commands that write data,")[2].partition("have their documents")[0]
    named = set(re.findall(r"^\.Cm ([a-z ]+?)(?: ,)?$", text, re.MULTILINE))
    assert {told.command for told in played().told if told.on_stderr} == named


def test_several_imports_some_of_which_failed_end_in_one_document_with_those_taken_in() -> None:
    (failure,) = played().told[-1].documents
    assert failure["error"]["kind"] == "not-a-message"
    assert [one["status"] for one in failure["imported"]] == ["unchanged"]


def test_a_message_to_two_groups_is_not_known_to_be_post_quantum_safe() -> None:
    story = played()
    (sent,) = story.run("alice", "send trio,pair @letter -o groups.sealed -f")
    (opened,) = story.run("alice", "open groups.sealed -o groups.opened -f")
    assert (sent["post_quantum"], opened["post_quantum"]) == (True, False)


# Files.


def keyrings() -> list[Path]:
    return [path for path in played().path.iterdir() if (path / "lock").exists()]


def documented_files() -> list[str]:
    return tagged(part(LINES, "Sh", "FILES"), "Pa")


def pattern_of(name: str) -> str:
    parts = {
        "PETNAME": "[a-z0-9][a-z0-9._-]*?",
        "KEYID": "e2e1[a-z0-9]{58}",
        "HEX": "[0-9a-f]+",
        "EPOCH": "[0-9]+",
        "MONTH": "[0-9]{4}-[0-9]{2}",
        "MESSAGE": "[0-9a-f]{64}",
        "NAME": ".+",
    }
    return re.sub("|".join(parts), lambda match: parts[match[0]], name.replace(".", r"\."))


def test_every_file_in_a_keyring_is_on_the_page_and_the_reverse() -> None:
    names = documented_files()
    used = set()
    for keyring in keyrings():
        for path in keyring.rglob("*"):
            if path.is_file():
                fitting = [
                    name for name in names if re.fullmatch(pattern_of(name), str(path.relative_to(keyring)))
                ]
                assert len(fitting) == 1, path
                used.add(fitting[0])
    assert used == set(names) - {".NAME.HEX.e2e-tmp", "agent.sock", "opened/forgotten"}


def test_a_temporary_file_has_the_name_on_the_page(tmp_path: Path) -> None:
    with files.AtomicFile(tmp_path / "alice.toml"):
        (name,) = [path.name for path in tmp_path.iterdir()]
    assert re.fullmatch(pattern_of(".NAME.HEX.e2e-tmp"), name)


def test_files_and_directories_have_the_modes_on_the_page() -> None:
    assert "with mode 0700 and files with mode 0600" in PROSE
    for keyring in keyrings():
        for path in (keyring, *keyring.rglob("*")):
            if path.name == "config.toml":
                continue  # written by hand
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_what_is_refused_when_others_have_access_is_as_on_the_page() -> None:
    story = played()
    keyring = story.path / "alice"
    checked = [keyring, keyring / "identities" / "alice.toml", keyring / "groups" / "trio" / "group.toml"]
    for path, code in [*((path, 1) for path in checked), (keyring / "config.toml", 0), (keyring / "lock", 0)]:
        mode = path.stat().st_mode
        path.chmod(mode | 0o004)
        story.run("alice", "groups show trio" if "groups" in path.parts else "keys list", code)
        path.chmod(mode)


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """Return a file's values by key, those of its tables with the table's name before them."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        tables = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        for one in tables:
            if isinstance(one, dict):
                found |= {f"{key}.{inner}": inner_value for inner, inner_value in one.items()}
            else:
                found[key] = value
    return found


KINDS = {"string": str, "integer": int, "time": datetime, "strings": list}


@pytest.mark.parametrize(
    ("title", "files_of"),
    [
        ("IDENTITIES", "identities/*.toml"),
        ("CONTACTS", "contacts/*.toml"),
        ("GROUPS", "groups/*/group.toml"),
    ],
)
def test_the_keys_of_a_file_are_those_on_the_page(title: str, files_of: str) -> None:
    described = {cells[0]: cells[1] for cells in rows(part(LINES, "Ss", title))}
    found: set[str] = set()
    for keyring in keyrings():
        for path in keyring.glob(files_of):
            values = flat(tomllib.loads(path.read_text(encoding="utf-8")))
            found |= set(values)
            for key, value in values.items():
                assert isinstance(value, KINDS[described[key]]), key
    assert found == set(described)


def test_the_formats_are_those_of_the_files() -> None:
    for title, files_of in (("IDENTITIES", "identities"), ("CONTACTS", "contacts"), ("GROUPS", "groups")):
        (row,) = [cells for cells in rows(part(LINES, "Ss", title)) if cells[0] == "format"]
        path = next(path for path in (played().path / "alice" / files_of).rglob("*.toml"))
        assert tomllib.loads(path.read_text(encoding="utf-8"))["format"] == row[-1].removeprefix(".Ql ")


def test_sealed_secrets_have_the_lengths_on_the_page() -> None:
    keyring = played().path / "alice"
    locked, clear = (
        base64.b64decode(tomllib.loads((keyring / "identities" / name).read_text())["secret"]["sealed"])
        for name in ("work.toml", "alice.toml")
    )
    group = tomllib.loads((keyring / "groups" / "trio" / "group.toml").read_text())
    key = base64.b64decode(group["epochs"][0]["key"])
    assert f"XChaCha20-Poly1305 makes of them, {len(locked)} bytes together" in PROSE
    assert f"The secrets are {len(clear)} bytes" in PROSE
    assert f"the epoch's key, locked, {len(key)} bytes in base64" in PROSE


def test_a_locked_identity_opens_with_what_the_page_says_and_nothing_else() -> None:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
    from nacl.pwhash import argon2id

    identity = tomllib.loads((played().path / "alice" / "identities" / "work.toml").read_text())
    secret = identity["secret"]
    salt, sealed = base64.b64decode(secret["salt"]), base64.b64decode(secret["sealed"])
    store = identities.IdentityStore(KeyringDirectory(played().path / "alice"), _read_card)
    facts = (
        "e2e-identity/1",
        store.get("work").card.id,
        secret["oldest_generation"],
        secret["generation"],
        secret["passes"],
        secret["memory"],
        salt.hex(),
    )
    key = argon2id.kdf(32, PASSPHRASE.encode(), salt, opslimit=secret["passes"], memlimit=secret["memory"])
    associated_data = "\n".join(map(str, facts)).encode()
    opened = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], associated_data, sealed[:24], key)
    assert len(opened) == 64


def _read_card(text: bytes) -> Any:
    from e2ecli.operations.cards import read_stored_card

    return read_stored_card(text)


def test_the_members_of_an_epoch_lie_as_the_page_says() -> None:
    assert f"one line of {_LINE_BYTES} bytes" in PROSE
    content = next((played().path / "alice" / "groups" / "trio").glob("*.members")).read_bytes()
    lines = [line.split() for line in content[: 2 * _LINE_BYTES].decode().splitlines()]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    for _, offset, length in lines:
        assert (len(offset), len(length)) == (10, 6)
        assert content[int(offset) :].startswith(b"BEGIN E2ECARD")
        assert content[: int(offset) + int(length)].endswith(b"MESSAGE.\n")


NUMBERS = {
    r"waits, for (\d+) seconds": files._PATIENCE_SECONDS,
    r"of Argon2id in bytes, 8192 to (\d+)": 2**32,
    r"1 to (\d+) of the letters a to z": 64,
}


@pytest.mark.parametrize("pattern", NUMBERS)
def test_a_number_in_the_text_is_the_codes(pattern: str) -> None:
    match = re.search(pattern, PROSE)
    assert match is not None, "the page says it otherwise"
    assert int(match[1]) == NUMBERS[pattern]


# Settings and environment.

SETTINGS = {cells[0]: cells[1:3] for cells in rows(part(LINES, "Sh", "SETTINGS"))}


def test_the_settings_are_those_of_the_program() -> None:
    assert list(SETTINGS) == list(Config._fields)


def test_the_defaults_and_types_are_those_of_the_program() -> None:
    values = {"boolean": "true", "string": '"alice"', "strings": '["alice"]'}
    other = {"boolean": '"yes"', "string": "1", "strings": '"alice"'}
    for key, (kind, default) in SETTINGS.items():
        known = Config._field_defaults[key]
        shown = {"none": None, "[]": ()}.get(default, default == "true")
        assert shown == known, key
        assert getattr(read_settings(f"{key} = {values[kind]}"), key) != known
        with pytest.raises(KeyringError):
            read_settings(f"{key} = {other[kind]}")


def read_settings(text: str) -> Config:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "config.toml").write_text(text, encoding="utf-8")
        return read_config(KeyringDirectory(Path(directory)))


def test_the_example_is_read_and_sets_every_setting() -> None:
    (block,) = literal_blocks(part(LINES, "Sh", "SETTINGS"))
    example = read_settings("\n".join(block))
    assert all(
        value != default for value, default in zip(example, Config._field_defaults.values(), strict=True)
    )


def test_setting_the_default_identity_drops_comments_and_defaults_alone() -> None:
    assert "drops comments and whatever is as by default" in PROSE
    text = (played().path / "alice" / "config.toml").read_text()
    assert tomllib.loads(text) == {
        "send_to_self": True,
        "default_identity": "alice",
        "trust_introductions_of": ["bob"],
    }


def test_the_variables_are_those_that_the_program_reads() -> None:
    variables = tagged(part(LINES, "Sh", "ENVIRONMENT"), "Ev")
    own = {KEYRING_VARIABLE, COMMAND_VARIABLE}
    assert {name for name in variables if name.startswith("E2E")} == own
    assert set(variables) - own == {"XDG_CONFIG_HOME", "HOME", "TMPDIR"}


@pytest.mark.skipif(sys.platform == "darwin", reason="the default keyring lies elsewhere on macOS")
def test_the_default_keyring_is_where_the_page_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from e2ecli.cli.invocation import _keyring

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv(KEYRING_VARIABLE, "")
    assert _keyring(None) == tmp_path / ".config" / "e2e"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert _keyring(None) == tmp_path / "settings" / "e2e"
    monkeypatch.setenv(KEYRING_VARIABLE, str(tmp_path / "keyring"))
    assert _keyring(None) == tmp_path / "keyring"
    assert _keyring(tmp_path / "other") == tmp_path / "other"


def test_the_page_is_clean_mdoc_and_refers_to_pages_that_exist() -> None:
    check_references(NAME)
    check_markup(NAME)
