"""`e2e lock`."""

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.operations.unlock import lock


@click.command("lock")
@invoked()
def command(invocation: Invocation) -> None:
    """Lock all identities that are unlocked, now."""
    was_unlocked = lock(invocation.workspace.directory)
    invocation.report.document({"was_unlocked": was_unlocked})
    invocation.report.say("locked" if was_unlocked else "nothing was unlocked")
