"""config.toml: the user's lasting wishes. Every key is optional; an unknown one is an error that names it."""

import os

from e2ecli.errors import KeyringError
from e2ecli.keyring import toml
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.files import write_atomically
from e2ecli.records import Record


class Config(Record):
    """What config.toml may say; the fields' names are its keys."""

    require_verified: bool = False
    """`send` refuses recipients, and `open` senders, who are not verified."""
    require_pq: bool = False
    """`send` refuses recipients without a post-quantum key."""
    send_to_self: bool = False
    """`send` seals to you as well."""
    default_identity: str | None = None
    """The identity to act as; the oldest where there is none."""
    trust_introductions_of: tuple[str, ...] = ()
    """Contacts whose introductions count as verified, by petname or key id."""


def read_config(directory: KeyringDirectory) -> Config:
    """Return the keyring's configuration, the defaults where there is none.

    Raises:
        KeyringError: config.toml has a key that means nothing, or a value of a wrong type.
    """
    path = directory.path / "config.toml"
    if not directory.exists() or not os.path.lexists(path):
        return Config()
    return toml.reading_own(path, lambda: _parse(toml.parse(directory.read(path), "the file"), str(path)))


def _parse(fields: toml.Table, shown: str) -> Config:
    names = fields.keys()
    unknown = sorted(set(names) - set(Config._fields))
    if unknown:
        raise KeyringError(
            f"{shown}: “{unknown[0]}” is no setting", f"the settings are {', '.join(Config._fields)}"
        )
    values = {key: _value(fields, key) for key in names}
    return Config(**values)  # type: ignore[arg-type]  # each was read as its own type


def _value(fields: toml.Table, key: str) -> object:
    match key:
        case "default_identity":
            return fields.text(key)
        case "trust_introductions_of":
            return tuple(fields.texts(key))
        case _:
            return fields.boolean(key)


def write_default_identity(directory: KeyringDirectory, name: str) -> None:
    """Set the identity to act as, and leave the other settings. The caller holds the keyring's lock."""
    settings = read_config(directory)._replace(default_identity=name)
    changed = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in settings._asdict().items()
        if value != Config._field_defaults[key]
    }
    write_atomically(directory.path / "config.toml", toml.dump(changed).encode())
