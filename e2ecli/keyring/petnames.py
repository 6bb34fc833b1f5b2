"""Petnames: the names that you give, in your keyring, to identities, contacts and groups."""

import re

from e2ecli.errors import UsageError
from e2ecli.keyring.keyid import looks_like_key_id

_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED = frozenset({"me"})


def is_petname(text: str) -> bool:
    """Whether a text may be a petname (and so a part of a file's name)."""
    return _PATTERN.fullmatch(text) is not None


def check_petname(text: str) -> str:
    """Return a petname that somebody chose.

    Raises:
        UsageError: it is none, or one with a meaning of its own.
    """
    if not is_petname(text):
        raise UsageError(
            f"{text!r} can't be a name in the keyring",
            "names are of a-z, 0-9, “.”, “_” and “-”, at most 64, and begin with a letter or digit",
        )
    if text in _RESERVED or looks_like_key_id(text):
        raise UsageError(
            f"“{text}” can't be a name in the keyring: it means something else", "choose another name"
        )
    return text


def slug(name: str) -> str:
    """Return the petname made from a card's name: lower case, spaces to `-`, other characters dropped.

    Raises:
        UsageError: nothing is left of it.
    """
    kept = re.sub(r"[^a-z0-9._-]", "", re.sub(r"\s+", "-", name.lower()))
    petname = kept.lstrip("._-")[:64]
    if not petname or petname in _RESERVED or looks_like_key_id(petname):
        raise UsageError(
            f"no name for the keyring can be made from {name!r}", "choose one with --name PETNAME"
        )
    return petname
