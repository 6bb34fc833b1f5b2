"""e2e-keyring(5) is true: files and settings are those of the program, run for it."""

import base64
import os
import re
import stat
import sys
import tempfile
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from e2ecli.cli.invocation import KEYRING_VARIABLE
from e2ecli.cli.passphrases import COMMAND_VARIABLE
from e2ecli.errors import KeyringError
from e2ecli.keyring import directory, files, identities
from e2ecli.keyring.config import Config, read_config
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.groups import _LINE_BYTES
from tests.keyring_story import (
    PASSPHRASE,
    played,
)
from tests.manpage import check_markup, check_references, lines_of, literal_blocks, part, plain, rows, tagged

NAME = "e2e-keyring.5"
LINES = lines_of(NAME)
PROSE = " ".join(plain("\n".join(LINES)).split())


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


def test_a_temporary_file_has_the_name_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
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
    r"waits, for (\d+) seconds": directory._PATIENCE_SECONDS,
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
