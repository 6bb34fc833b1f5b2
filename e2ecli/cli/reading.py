"""What `open` and `verify` share on the command line: whom to accept, and what is told of a message."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from e2ecli import limits
from e2ecli.cli.documents import metadata_document
from e2ecli.cli.invocation import Invocation
from e2ecli.cli.names import completing, everybody
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.streams import Destination, open_input, plaintext_stdout
from e2ecli.cli.values import split_names
from e2ecli.cli.words import expiry_warning, trust
from e2ecli.errors import UsageError
from e2ecli.keyring.files import naming
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.contacts import petname_of
from e2ecli.operations.group_keys import GroupEpoch
from e2ecli.operations.outputs import HeldStream, OutputFile, SpecialOutput
from e2ecli.operations.reading import MessageFacts, Opened, Output, ReadMessage, read_message
from e2ecli.operations.senders import AnonymousSender, Sender, SenderPolicy, accepted_from
from e2ecli.operations.workspace import Workspace
from e2ecli.records import Record
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.stream import BinarySource

Choose = Callable[[MessageFacts], OutputFile | None]
"""Which file a message's content goes to; None is stdout."""


def sender_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--from`, `--allow-unknown` and `--require-verified`."""
    for option in (
        click.option("--require-verified", is_flag=True, help="Refuse senders whom you have not verified."),
        click.option("--allow-unknown", is_flag=True, help="Accept senders who are not in the keyring."),
        click.option(
            "--from",
            "senders",
            multiple=True,
            metavar="NAME",
            help="Accept no other sender; repeatable.",
            shell_complete=completing(everybody, separated=True),
        ),
    ):
        function = option(function)
    return function


def sender_policy(
    invocation: Invocation,
    senders: tuple[str, ...],
    *,
    allow_unknown: bool,
    require_verified: bool,
    allow_anonymous: bool = False,
    allow_former: bool = False,
) -> SenderPolicy:
    """Return the policy that options and configuration make together."""
    for value in senders:
        if not all(name.strip() for name in value.split(",")):
            raise UsageError("--from needs a name, and one given is empty")
    policy = accepted_from(invocation.workspace, split_names(senders))
    return policy._replace(
        allow_former=allow_former,
        allow_unknown=allow_unknown,
        allow_anonymous=allow_anonymous,
        require_verified=require_verified or invocation.workspace.config.require_verified,
    )


def read_into(
    invocation: Invocation,
    path: Path | None,
    read: Callable[[ReadMessage, Callable[[MessageFacts], Output]], Opened],
    choose: Choose,
    *,
    forced: bool,
    atomic: bool = False,
    once: bool = False,
) -> dict[str, Any]:
    """Read a message from a file or stdin, let its content out, and tell who wrote it.

    `forced` writes anything to a terminal; `atomic` lets nothing out, however long the message, before the
    whole of it has verified; `once` opens a message that was never opened so before.
    """
    with ExitStack() as stack:
        given = stack.enter_context(open_input(path))

        told: list[Telling] = []

        def start_output(facts: MessageFacts) -> Output:
            # What is to be told is looked up now: nothing may fail once the output is there.
            told.append(telling(invocation, facts))
            file = choose(facts)
            output: Output = (
                plaintext_stdout(given.shown, forced=forced)
                if file is None
                else stack.enter_context(file.open())
            )
            return _opened_once(invocation.workspace, facts, output) if once else output

        source = stack.enter_context(shown_progress(given, quiet=invocation.report.quiet))
        if atomic:
            source = stack.enter_context(
                verified_copy(source, lambda copy: read(read_message(copy), _Nowhere))
            )
        opened = read(read_message(source), start_output)
    return tell(invocation, told[0], opened)


def _opened_once(workspace: Workspace, facts: MessageFacts, output: Output) -> Output:
    from e2ecli.operations.once import Claim, OnceOutput  # noqa: PLC0415  # only where it is asked for

    private = not isinstance(output, HeldStream | SpecialOutput)
    return OnceOutput(output, Claim(workspace, facts), private=private)


class _Nowhere:
    """Takes the content of a message that is only to be verified."""

    def __init__(self, _: MessageFacts) -> None:
        pass

    def write(self, data: memoryview) -> None:
        """Forget a verified chunk."""

    def commit(self) -> None:
        """The whole message has verified."""


@contextmanager
def verified_copy(source: BinarySource, verify: Callable[[BinarySource], object]) -> Iterator[BinarySource]:
    """Yield a private copy of a message, still sealed, that `verify` has read to its end."""
    import tempfile  # noqa: PLC0415  # only where it is asked for

    with tempfile.TemporaryFile() as copy:
        with naming("the temporary copy"):
            while piece := source.read(limits.MIB):
                copy.write(piece)
            copy.seek(0)
        verify(io.BufferedReader(io.FileIO(copy.fileno(), closefd=False)))
        copy.seek(0)
        yield io.BufferedReader(io.FileIO(copy.fileno(), closefd=False))


def into(destination: Destination, name: str) -> Choose:
    """Choose what the options say; a file called `name` in a directory.

    Raises:
        FileError: the file may not be written, which is checked before any work.
    """
    if destination.to_stdout:
        return lambda _: None
    file = destination.output_file(name)
    file.check()
    return lambda _: file


class Telling(Record):
    """What is told of a message, in words and to machines, once it has been let out."""

    words: tuple[str, ...]
    warning: str | None
    document: dict[str, Any]


def telling(invocation: Invocation, facts: MessageFacts) -> Telling:
    """Look up all that is to be told of a message."""
    document = metadata_document(facts.metadata)
    sent = "" if document["sent"] is None else f", sent {document['sent']}"
    words = (f"{_who(facts, invocation.workspace)}{sent}; complete and unaltered",)
    warning = None
    if isinstance(facts.sender, Sender) and facts.sender.contact is not None:
        contact, now = facts.sender.contact, invocation.workspace.clock()
        warning = expiry_warning(f"the card of {contact.petname}", contact.card, now, "ask for a newer one")
    return Telling(
        words,
        warning,
        {
            "mode": facts.mode.word,
            "sender": _sender_document(facts.sender),
            "recipients": facts.recipients,
            "post_quantum": facts.post_quantum,
            **document,
        },
    )


def tell(invocation: Invocation, told: Telling, opened: Opened) -> dict[str, Any]:
    """Tell who wrote a message, and return its facts for machines."""
    for line in told.words:
        invocation.report.say(line)
    if told.warning is not None:
        invocation.report.warn(told.warning)
    if opened.text_around:
        invocation.report.say("the text around the message is not part of it: anybody may have written that")
    return told.document | {"bytes": opened.bytes}


def _member(sender: Sender, origin: GroupEpoch, workspace: Workspace) -> str:
    """Describe a group's member: “carol, in team, epoch 3, introduced by alice”."""
    group, epoch = origin
    where = f"in {group.name}, epoch {epoch.number}"
    if epoch != group.newest:
        where += f" (the newest is {group.newest.number})"
    if sender.verified:
        return f"{sender.name} (verified), {where}"
    if sender.contact is not None:
        return f"{sender.name} ({trust(sender.contact, workspace)}), {where}"
    owner = petname_of(workspace, group.owner) or key_id(group.owner)
    return f"{sender.name}, {where}, introduced by {owner}"


def _who(facts: MessageFacts, workspace: Workspace) -> str:
    sender = facts.sender
    if isinstance(sender, AnonymousSender):
        return "from nobody who can be known: the message is anonymous"
    if facts.mode is Mode.ENCRYPTION:
        return f"deniable: you know it is from {_described(sender, workspace)}, you can't prove it"
    action = "from" if facts.mode is Mode.SIGNCRYPTION else "signed by"
    return f"{action} {_described(sender, workspace)}"


def _described(sender: Sender, workspace: Workspace) -> str:
    if sender.identity is not None:
        where = "" if sender.group is None else f", in {sender.group.group.name}"
        return f"yourself ({sender.name}){where}"
    if sender.group is not None and sender.member is not None:
        return _member(sender, sender.group, workspace)
    if sender.contact is None:
        return f"somebody unknown, with the key {sender.shown}"
    if sender.verified:
        return f"{sender.name} (verified)"
    return f"{sender.name} ({trust(sender.contact, workspace)}; e2e contacts verify {sender.name})"


def _sender_document(sender: Sender | AnonymousSender) -> dict[str, Any] | None:
    """Return a message's sender; null for an anonymous one."""
    if isinstance(sender, AnonymousSender):
        return None
    introduced_by = None if sender.contact is None else sender.contact.introduced_by
    return {
        "name": sender.name,
        "id": sender.id,
        "verified": sender.verified,
        "introduced_by": None if introduced_by is None else key_id(introduced_by),
        "group": None if sender.group is None else sender.group.group.name,
    }
