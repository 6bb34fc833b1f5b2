"""A name from a message is data from a stranger: which of them may become a file's name (section 2.4)."""

import unicodedata

from e2ecli.errors import DamagedError, FileError

_LONGEST_BYTES = 255
_FORBIDDEN = frozenset("/\\")


def original_name(name: str | None) -> str:
    """Return the name that the sender gave the file, if it may become one here.

    Raises:
        FileError: the message has none.
        DamagedError: it isn't a plain, visible base name.
    """
    if name is None:
        raise FileError("the message carries no file name", "choose one with -o FILE")
    hostile = (
        not name
        or name.startswith((".", "-"))
        or not _FORBIDDEN.isdisjoint(name)
        or any(unicodedata.category(character)[0] == "C" for character in name)
        or any(unicodedata.category(character) in {"Zl", "Zp"} for character in name)
        or name != name.strip()
        or len(name.encode()) > _LONGEST_BYTES
    )
    if hostile:
        raise DamagedError(
            f"the file name in the message can't be used here: {name[:80]!r}", "choose one with -o FILE"
        )
    return name
