"""Opening sealed and deniable messages: decrypt, verify, and only then let out (section 4)."""

from collections.abc import Callable, Iterator

from e2ecli.errors import NotAMessageError
from e2ecli.operations.inspect_message import hybrid_recipients
from e2ecli.operations.keychain import Keychain
from e2ecli.operations.reading import (
    MessageFacts,
    Opened,
    Output,
    ReadMessage,
    ReadPolicy,
    check_accepted,
    let_out,
    verified_chunks,
)
from e2ecli.operations.senders import identify
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack import encryption, signcryption
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import EncryptionHeader, SignatureHeader
from e2ecli.saltpack.metadata import MessageType, Metadata, decode_metadata

Verified = tuple[MessageFacts, Iterator[memoryview]]


class Opener:
    """Opens one message after the other under one policy, asking for a passphrase once at most."""

    def __init__(
        self, workspace: Workspace, policy: ReadPolicy, expected_type: MessageType = "message"
    ) -> None:
        self._workspace = workspace
        self._expected_type = expected_type
        self._policy = policy
        self._keychain = Keychain(workspace)

    def open(self, message: ReadMessage, start_output: Callable[[MessageFacts], Output]) -> Opened:
        """Open a message.

        Arguments:
            start_output: called once the first chunk has verified and the sender is accepted.

        Raises:
            DamagedError: it is damaged, forged, cut off, or no sealed message.
            NotForYouError: no key opens it.
            SenderError: its sender is not accepted.
            LockedError: the key that might open it is locked.
        """
        facts, chunks = self._verify_beginning(message)
        _check_type(facts, self._expected_type)
        check_accepted(self._workspace, facts, self._policy)
        return let_out(message, facts, chunks, start_output)

    def _verify_beginning(self, message: ReadMessage) -> Verified:
        header = message.header
        if isinstance(header, SignatureHeader):
            raise _not_sealed(header)
        if header.mode is Mode.ENCRYPTION:
            return self._open_encryption(message, header)
        return self._open_signcryption(message, header)

    def _open_signcryption(self, message: ReadMessage, header: EncryptionHeader) -> Verified:
        start = self._keychain.find(lambda keys: signcryption.open_header(header, keys))
        chunks = verified_chunks(message.stream, start.payload)
        facts = MessageFacts(
            mode=header.mode,
            sender=identify(self._workspace, start.payload.sender),
            recipients=len(header.recipients),
            post_quantum=0 < len(header.recipients) == hybrid_recipients(header),
            metadata=decode_metadata(start.metadata),
        )
        return facts, chunks

    def _open_encryption(self, message: ReadMessage, header: EncryptionHeader) -> Verified:
        start = self._keychain.find(lambda keys: encryption.open_header(header, keys))
        chunks = verified_chunks(message.stream, start.payload)
        facts = MessageFacts(
            mode=header.mode,
            sender=identify(self._workspace, start.sender),
            recipients=len(header.recipients),
            post_quantum=False,
            metadata=Metadata(),
        )
        return facts, chunks


_TYPE_NAMES: dict[MessageType, str] = {
    "message": "a message",
    "introduction": "an introduction",
    "roster": "a group's roster",
}


def _check_type(facts: MessageFacts, expected: MessageType) -> None:
    kind = facts.metadata.type
    if kind != expected:
        hint = "e2e open FILE" if kind == "message" else "take it into the keyring: e2e import FILE"
        raise NotAMessageError(f"this is {_TYPE_NAMES[kind]}, not {_TYPE_NAMES[expected]}", hint)


def _not_sealed(header: SignatureHeader) -> NotAMessageError:
    if header.purpose is not None:
        return NotAMessageError("this is a card, not a message", "take it into the keyring: e2e import FILE")
    return NotAMessageError("this is a signed document, not a sealed message", "e2e verify FILE")
