"""What a power cut may take away: changes that were not flushed to disk when it came."""

from collections.abc import Sequence
from pathlib import Path

from tests.torture.faults import Call

_GIVES_A_NAME = {"rename", "replace", "link"}
_TAKES_A_NAME = {"unlink", "remove", "rename", "replace"}


def unsafe_renames(calls: Sequence[Call]) -> list[str]:
    """Return the files that got their name before their content was flushed."""
    dirty: set[str] = set()
    unsafe = []
    for call in calls:
        match call.name:
            case "open" | "write" | "ftruncate" | "truncate" | "fchmod":
                dirty.add(call.path)
            case "fsync" | "fdatasync":
                dirty.discard(call.path)
            case name if name in _GIVES_A_NAME and call.path in dirty:
                unsafe.append(str(call.target))
    return unsafe


def lost_names(calls: Sequence[Call]) -> list[str]:
    """Return the names, given or taken away, whose directory was not flushed by the end.

    Not those in a directory that was removed itself, nor temporary files, nor the lock, which hold nothing.
    """
    pending: dict[str, set[str]] = {}
    for call in calls:
        if call.name == "fsync":
            pending.pop(call.path, None)
            continue
        if call.name == "rmdir":
            pending.pop(call.path, None)
        changed = []
        if call.name in {"open", "mkdir", "rmdir"} | _TAKES_A_NAME:
            changed.append(call.path)
        if call.name in _GIVES_A_NAME:
            changed.append(str(call.target))
        for path in changed:
            if not path.endswith((".e2e-tmp", "/lock")):
                pending.setdefault(str(Path(path).parent), set()).add(path)
    return sorted(path for paths in pending.values() for path in paths)
