"""`e2e doctor`."""

import sys

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.report import SCHEMA
from e2ecli.cli.results import ReportedFailureError
from e2ecli.cli.tables import print_pairs
from e2ecli.cli.terminal import is_terminal
from e2ecli.errors import E2EError
from e2ecli.operations.doctor import Finding, examine, versions


@click.command("doctor")
@invoked()
def command(invocation: Invocation) -> None:
    """Check the keyring, and say what should be done.

    Permissions, settings, cards that expire, recovery words never tried, group members never verified,
    rosters that are out of date. The exit code is 1 if there is something to do.
    """
    findings = examine(invocation.workspace)
    if invocation.report.as_json:
        invocation.report.document(_document(findings))
    else:
        print_pairs(list(versions().items()))
        if is_terminal(sys.stdout):
            click.echo()
        print_pairs([(one.about, one.message, one.remedy or "") for one in findings])
        invocation.report.say("all is well" if not findings else f"{_things(findings)} to do")
    if findings:
        raise ReportedFailureError(E2EError.exit_code)


def _document(findings: list[Finding]) -> dict[str, object]:
    error = {"kind": E2EError.kind, "message": f"{_things(findings)} to do", "hint": None}
    return {
        "schema": SCHEMA,
        "command": "doctor",
        "ok": not findings,
        "exit_code": E2EError.exit_code if findings else 0,
        "findings": [one._asdict() for one in findings],
        "versions": versions(),
        "error": error if findings else None,
    }


def _things(findings: list[Finding]) -> str:
    return "one thing" if len(findings) == 1 else f"{len(findings)} things"
