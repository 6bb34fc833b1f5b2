"""`e2e open`."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from e2ecli.cli.documents import rfc3339, sender_document, sent_time
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import output_options
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.results import for_each_input
from e2ecli.cli.streams import STDIO, Destination, open_input, plaintext_stdout
from e2ecli.cli.values import Duration, split_names
from e2ecli.errors import UsageError
from e2ecli.operations.open_message import MessageFacts, Opened, Opener, OpenPolicy, Output
from e2ecli.operations.original_name import original_name
from e2ecli.operations.outputs import OutputFile
from e2ecli.operations.senders import AnonymousSender, Sender, SenderPolicy, policy_from_names


@click.command("open")
@click.argument("files", nargs=-1, metavar="[FILE…]", type=click.Path(path_type=Path))
@output_options()
@click.option(
    "--from", "senders", multiple=True, metavar="NAME", help="Accept this sender only; may be repeated."
)
@click.option("--allow-unknown", is_flag=True, help="Accept senders who are not in the keyring.")
@click.option("--allow-anonymous", is_flag=True, help="Accept messages that nobody signed.")
@click.option("--require-verified", is_flag=True, help="Refuse senders whom you have not verified.")
@click.option("--max-age", type=Duration(), metavar="DURATION", help="Refuse what was sent longer ago.")
@click.option(
    "-O", "--original-name", "use_original_name", is_flag=True, help="Use the file name in the message."
)
@invoked(writes_data=True)
def command(
    invocation: Invocation,
    *,
    files: tuple[Path, ...],
    output: Path | None,
    directory: Path | None,
    overwrite: bool,
    senders: tuple[str, ...],
    allow_unknown: bool,
    allow_anonymous: bool,
    require_verified: bool,
    max_age: timedelta | None,
    use_original_name: bool,
) -> None:
    """Decrypt a message or file, and check who wrote it.

    Nothing is written unless it is complete, unaltered, for you, and from somebody whom you accept. A
    message may stand as text inside other text. Several files need -d DIR, where x.sealed becomes x.

    \b
    Examples:
      e2e open message.sealed
      e2e open --from alice report.pdf.sealed -o report.pdf
      e2e open *.sealed -d inbox
    """
    destination = Destination(output, directory, overwrite)
    if use_original_name and output is not None:
        raise UsageError("-o and -O don't go together")
    if not use_original_name:
        destination.check(files)
    names = split_names(senders)
    policy = SenderPolicy(
        keys=policy_from_names(invocation.workspace, names),
        names=tuple(names),
        allow_unknown=allow_unknown,
        allow_anonymous=allow_anonymous,
        require_verified=require_verified or invocation.workspace.config.require_verified,
    )
    opener = Opener(invocation.workspace, OpenPolicy(policy, max_age))

    def open_one(path: Path | None) -> dict[str, Any]:
        if use_original_name:
            return _open_under_original_name(invocation, opener, path, destination, files)
        return _open_one(invocation, opener, path, destination, files)

    for_each_input(invocation, files, open_one)


def _open_one(
    invocation: Invocation,
    opener: Opener,
    path: Path | None,
    destination: Destination,
    files: tuple[Path, ...],
) -> dict[str, Any]:
    file = None if destination.to_stdout else destination.output_file(_opened_name(path), files)
    if file is not None:
        file.check()

    def choose(_: MessageFacts) -> OutputFile | None:
        return file

    return _open_into(invocation, opener, path, choose, forced=destination.file == STDIO)


def _open_under_original_name(
    invocation: Invocation,
    opener: Opener,
    path: Path | None,
    destination: Destination,
    files: tuple[Path, ...],
) -> dict[str, Any]:
    directory = destination.directory or Path()

    def choose(facts: MessageFacts) -> OutputFile:
        # Never over an existing file, -f or not: the name is a stranger's choice.
        return OutputFile(directory / original_name(facts.metadata.name), overwrite=False, inputs=files)

    return _open_into(invocation, opener, path, choose)


def _open_into(
    invocation: Invocation,
    opener: Opener,
    path: Path | None,
    choose: Callable[[MessageFacts], OutputFile | None],
    *,
    forced: bool = False,
) -> dict[str, Any]:
    with ExitStack() as stack:
        given = stack.enter_context(open_input(path))

        def start_output(facts: MessageFacts) -> Output:
            file = choose(facts)
            if file is None:
                return plaintext_stdout(forced=forced)
            return stack.enter_context(file.open())

        source = stack.enter_context(shown_progress(given, quiet=invocation.report.quiet))
        opened = opener.open(source, start_output)
    _tell(invocation, opened)
    return _facts(opened)


def _opened_name(path: Path | None) -> str:
    if path is None:
        return "message"
    return (
        path.name.removesuffix(".sealed")
        if path.name != ".sealed" and path.suffix == ".sealed"
        else f"{path.name}.opened"
    )


def _facts(opened: Opened) -> dict[str, Any]:
    facts = opened.facts
    time = sent_time(facts.metadata.sent)
    return {
        "mode": facts.mode.word,
        "sender": sender_document(facts.sender),
        "recipients": facts.recipients,
        "post_quantum": facts.post_quantum,
        "sent": None if time is None else rfc3339(time),
        "name": facts.metadata.name,
        "bytes": opened.bytes,
    }


def _tell(invocation: Invocation, opened: Opened) -> None:
    time = sent_time(opened.facts.metadata.sent)
    sent = "" if time is None else f", sent {time:%Y-%m-%d %H:%M} UTC"
    invocation.report.say(f"{_who(opened.facts.sender)}{sent}; complete and unaltered")
    if opened.text_around:
        invocation.report.say("the text around the message is not part of it: anybody may have written that")


def _who(sender: Sender | AnonymousSender) -> str:
    if isinstance(sender, AnonymousSender):
        return "from nobody who can be known: the message is anonymous"
    if sender.identity is not None:
        return f"from yourself ({sender.name})"
    if sender.contact is None:
        return f"from somebody unknown, with the key {sender.id}"
    if sender.verified:
        return f"from {sender.name} (verified)"
    return f"from {sender.name} (not verified: e2e contacts verify {sender.name})"
