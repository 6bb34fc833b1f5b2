"""Writing to what the caller opened: errors name it, and a reader that has gone is no error of ours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from e2ecli.errors import FileError
from e2ecli.keyring.files import named


def stdout_is_closed() -> FileError:
    """Return the error for output that has nowhere to go."""
    return FileError(
        "standard output is closed", "redirect it to a file or to /dev/null in place of closing it"
    )


@contextmanager
def writing_to(shown: str) -> Iterator[None]:
    """Turn an operating system's error into one that names the stream; a broken pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise named(error, shown) from error


@contextmanager
def writing_to_stdout() -> Iterator[None]:
    """Let text be written to standard output, all of which has gone there when this is left.

    Raises:
        FileError: it is closed, or can't be written.
        BrokenPipeError: its reader has gone.
    """
    if sys.stdout is None:
        raise stdout_is_closed()
    with writing_to("standard output"):
        yield
        sys.stdout.flush()


def print_text(text: str) -> None:
    """Print text as it is. Raises as `writing_to_stdout` does."""
    with writing_to_stdout():
        sys.stdout.write(text)
