"""`e2e unlock`."""

from datetime import timedelta

import click

from e2ecli.cli.documents import rfc3339
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.values import Duration
from e2ecli.operations.unlock import unlock


@click.command("unlock")
@click.option(
    "--for",
    "span",
    type=Duration(),
    default="15m",
    show_default=True,
    metavar="DURATION",
    help="How long to keep it unlocked.",
)
@invoked()
def command(invocation: Invocation, *, span: timedelta) -> None:
    """Type the passphrase once, and use your identity for a while.

    An agent keeps the identity's keys in its memory, and does what takes them: no other process ever gets
    them. It ends after the time, with e2e lock, and when you log out.

    \b
    Example:
      e2e unlock --for 1h
    """
    workspace = invocation.workspace
    identity = workspace.own_identity()
    unlock(workspace, identity, span)
    now = workspace.clock().astimezone()
    until = now + span
    document = {"name": identity.name, "id": identity.card.id, "until": rfc3339(until)}
    invocation.report.document(document)
    when = f"{until:%H:%M}" if until.date() == now.date() else f"{until:%Y-%m-%d %H:%M}"
    invocation.report.say(f"“{identity.name}” is unlocked until {when}; e2e lock ends it")
