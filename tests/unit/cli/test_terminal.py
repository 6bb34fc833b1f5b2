"""Nothing that a stranger wrote reaches the terminal as it is."""

import getpass
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.cli import terminal
from e2ecli.cli.terminal import ask_secretly, harmless, is_showable, is_terminal
from e2ecli.errors import LockedError

ESCAPED = {
    "an escape sequence": ("a\x1b[31mb", r"a\x1b[31mb"),
    "a null": ("a\0b", r"a\x00b"),
    "a bell": ("\a", r"\x07"),
    "a backspace": ("a\bb", r"a\x08b"),
    "a carriage return": ("safe\revil", r"safe\revil"),
    "a line's end": ("a\nb", r"a\nb"),
    "a tab": ("a\tb", r"a\tb"),
    "delete": ("\x7f", r"\x7f"),
    "a C1 control": ("\x9b2J", r"\x9b2J"),
    "the next line": ("a\x85b", r"a\x85b"),
    "a right-to-left override": ("a\u202eb", r"a\u202eb"),
    "a right-to-left isolate": ("a\u2067b", r"a\u2067b"),
    "a right-to-left mark": ("a\u200fb", r"a\u200fb"),
    "a zero-width space": ("a\u200bb", r"a\u200bb"),
    "a zero-width joiner": ("a\u200db", r"a\u200db"),
    "a word joiner": ("a\u2060b", r"a\u2060b"),
    "a soft hyphen": ("a\u00adb", r"a\xadb"),
    "a byte-order mark": ("\ufeffa", r"\ufeffa"),
    "a tag": ("\U000e0041", r"\U000e0041"),
    "a line separator": ("a\u2028b", r"a\u2028b"),
    "a paragraph separator": ("a\u2029b", r"a\u2029b"),
    "a private character": ("\ue000", r"\ue000"),
    "a surrogate": ("\udc80", r"\udc80"),
    "a non-character": ("\uffff", r"\uffff"),
}


@pytest.mark.parametrize(("text", "shown"), ESCAPED.values(), ids=ESCAPED.keys())
def test_what_deceives_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "character", ["\u3164", "\u115f", "\u1160", "\uffa0", "\u034f"], ids=unicodedata.name
)
def test_letters_and_marks_that_nobody_sees_are_shown_as_escapes(character: str) -> None:
    assert harmless(f"al{character}ice") != f"al{character}ice"


@pytest.mark.parametrize(
    "text", ["", "Alice", "Zoë", "爱丽丝", "a – b", "“quoted”", "e\u0301", "😀", "a\\b", "שלום"]
)
def test_what_is_seen_is_shown_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(st.characters()))
def test_what_is_shown_has_neither_controls_nor_formats(text: str) -> None:
    shown = harmless(text)
    assert not {unicodedata.category(character) for character in shown} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("data", "showable"),
    [
        (b"", True),
        (b"plain text\n", True),
        (b"two\r\nlines\r\n", True),
        (b"a\ttable\n", True),
        ("Zoë 爱丽丝 😀\n".encode(), True),
        (b"\x1b[2J", False),
        (b"safe\rover it", False),
        (b"a\0b", False),
        ("a\u202eb".encode(), False),
        ("a\u200bb".encode(), False),
        ("a\x9bb".encode(), False),
        (b"\xff\xfe", False),
        (b"caf\xe9", False),
        (b"\xed\xa0\x80", False),
        (b"\x89PNG\r\n\x1a\n", False),
    ],
)
def test_a_terminal_may_be_shown(data: bytes, showable: bool) -> None:
    assert is_showable(data) is showable


def test_a_pipe_a_closed_stream_and_none_are_no_terminals() -> None:
    closed = io.StringIO()
    closed.close()
    assert not is_terminal(io.StringIO())
    assert not is_terminal(closed)
    assert not is_terminal(None)


def test_a_passphrase_that_is_no_utf_8_is_refused_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "has_terminal", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: b"caf\xe9".decode())
    with pytest.raises(LockedError, match="no UTF-8 text"):
        ask_secretly("Passphrase: ")
