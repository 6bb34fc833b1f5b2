"""Every end of the program is one line and a documented code."""

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest

from e2ecli.cli import main
from e2ecli.cli.documents import rfc3339
from e2ecli.cli.results import ReportedFailureError
from e2ecli.errors import E2EError, LockedError

SECRET = "the secret that an exception's text may hold"


class Outcome:
    """What a run left: its exit code and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def error(self) -> dict[str, Any]:
        """The error in the JSON document."""
        document: dict[str, Any] = json.loads(self.out or self.err)["error"]
        return document


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Outcome:
        code = main._run(list(arguments), {})
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def fail_with(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], Outcome]:
    """Run a command that fails with an exception."""

    def fail_with(error: BaseException) -> Outcome:
        @click.command("keys")
        def command() -> NoReturn:
            raise error

        monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: command)
        return run("keys")

    return fail_with


def test_an_unexpected_exception_ends_in_a_line_without_its_text_or_a_traceback(
    fail_with: Callable[[BaseException], Outcome],
) -> None:
    outcome = fail_with(ZeroDivisionError(SECRET))
    first, *more = outcome.err.splitlines()
    assert outcome.code == 1
    assert first.startswith("e2e: this is a defect in e2e: ZeroDivisionError in test_running.py:")
    assert more == ["     please report it, with what you did"]
    assert SECRET not in outcome.err
    assert outcome.out == ""


FAILURES: dict[str, tuple[BaseException, int, str]] = {
    "too little memory": (MemoryError(), 1, "e2e: there is not enough memory for this\n"),
    "a full disk": (OSError(errno.ENOSPC, "No space left on device"), 1, "e2e: no space left on device\n"),
    "a file": (FileNotFoundError(errno.ENOENT, "No such file", "a\x1bb"), 1, "e2e: a\\x1bb: no such file\n"),
    "an error without a reason": (OSError("Something"), 1, "e2e: something\n"),
    "an interruption": (KeyboardInterrupt(), 130, "\ne2e: interrupted; nothing unfinished is left behind\n"),
    "an aborted question": (click.Abort(), 130, "e2e: interrupted; nothing unfinished is left behind\n"),
    "a failure of ours": (LockedError("locked", "unlock it"), 6, "e2e: locked\n     unlock it\n"),
    "a failure with a hostile name": (E2EError("a\n\x1b]b"), 1, "e2e: a\\n\\x1b]b\n"),
    "a failure that was reported": (ReportedFailureError(5), 5, ""),
    "a usage error": (click.UsageError("Wrong."), 2, "e2e: wrong\n"),
}


@pytest.mark.parametrize(("error", "code", "said"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_ends_in_a_line_and_a_code(
    fail_with: Callable[[BaseException], Outcome], error: BaseException, code: int, said: str
) -> None:
    outcome = fail_with(error)
    assert outcome.code == code
    assert (outcome.out, outcome.err.partition("     e2e keys --help")[0]) == ("", said)


def test_a_reader_that_has_gone_needs_no_message(
    fail_with: Callable[[BaseException], Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:  # click ends the program itself
        fail_with(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert raised.value.code == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["keys", "--wrong"], ["nothing"], ["--wrong"], ["send", "--max-age"]])
def test_a_wrong_command_line_is_2(run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith("e2e: ")
    assert "Traceback" not in outcome.err


def test_a_wrong_command_line_is_reported_as_json_where_that_was_asked_for(run: Run) -> None:
    outcome = run("inspect", "--json", "--wrong")
    assert (outcome.code, outcome.error["kind"]) == (2, "usage")


def test_help_and_version_are_no_failures(run: Run) -> None:
    assert run("--help").code == run("--version").code == run().code == 0


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_that_is_listed_has_help(run: Run, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: e2e {command}")


@pytest.mark.parametrize(
    "descriptor", ["-1", "999999", str(10**20)], ids=["below 0", "not open", "beyond all bounds"]
)
@pytest.mark.parametrize(
    "arguments",
    [["keygen", "Alice", "--kdf", "interactive", "--passphrase-fd"], ["contacts", "list", "--json-fd"]],
    ids=["--passphrase-fd", "--json-fd"],
)
def test_a_file_descriptor_that_can_not_be_used_is_an_error_that_says_so(
    run: Run, tmp_path: Path, arguments: list[str], descriptor: str
) -> None:
    outcome = run(*arguments, descriptor, "--keyring", str(tmp_path / "keyring"))
    assert outcome.code in {1, 2, 6}
    assert outcome.err.startswith("e2e: ")
    assert "defect" not in outcome.err


def test_a_card_from_the_first_years_of_the_calendar_has_times_of_rfc_3339() -> None:
    assert rfc3339(datetime(1, 2, 3, tzinfo=UTC)) == "0001-02-03T00:00:00Z"


def test_recovery_words_never_overwrite_a_file(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    words = tmp_path_factory.mktemp("words") / "words"
    words.write_text("other words")
    outcome = run(
        "keygen",
        "Alice",
        "--keyring",
        str(words.parent / "keyring"),
        "--no-passphrase",
        "--recovery-file",
        str(words),
    )
    assert (outcome.code, words.read_text()) == (1, "other words")
    assert outcome.err.startswith(f"e2e: {words} exists already\n")


@pytest.mark.parametrize("pressed", ["raise KeyboardInterrupt", "os.kill(os.getpid(), signal.SIGINT)"])
def test_an_interrupt_that_python_drops_comes_again(pressed: str) -> None:
    script = (
        "import os, signal, time\n"
        "from e2ecli.cli.main import catch_interrupts\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "catch_interrupts()\n"
        "class Finalized:\n"
        f"    def __del__(self): {pressed}; time.sleep(0)\n"
        "try:\n"
        "    Finalized()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_a_signal_that_was_ignored_at_the_start_stays_ignored(name: str) -> None:
    script = (
        "import os, signal\n"
        f"signal.signal(signal.{name}, signal.SIG_IGN)\n"
        "import e2ecli.cli.main as main\n"
        "from e2ecli.__main__ import main as start\n"
        "def run():\n"
        "    main.catch_interrupts()\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    print('went on')\n"
        "    raise SystemExit(0)\n"
        "main.run = run\n"
        "start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("went on\n", "")
