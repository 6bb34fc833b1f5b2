"""Several inputs, one after the other: each has its own result, and the worst exit code is the call's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from e2ecli.cli.invocation import Invocation
from e2ecli.cli.report import SCHEMA
from e2ecli.errors import E2EError, FileError

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

    One that fails doesn't stop the others.

    Raises:
        ReportedFailureError: some failed; carries the highest of their exit codes.
    """
    worst = 0
    for path in inputs or (None,):
        file = None if path is None else str(path)
        try:
            facts = work(path)
        except E2EError as error:
            if file is not None and not isinstance(error, FileError):
                error.message = f"{file}: {error.message}"
            invocation.report.failure(error, message_facts(file=file))
            worst = max(worst, error.exit_code)
        else:
            success(invocation, message_facts(file=file, **facts))
    if worst:
        raise ReportedFailureError(worst)


def success(invocation: Invocation, facts: dict[str, Any]) -> None:
    """Report that a data command did its work."""
    report = invocation.report
    report.document(
        {"schema": SCHEMA, "command": report.command, "ok": True, "exit_code": 0, **facts, "error": None}
    )


def message_facts(**known: Any) -> dict[str, Any]:
    """Return the facts of one file in their order, null where absent."""
    return {key: known.get(key) for key in FACTS}
