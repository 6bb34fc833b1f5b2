"""TOML in and out, the only importer of `rtoml` and `tomli_w`; and tables whose fields are checked."""

import base64
import binascii
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import rtoml

from e2ecli.errors import DamagedError, KeyringError

Result = TypeVar("Result")

REMEDY = "restore it from a backup, or remove it"


class Table:
    """A TOML table whose fields are read as the type that each must have.

    Raises, in every method: DamagedError, naming `what` and the field, where it is missing or of
    another type.
    """

    def __init__(self, fields: dict[str, Any], what: str) -> None:
        self._fields = fields
        self._what = what

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def text(self, key: str) -> str:
        """Return a string."""
        value = self._fields.get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a string")
        return value

    def integer(self, key: str, least: int, most: int) -> int:
        """Return an integer between `least` and `most`."""
        value = self._fields.get(key)
        if type(value) is not int or not least <= value <= most:
            raise self._wrong(key, f"an integer from {least} to {most}")
        return value

    def time(self, key: str) -> datetime:
        """Return a point in time, in UTC."""
        value = self._fields.get(key)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self._wrong(key, "a date and time with an offset")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise self._wrong(key, "a date and time within the calendar") from None

    def optional_time(self, key: str) -> datetime | None:
        """Return a point in time, or None where there is none."""
        return self.time(key) if key in self._fields else None

    def optional_text(self, key: str) -> str | None:
        """Return a string, or None where there is none."""
        return self.text(key) if key in self._fields else None

    def base64(self, key: str, length: int | None = None) -> bytes:
        """Return the bytes of a base64 string, of `length` bytes where that is fixed."""
        try:
            value = base64.b64decode(self.text(key), validate=True)
        except (binascii.Error, ValueError):
            raise self._wrong(key, "base64") from None
        if length is not None and len(value) != length:
            raise self._wrong(key, f"base64 of {length} bytes")
        return value

    def hexadecimal(self, key: str, length: int) -> bytes:
        """Return the `length` bytes of a hexadecimal string."""
        try:
            value = bytes.fromhex(self.text(key))
        except ValueError:
            raise self._wrong(key, "hexadecimal") from None
        if len(value) != length:
            raise self._wrong(key, f"hexadecimal of {length} bytes")
        return value

    def hexadecimals(self, key: str, length: int) -> list[bytes]:
        """Return the bytes of a list of hexadecimal strings; an empty one where there is none."""
        values = self._fields.get(key, [])
        if not isinstance(values, list):
            raise self._wrong(key, "a list")
        return [Table({key: value}, self._what).hexadecimal(key, length) for value in values]

    def texts(self, key: str) -> list[str]:
        """Return a list of strings."""
        values = self._fields.get(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "a list of strings")
        return values

    def boolean(self, key: str) -> bool:
        """Return true or false."""
        value = self._fields.get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def keys(self) -> list[str]:
        """Return the names of all fields."""
        return list(self._fields)

    def table(self, key: str) -> "Table":
        """Return the table under `key`."""
        value = self._fields.get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return Table(value, self._what)

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables, of which there is one at least."""
        values = self._fields.get(key)
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self._wrong(key, "a list of tables")
        return [Table(value, self._what) for value in values]

    def check_format(self, expected: str) -> None:
        """Check that `format` is the one expected."""
        if self._fields.get("format") != expected:
            raise self._wrong("format", f"“{expected}”")

    def _wrong(self, key: str, expected: str) -> DamagedError:
        return DamagedError(f"{self._what}: “{key}” should be {expected}")


def parse(text: bytes, what: str) -> Table:
    """Parse a TOML document; `what` names it in errors.

    Raises:
        DamagedError: it is no TOML.
    """
    try:
        if text.startswith(BOM_UTF8):  # which the library passes over: TOML 1.0 has none
            raise ValueError
        return Table(rtoml.loads(text.decode()), what)
    except ValueError:  # also a wrong encoding, and what nests too deeply
        raise DamagedError(f"{what} is no valid TOML") from None


def dump(fields: dict[str, Any]) -> str:
    """Return a TOML document; fields that are None are left out."""
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps({key: value for key, value in fields.items() if value is not None})


def encode_base64(value: bytes) -> str:
    """Return the form in which bytes stand in TOML."""
    return base64.b64encode(value).decode()


def parse_own(text: bytes, path: Path, expected_format: str, remedy: str = REMEDY) -> Table:
    """Parse one of the keyring's own files; `remedy` is what helps where it is damaged.

    Raises:
        KeyringError: it is damaged.
    """

    def parse_checked() -> Table:
        table = parse(text, "the file")
        table.check_format(expected_format)
        return table

    return reading_own(path, parse_checked, remedy)


def reading_own(path: Path, read: Callable[[], Result], remedy: str = REMEDY) -> Result:
    """Return what `read` makes of one of the keyring's own files; damage is the keyring's, not a stranger's.

    Raises:
        KeyringError: it is damaged.
    """
    try:
        return read()
    except DamagedError as error:
        raise KeyringError(f"{path} is damaged: {error.message}", remedy) from error
