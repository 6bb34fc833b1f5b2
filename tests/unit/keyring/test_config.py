"""config.toml: the user's lasting wishes."""

from pathlib import Path

import pytest

from e2ecli.errors import KeyringError
from e2ecli.keyring.config import Config, read_config, write_default_identity
from e2ecli.keyring.directory import KeyringDirectory
from tests.unit.keyring.support import directory_at


def config(keyring: KeyringDirectory, text: str) -> Config:
    (keyring.path / "config.toml").write_text(text)
    return read_config(keyring)


def test_there_need_not_be_a_keyring(tmp_path: Path) -> None:
    assert read_config(KeyringDirectory(tmp_path / "none")) == Config(
        require_verified=False, require_pq=False, send_to_self=False, default_identity=None
    )


def test_there_need_not_be_a_file(tmp_path: Path) -> None:
    assert read_config(directory_at(tmp_path)) == Config()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Config()),
        ("# nothing yet\n", Config()),
        ("require_verified = true", Config(require_verified=True)),
        ("require_pq = true", Config(require_pq=True)),
        ("send_to_self = true", Config(send_to_self=True)),
        ("send_to_self = false", Config()),
        ('default_identity = "work"', Config(default_identity="work")),
        ('trust_introductions_of = ["bob"]', Config(trust_introductions_of=("bob",))),
        ("trust_introductions_of = []", Config()),
        (
            'require_verified = true\nrequire_pq = true\nsend_to_self = true\ndefault_identity = "work"',
            Config(require_verified=True, require_pq=True, send_to_self=True, default_identity="work"),
        ),
        ("trust_introductions_of = []", Config()),
        ('trust_introductions_of = ["alice"]', Config(trust_introductions_of=("alice",))),
        ('trust_introductions_of = ["a", "b"]', Config(trust_introductions_of=("a", "b"))),
    ],
)
def test_the_file_says(tmp_path: Path, text: str, expected: Config) -> None:
    assert config(directory_at(tmp_path), text) == expected


def test_a_key_that_means_nothing_is_named_beside_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match=r"config\.toml: “require_verifed” is no setting") as raised:
        config(directory_at(tmp_path), "require_verifed = true")
    assert raised.value.hint == "the settings are " + ", ".join(Config._fields)


@pytest.mark.parametrize(
    "text",
    [
        'require_verified = "yes"',
        "require_verified = 1",
        "require_pq = []",
        "send_to_self = {}",
        "default_identity = true",
        "default_identity = 7",
        'trust_introductions_of = "alice"',
        "trust_introductions_of = [7]",
        "trust_introductions_of = true",
        'trust_introductions_of = "bob"',
        "trust_introductions_of = [1]",
    ],
)
def test_a_value_of_a_wrong_type_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyringError, match=text.partition(" = ")[0]):
        config(directory_at(tmp_path), text)


@pytest.mark.parametrize("text", ["require_verified", "= true", "require_pq = true\nrequire_pq = true"])
def test_what_is_no_toml_is_damage_to_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyringError, match=r"config\.toml is damaged"):
        config(directory_at(tmp_path), text)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    (keyring.path / "config.toml").mkdir()
    with pytest.raises(KeyringError, match=r"config\.toml can't be read"):
        read_config(keyring)


def test_setting_the_default_identity_leaves_the_other_settings(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    before = config(keyring, 'require_pq = true\ntrust_introductions_of = ["bob"]\ndefault_identity = "home"')
    write_default_identity(keyring, "work")
    assert read_config(keyring) == before._replace(default_identity="work")


OTHER_SETTINGS = {
    "none": (None, Config()),
    "an empty file": ("", Config()),
    "another default": ('default_identity = "home"', Config()),
    "each": (
        "require_verified = true\nrequire_pq = true\nsend_to_self = true\n"
        'default_identity = "home"\ntrust_introductions_of = ["alice", "bob"]\n',
        Config(
            require_verified=True,
            require_pq=True,
            send_to_self=True,
            trust_introductions_of=("alice", "bob"),
        ),
    ),
}


@pytest.mark.parametrize(("text", "others"), OTHER_SETTINGS.values(), ids=OTHER_SETTINGS.keys())
def test_writing_the_default_identity_keeps_the_other_settings(
    tmp_path: Path, text: str | None, others: Config
) -> None:
    keyring = directory_at(tmp_path)
    if text is not None:
        (keyring.path / "config.toml").write_text(text)
    with keyring.writing():
        write_default_identity(keyring, "work")
    assert read_config(keyring) == others._replace(default_identity="work")


def test_a_config_with_a_mistake_is_not_overwritten(tmp_path: Path) -> None:
    keyring = directory_at(tmp_path)
    (keyring.path / "config.toml").write_text("require_verifed = true\n")
    with keyring.writing(), pytest.raises(KeyringError, match="is no setting"):
        write_default_identity(keyring, "work")
    assert (keyring.path / "config.toml").read_text() == "require_verifed = true\n"
