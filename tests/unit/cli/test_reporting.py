"""What is said: words for people, one JSON document for machines, plain tables in a pipe."""

import io
import json
import os
from pathlib import Path

import pytest

from e2ecli.cli import progress, streams
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.report import SCHEMA, Report
from e2ecli.cli.streams import Input
from e2ecli.cli.tables import print_table
from e2ecli.errors import FileError, SenderError
from tests.unit.operations.support import source

ERROR = SenderError("from \x1b[31mMallory", "ask\u202e them")
WORDS = Report("open", as_json=False, json_descriptor=None, quiet=False, writes_data=False)
JSON = WORDS._replace(as_json=True)
Streams = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_words_go_to_stderr(capsys: Streams) -> None:
    WORDS.say("from alice")
    assert tuple(capsys.readouterr()) == ("", "e2e: from alice\n")


@pytest.mark.parametrize("report", [WORDS._replace(quiet=True), JSON], ids=["quiet", "JSON"])
def test_what_can_be_done_without_is_not_said(capsys: Streams, report: Report) -> None:
    report.say("from alice")
    assert tuple(capsys.readouterr()) == ("", "")


def test_a_warning_is_said_even_when_quiet(capsys: Streams) -> None:
    WORDS._replace(quiet=True).warn("not verified")
    JSON.warn("not verified")
    assert tuple(capsys.readouterr()) == ("", "e2e: not verified\n")


def test_a_failure_is_said_even_when_quiet_and_harmless(capsys: Streams) -> None:
    WORDS._replace(quiet=True).failure(ERROR)
    assert capsys.readouterr().err == "e2e: from \\x1b[31mMallory\n     ask\\u202e them\n"


def test_there_is_no_document_where_none_was_asked_for(capsys: Streams) -> None:
    WORDS.document({"a": 1})
    assert tuple(capsys.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("writes_data", "stream"), [(False, 0), (True, 1)], ids=["stdout", "stderr beside data"]
)
def test_a_document_is_one_line_of_ascii(capsys: Streams, writes_data: bool, stream: int) -> None:
    JSON._replace(writes_data=writes_data).document({"name": "Zoë\u202e\x1b"})
    written = capsys.readouterr()
    assert written[1 - stream] == ""
    assert written[stream].isascii()
    assert written[stream].count("\n") == 1
    assert json.loads(written[stream]) == {"name": "Zoë\u202e\x1b"}


def test_a_document_goes_to_the_descriptor_that_is_given(tmp_path: Path, capsys: Streams) -> None:
    path = tmp_path / "json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    JSON._replace(json_descriptor=descriptor, writes_data=True).document([1])
    os.close(descriptor)
    assert path.read_text() == "[1]\n"
    assert tuple(capsys.readouterr()) == ("", "")


def test_a_document_goes_on_after_a_partial_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, writing = tmp_path / "json", os.write
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    monkeypatch.setattr(os, "write", lambda to, data: writing(to, bytes(data[:2])))
    JSON._replace(json_descriptor=descriptor).document([1, 2, 3])
    os.close(descriptor)
    assert path.read_text() == "[1, 2, 3]\n"


def test_a_failure_is_a_document_with_what_is_known_of_the_file(capsys: Streams) -> None:
    JSON.failure(ERROR, {"file": "a.sealed"})
    assert json.loads(capsys.readouterr().out) == {
        "schema": SCHEMA,
        "command": "open",
        "ok": False,
        "exit_code": 5,
        "file": "a.sealed",
        "error": {"kind": "sender", "message": ERROR.message, "hint": ERROR.hint},
    }


def test_without_stderr_nobody_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Streams) -> None:
    monkeypatch.setattr("sys.stderr", None)
    WORDS.failure(ERROR)
    assert capsys.readouterr().out == ""


def test_a_table_in_a_pipe_is_lines_of_tab_separated_cells(capsys: Streams) -> None:
    print_table(("name", "id"), [("alice", "1"), ("bob\tcarol\n", "\x1b[2J")], essential=1)
    assert capsys.readouterr().out == "alice\t1\nbob\\tcarol\\n\t\\x1b[2J\n"


def test_a_table_without_rows_is_nothing_in_a_pipe(capsys: Streams) -> None:
    print_table(("name", "id"), [], essential=1)
    assert capsys.readouterr().out == ""


def test_a_table_on_a_terminal_has_titles_and_no_markup_of_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "dumb")
    print_table(("name",), [("[bold]alice[/bold]",), ("\x1b[2J",)], essential=1)
    shown = terminal.getvalue()
    assert "name" in shown
    assert "[bold]alice[/bold]" in shown
    assert "\x1b[2J" not in shown


LONG = progress._LONG_BYTES


@pytest.mark.parametrize(
    ("size", "quiet", "terminal", "drawn"),
    [
        (LONG, False, True, True),
        (LONG - 1, False, True, False),
        (None, False, True, False),
        (LONG, True, True, False),
        (LONG, False, False, False),
    ],
    ids=["long", "short", "of unknown length", "quiet", "no terminal"],
)
def test_progress_is_drawn_for_long_input_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, size: int | None, quiet: bool, terminal: bool, drawn: bool
) -> None:
    stderr = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    content = source(b"content")
    with shown_progress(Input("in\x1b[31mput", content, size), quiet=quiet) as observed:
        assert (observed is not content) is drawn
        assert observed.peek(1)[:1] == b"c"
        assert observed.read(3) == b"con"
        buffer = memoryview(bytearray(10))
        assert observed.readinto(buffer) == 4
        assert bytes(buffer[:4]) == b"tent"
    assert ("in\\x1b[31mput" in stderr.getvalue()) is drawn


@pytest.mark.parametrize("text", [b"plain\n", "Zoë\n".encode()])
def test_text_is_shown_on_a_terminal_once_it_is_whole(text: bytes) -> None:
    out = io.BytesIO()
    output = streams.TerminalOutput(_Stdout(out), "letter.sealed")
    output.write(memoryview(text))
    assert out.getvalue() == b""
    output.commit()
    assert out.getvalue() == text


@pytest.mark.parametrize("data", [b"\x1b[2J", b"\0", "a\u202eb".encode(), b"\xff"])
def test_anything_else_is_not_shown_on_a_terminal(data: bytes) -> None:
    out = io.BytesIO()
    output = streams.TerminalOutput(_Stdout(out), "letter.sealed")
    output.write(memoryview(data))
    with pytest.raises(FileError, match=r"letter\.sealed: the content .* not written to the terminal"):
        output.commit()
    assert out.getvalue() == b""


class _Stdout(streams.Stdout):
    """Standard output into memory."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def write(self, data: bytes | memoryview) -> None:
        self._out.write(data)
