"""Opening: decrypt, verify, and only then let out, from senders who are accepted (section 4)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple, Protocol

from e2ecli.errors import NotAMessageError, SenderError
from e2ecli.operations.inspect_message import hybrid_recipients
from e2ecli.operations.keychain import Keychain
from e2ecli.operations.senders import AnonymousSender, Sender, SenderPolicy, check_sender, identify
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack.armor import MessageSource, open_source
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import open_packets
from e2ecli.saltpack.header import EncryptionHeader, SignatureHeader, read_header
from e2ecli.saltpack.metadata import Metadata, decode_metadata
from e2ecli.saltpack.stream import BinarySource, PacketStream

_CLOCK_SKEW_SECONDS = 300


class Output(Protocol):
    """Where plaintext goes: nothing of it is anybody's before `commit`, or before it has verified."""

    def write(self, data: memoryview) -> None:
        """Take a verified chunk."""
        ...

    def commit(self) -> None:
        """The whole message has verified."""
        ...


class MessageFacts(NamedTuple):
    """What is known of a message once its first chunk has verified."""

    mode: Mode
    sender: Sender | AnonymousSender
    recipients: int
    post_quantum: bool
    metadata: Metadata


class Opened(NamedTuple):
    """A message that is complete, unaltered, and from an accepted sender."""

    facts: MessageFacts
    bytes: int
    text_around: bool


class OpenPolicy(NamedTuple):
    """What a message must be to be opened."""

    senders: SenderPolicy
    max_age: timedelta | None = None


class Opener:
    """Opens one message after the other under one policy, asking for a passphrase once at most."""

    def __init__(self, workspace: Workspace, policy: OpenPolicy) -> None:
        self._workspace = workspace
        self._policy = policy
        self._keychain = Keychain(workspace)

    def open(self, source: BinarySource, start_output: Callable[[MessageFacts], Output]) -> Opened:
        """Open a message.

        Arguments:
            source: the message, binary or armored, the latter also within other text.
            start_output: called once the first chunk has verified and the sender is accepted.

        Raises:
            DamagedError: it is damaged, forged, cut off, or no message.
            NotForYouError: no key opens it.
            SenderError: its sender is not accepted.
            LockedError: the key that might open it is locked.
        """
        message = open_source(source)
        facts, chunks = self._verify_beginning(message)
        self._check(facts)
        output = start_output(facts)
        length = 0
        for chunk in chunks:
            output.write(chunk)
            length += len(chunk)
        output.commit()
        return Opened(facts, length, message.armor is not None and message.armor.text_around)

    def _verify_beginning(self, message: MessageSource) -> tuple[MessageFacts, Iterator[memoryview]]:
        """Verify the first chunk, so that what the header says can be believed."""
        stream = PacketStream(message.binary)
        header = read_header(stream)
        if message.armor is not None:
            message.armor.frame.check(header.mode)
        if isinstance(header, SignatureHeader) or header.mode is not Mode.SIGNCRYPTION:
            raise _not_sealed(header)
        start = self._keychain.open_header(header)
        chunks = open_packets(stream, start.payload)
        first = next(chunks)
        facts = MessageFacts(
            mode=header.mode,
            sender=identify(self._workspace, start.payload.sender),
            recipients=len(header.recipients),
            post_quantum=0 < len(header.recipients) == hybrid_recipients(header),
            metadata=decode_metadata(start.metadata),
        )
        return facts, _again(first, chunks)

    def _check(self, facts: MessageFacts) -> None:
        if facts.metadata.type != "message":
            raise NotAMessageError(
                f"this is a group's {facts.metadata.type}, not a message"
                if facts.metadata.type == "roster"
                else "this is an introduction, not a message",
                "take it into the keyring: e2e import FILE",
            )
        check_sender(facts.sender, self._policy.senders)
        self._check_age(facts.metadata.sent)

    def _check_age(self, sent: int | None) -> None:
        if self._policy.max_age is None:
            return
        if sent is None:
            raise SenderError("the message doesn't say when it was sent, and its age is limited")
        age = self._workspace.clock().timestamp() - sent
        if age < -_CLOCK_SKEW_SECONDS:
            raise SenderError("the message says that it was sent in the future, and its age is limited")
        if age > self._policy.max_age.total_seconds():
            raise SenderError("the message is older than --max-age allows")


def _again(first: memoryview, rest: Iterator[memoryview]) -> Iterator[memoryview]:
    yield first
    yield from rest


def _not_sealed(header: SignatureHeader | EncryptionHeader) -> NotAMessageError:
    if isinstance(header, EncryptionHeader):
        return NotAMessageError("this message is of Saltpack's encryption mode, which is not opened yet")
    if header.purpose is not None:
        return NotAMessageError("this is a card, not a message", "take it into the keyring: e2e import FILE")
    return NotAMessageError("this is a signed document, not a sealed message", "e2e verify FILE")
