"""The terminal: what is one, what may be shown on it, and asking the person in front of it.

Rules. Prompts use /dev/tty, so that they work inside pipes; without a terminal nothing prompts. Whatever
a stranger may have written is made harmless before it is shown: control characters, escape sequences,
bidirectional overrides and invisible characters appear as escapes.
"""

import os
import unicodedata
from typing import TextIO

from e2ecli.errors import LockedError

_SHOWN_AS_ESCAPES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show as nothing, whatever their category.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_TTY = "/dev/tty"


def harmless(text: str) -> str:
    """Return `text` with every character that could deceive or disturb a terminal as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if character in _INVISIBLE or unicodedata.category(character) in _SHOWN_AS_ESCAPES
        else character
        for character in text
    )


def is_showable(data: bytes) -> bool:
    """Whether data is UTF-8 text that a terminal may show as it is: line ends and tabs, no other controls."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    plain = text.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    return harmless(plain) == plain


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal (a closed one is not)."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def has_terminal() -> bool:
    """Whether there is a terminal to ask at, wherever the standard streams go."""
    try:
        os.close(os.open(_TTY, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def ask(question: str) -> str:
    """Ask at the terminal and return the answer, without the line's end.

    Raises:
        LockedError: there is no terminal, or it was closed.
    """
    try:
        with open(_TTY, "r+b", buffering=0) as tty:  # noqa: PTH123  # a path object adds nothing here
            tty.write(question.encode())
            answer = bytearray()
            while (byte := tty.read(1)) not in {b"\n", b""}:
                answer += byte or b""
            if not answer and not byte:
                raise LockedError("the question was not answered")
            return answer.decode(errors="replace").strip()
    except OSError:
        raise LockedError("there is no terminal to ask at") from None


def confirm(question: str) -> bool:
    """Ask for a plain yes or no, again until it is one of them.

    Raises:
        LockedError: there is no terminal, or it was closed.
    """
    answer = ask(f"{question} Type yes or no: ").lower()
    while answer not in {"yes", "no"}:
        answer = ask("Type the whole word, yes or no: ").lower()
    return answer == "yes"


def ask_secretly(question: str) -> str:
    """Ask at the terminal for something that must not be seen.

    Raises:
        LockedError: there is no terminal, or it was closed; or it sends something else than UTF-8.
    """
    if not has_terminal():
        raise LockedError("there is no terminal to ask at")
    import getpass  # noqa: PLC0415  # only where somebody is asked

    try:
        return getpass.getpass(question)
    except EOFError:
        raise LockedError("the question was not answered") from None
    except UnicodeDecodeError:
        raise LockedError("what was typed is no UTF-8 text", "set the terminal to UTF-8") from None


def show(text: str) -> None:
    """Show something on the terminal itself, wherever the standard streams go."""
    with open(_TTY, "wb", buffering=0) as tty:  # noqa: PTH123
        tty.write(text.encode())
