"""Files that have no name yet, on systems that know such: of a process that is killed, nothing is left."""

import os
from pathlib import Path


def open_unnamed(directory: Path) -> int | None:
    """Return the descriptor of a new file in a directory, mode 0600 and without a name.

    None where there is no such thing: other systems than Linux, some file systems, no /proc.
    """
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        descriptor = os.open(directory, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if os.path.lexists(_link_to(descriptor)):
        return descriptor
    os.close(descriptor)
    return None


def give_name(descriptor: int, path: Path) -> None:
    """Give a file that was opened without a name its first one.

    Raises:
        FileExistsError: another file has it.
    """
    # Python follows the link to the file only where it is told the directory of the new name.
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.link(_link_to(descriptor), path.name, dst_dir_fd=directory, follow_symlinks=True)
    finally:
        os.close(directory)


def _link_to(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"
