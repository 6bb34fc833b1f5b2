"""Several inputs, one after the other: each has its own result, and the worst exit code is the call's."""

import stat
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from e2ecli import limits
from e2ecli.cli.invocation import Invocation
from e2ecli.cli.report import SCHEMA
from e2ecli.errors import E2EError, FileError
from e2ecli.in_order import run_in_order

_MANY = 8
_WINDOW = 16
_THREADS = 3
"""As many as keep a core busy while others wait for the disk: more of them wait for the interpreter."""
_SHORT_BYTES = limits.MIB

FACTS = ("file", "mode", "sender", "recipients", "post_quantum", "sent", "name", "bytes")


class ReportedFailureError(Exception):
    """Something failed and was reported; what is left is the exit code."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def for_each_input(
    invocation: Invocation, inputs: tuple[Path, ...], work: Callable[[Path | None], dict[str, Any]]
) -> None:
    """Do `work` on every input (stdin, as None, where there are none) and report each one's facts.

    One that fails doesn't stop the others. Many short files are worked on by several threads, which wait for
    the disk at the same time.

    Raises:
        ReportedFailureError: some failed; carries the highest of their exit codes.
    """
    worst = 0
    with closing(_outcomes(inputs, work)) as outcomes:
        for path, outcome in outcomes:
            worst = max(worst, _reported(invocation, path, outcome))
    if worst:
        raise ReportedFailureError(worst)


def _reported(invocation: Invocation, path: Path | None, outcome: dict[str, Any] | E2EError) -> int:
    """Report what became of an input, and return the exit code of that."""
    file = None if path is None else str(path)
    if not isinstance(outcome, E2EError):
        success(invocation, message_facts(file=file, **outcome))
        return 0
    if file is not None and not isinstance(outcome, FileError):
        outcome.message = f"{file}: {outcome.message}"
    invocation.report.failure(outcome, message_facts(file=file))
    return outcome.exit_code


def _outcomes(
    inputs: tuple[Path, ...], work: Callable[[Path | None], dict[str, Any]]
) -> Generator[tuple[Path | None, dict[str, Any] | E2EError], None, None]:
    """Yield what became of each input, in order."""

    def attempted(path: Path | None) -> dict[str, Any] | E2EError:
        try:
            return work(path)
        except E2EError as error:
            return error

    # The first is worked on alone, so that a passphrase is asked for once.
    first, *rest = inputs or (None,)
    yield first, attempted(first)
    if not _are_many_short_files(inputs):
        yield from ((path, attempted(path)) for path in rest)
        return
    done = run_in_order(rest, attempted, _WINDOW, threads=_THREADS, waits_when_closed=True)
    with closing(done):  # which leaves no file half written
        yield from zip(rest, done, strict=True)


def _are_many_short_files(inputs: tuple[Path, ...]) -> bool:
    """Whether threads help: all cores work on a long file anyway, and Ctrl-C waits for what threads do."""
    return len(inputs) >= _MANY and all(map(_is_short_file, inputs))


def _is_short_file(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:  # which will be said soon enough
        return True
    return stat.S_ISREG(status.st_mode) and status.st_size <= _SHORT_BYTES


def success(invocation: Invocation, facts: dict[str, Any]) -> None:
    """Report that a data command did its work."""
    report = invocation.report
    report.document(
        {"schema": SCHEMA, "command": report.command, "ok": True, "exit_code": 0, **facts, "error": None}
    )


def message_facts(**known: Any) -> dict[str, Any]:
    """Return the facts of one file in their order, null where absent."""
    return {key: known.get(key) for key in FACTS}
