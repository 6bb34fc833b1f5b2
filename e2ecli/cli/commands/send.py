"""`e2e send`."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from e2ecli.cli import terminal
from e2ecli.cli.documents import metadata_document, sending_facts
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.names import completing, everybody
from e2ecli.cli.options import output_options
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.results import for_each_input, message_facts, success
from e2ecli.cli.streams import Destination, open_input
from e2ecli.cli.values import file_path, split_names
from e2ecli.cli.words import expiry_warning
from e2ecli.errors import UsageError, shell_path
from e2ecli.operations.outputs import STDIO, InputFiles
from e2ecli.operations.send import Sending, SendOptions, prepare, seal
from e2ecli.saltpack.constants import Mode


@click.command("send")
@click.argument("to", metavar="TO[,TO…]", shell_complete=completing(everybody, separated=True))
@click.argument("files", nargs=-1, metavar="[FILE…]", type=file_path())
@output_options()
@click.option("-a", "--armor", is_flag=True, help="Write text that survives mail and chat.")
@click.option("--self", "to_self", is_flag=True, help="Seal it to yourself as well.")
@click.option("--deniable", is_flag=True, help="Let recipients know it is from you, but not prove it.")
@click.option("--anonymous", is_flag=True, help="Don't sign it; any recipient can then alter it.")
@click.option("--require-verified", is_flag=True, help="Refuse recipients whom you have not verified.")
@click.option("--require-pq", is_flag=True, help="Refuse recipients without a post-quantum key.")
@click.option("--no-metadata", is_flag=True, help="Leave out the time and the file's name.")
@click.option("--dry-run", is_flag=True, help="Check the recipients and write nothing.")
@invoked(writes_data=True)
def command(
    invocation: Invocation,
    *,
    to: str,
    files: tuple[Path, ...],
    output: Path | None,
    directory: Path | None,
    overwrite: bool,
    armor: bool,
    to_self: bool,
    deniable: bool,
    anonymous: bool,
    require_verified: bool,
    require_pq: bool,
    no_metadata: bool,
    dry_run: bool,
) -> None:
    """Encrypt a message or file to one or more people, and sign it.

    TO is a petname, a key id or “me”; several are separated by commas. Without FILE, standard input is
    sealed. Several files need -d DIR, where x becomes x.sealed.

    \b
    Examples:
      e2e send bob < message.txt > message.sealed
      e2e send bob,carol report.pdf -o report.pdf.sealed
      e2e send bob *.pdf -d outbox
    """
    destination = Destination(output, directory, overwrite, InputFiles(files))
    destination.check(files)
    if deniable and anonymous:
        raise UsageError("--deniable and --anonymous don't go together")
    options = SendOptions(
        anonymous, deniable, to_self, require_verified, require_pq, metadata=not no_metadata
    )
    sending = prepare(invocation.workspace, split_names((to,)), options)
    _tell_weaknesses(invocation, sending)
    if dry_run:
        names = ", ".join(sending.addressees.names)
        invocation.report.say(f"would seal to {names}; nothing was written")
        success(invocation, message_facts(**sending_facts(sending)))
        return

    def send_one(path: Path | None) -> dict[str, Any]:
        return _send_one(invocation, sending, path, destination, armor)

    for_each_input(invocation, files, send_one)


def _send_one(
    invocation: Invocation,
    sending: Sending,
    path: Path | None,
    destination: Destination,
    armor: bool,
) -> dict[str, Any]:
    name = None if path is None or path == STDIO else path.name
    armor = armor or (destination.to_stdout and terminal.is_terminal(sys.stdout))
    with ExitStack() as stack:
        given = stack.enter_context(open_input(path))
        output = stack.enter_context(destination.open(f"{name}.sealed"))
        if path is None and terminal.is_terminal(sys.stdin):
            invocation.report.say("type your message, and end it with Ctrl-D on a line of its own")
        source = stack.enter_context(shown_progress(given, quiet=invocation.report.quiet))
        sent = seal(sending, source, output.write, name, armored=armor)
        output.commit()
    if not destination.to_stdout:
        where = destination.output_file(f"{name}.sealed").path
        names = ", ".join(sending.addressees.names)
        invocation.report.say(f"sealed to {names}: {where}")
        if destination.directory is None:
            invocation.report.suggest(
                f"give {where} to {names} by any way; they run e2e open {shell_path(where.name)}"
            )
    return sending_facts(sending) | metadata_document(sent.metadata) | {"bytes": sent.bytes}


def _tell_weaknesses(invocation: Invocation, sending: Sending) -> None:
    report, now = invocation.report, invocation.workspace.clock()
    if sending.sender is not None:
        me = sending.sender.name
        remedy = f"e2e keys expire 1y {me}, then e2e export {me}"
        own = expiry_warning("your card", sending.sender.card, now, remedy)
        if own is not None:
            report.warn(own)
    for addressee in sending.addressees.people:
        warning = expiry_warning(f"the card of {addressee.name}", addressee.card, now, "ask for a newer one")
        if warning is not None and addressee.name != "me":
            report.warn(warning)
    if sending.sender is None:
        report.say(
            "the message is anonymous: recipients can't know who wrote it, and any of them can alter it"
        )
    if sending.unverified:
        names = ", ".join(sending.unverified)
        report.say(
            f"not verified: {names} (compare safety numbers: e2e contacts verify {sending.unverified[0]})"
        )
    if sending.mode is Mode.ENCRYPTION:
        report.say("deniable messages are not post-quantum safe")
    elif sending.not_post_quantum:
        report.say(f"not post-quantum safe, because of {', '.join(sending.not_post_quantum)}")
