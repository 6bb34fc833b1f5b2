"""What opening and verifying have in common: nothing is let out before it is authenticated and accepted."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from e2ecli.errors import NotAMessageError, SenderError
from e2ecli.operations.senders import (
    AnonymousSender,
    Sender,
    SenderPolicy,
    check_sender,
)
from e2ecli.operations.workspace import Workspace
from e2ecli.records import Record
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import PacketOpener, open_packets
from e2ecli.saltpack.header import Header, SignatureHeader, read_header
from e2ecli.saltpack.messages import MessageSource, open_source
from e2ecli.saltpack.metadata import Metadata
from e2ecli.saltpack.stream import BinarySource, PacketStream

_CLOCK_SKEW_SECONDS = 300


class Output(Protocol):
    """Where content goes: nothing of it is anybody's before `commit`, or before it has verified."""

    def write(self, data: memoryview) -> None:
        """Take a verified chunk."""
        ...

    def commit(self) -> None:
        """The whole message has verified."""
        ...


class MessageFacts(Record):
    """What is known of a message once its first chunk has verified. Signatures have no recipients."""

    mode: Mode
    sender: Sender | AnonymousSender
    recipients: int | None
    post_quantum: bool
    metadata: Metadata
    header_hash: bytes
    """What tells this message from every other, 64 bytes."""


class Opened(Record):
    """A message that is complete, unaltered, and from an accepted sender."""

    facts: MessageFacts
    bytes: int
    text_around: bool


class ReadPolicy(Record):
    """What a message must be to be let out."""

    senders: SenderPolicy
    max_age: timedelta | None = None


class ReadMessage(Record):
    """A message whose header has been read and nothing verified."""

    source: MessageSource
    stream: PacketStream
    header: Header


def read_message(source: BinarySource) -> ReadMessage:
    """Read the header of a message, binary or armored, the latter also within other text.

    Raises:
        DamagedError: it is no message, or its header or armor is damaged.
    """
    message = open_source(source)
    stream = PacketStream(message.binary)
    header = read_header(stream)
    if message.armor is not None:
        message.armor.frame.check(header.mode)
    return ReadMessage(message, stream, header)


def refuse_card(header: SignatureHeader, wanted: str) -> None:
    """Refuse what is signed for a purpose of this program's own; a text of some other's is a surplus field.

    Raises:
        NotAMessageError: it is a card, and not what is `wanted`.
    """
    if header.purpose is not None and header.purpose.startswith("e2e-"):
        raise NotAMessageError(f"this is a card, not {wanted}", "take it into the keyring: e2e import FILE")


def verified_chunks(stream: PacketStream, opener: PacketOpener) -> Iterator[memoryview]:
    """Return the chunks of a message, the first of which has verified when this returns.

    From then on what the header says can be believed.

    Raises:
        DamagedError: the first chunk was altered or forged.
    """
    chunks = open_packets(stream, opener)
    return _again(next(chunks), chunks)


def let_out(
    message: ReadMessage,
    facts: MessageFacts,
    chunks: Iterator[memoryview],
    start_output: Callable[[MessageFacts], Output],
) -> Opened:
    """Write a message, whose sender is accepted, to an output.

    Raises:
        DamagedError: a later chunk was altered, or the message is cut off; the output isn't committed.
    """
    output = start_output(facts)
    length = 0
    for chunk in chunks:
        output.write(chunk)
        length += len(chunk)
    output.commit()
    armor = message.source.armor
    return Opened(facts, length, armor is not None and armor.text_around)


def check_accepted(workspace: Workspace, facts: MessageFacts, policy: ReadPolicy) -> None:
    """Check a message's sender and age against the policy.

    Raises:
        SenderError: the sender is not accepted, or the message too old.
    """
    check_sender(workspace, facts.sender, policy.senders)
    if policy.max_age is None:
        return
    sent = facts.metadata.sent
    if sent is None:
        raise SenderError(
            "the message doesn't say when it was sent, and its age is limited",
            "leave out --max-age, or ask for it without --deniable and --no-metadata",
        )
    age = workspace.clock().timestamp() - sent
    if age < -_CLOCK_SKEW_SECONDS:
        raise SenderError(
            "the message says that it was sent in the future, and its age is limited",
            "compare the clocks of both machines",
        )
    if age > policy.max_age.total_seconds():
        raise SenderError(
            "the message is older than --max-age allows", "ask for it anew, or leave out --max-age"
        )


def _again(first: memoryview, rest: Iterator[memoryview]) -> Iterator[memoryview]:
    yield first
    yield from rest
