"""Opening sealed and deniable messages: decrypt, verify, and only then let out (section 4)."""

from collections.abc import Callable, Iterator

from e2ecli.errors import DamagedError, NotAMessageError
from e2ecli.operations.group_keys import GroupEpoch
from e2ecli.operations.hybrid_recipients import count_hybrid
from e2ecli.operations.keychain import Keychain
from e2ecli.operations.reading import (
    MessageFacts,
    Opened,
    Output,
    ReadMessage,
    ReadPolicy,
    check_accepted,
    let_out,
    refuse_card,
    verified_chunks,
)
from e2ecli.operations.senders import (
    AnonymousSender,
    Sender,
    SenderKey,
    identify,
    identify_in_group,
    note_use,
)
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import EncryptionHeader, SignatureHeader
from e2ecli.saltpack.metadata import MessageType, Metadata, decode_metadata

Verified = tuple[MessageFacts, Iterator[memoryview]]


class Opener:
    """Opens one message after the other under one policy, asking for a passphrase once at most."""

    def __init__(
        self,
        workspace: Workspace,
        policy: ReadPolicy,
        expected_types: frozenset[MessageType] = frozenset({"message"}),
    ) -> None:
        self._workspace = workspace
        self._expected_types = expected_types
        self._policy = policy
        self._keychain = Keychain(workspace)
        self._senders: dict[SenderKey | None, Sender | AnonymousSender] = {}

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
        _check_type(facts, self._expected_types)
        check_accepted(self._workspace, facts, self._policy)
        opened = let_out(message, facts, chunks, start_output)
        if facts.metadata.type == "message":  # what is imported is still to be accepted
            note_use(self._workspace, facts.sender)
        return opened

    def _verify_beginning(self, message: ReadMessage) -> Verified:
        header = message.header
        if isinstance(header, SignatureHeader):
            refuse_card(header, "a message")
            raise NotAMessageError("this is a signed document, not a sealed message", "e2e verify FILE")
        if header.mode is Mode.ENCRYPTION:
            return self._open_encryption(message, header)
        return self._open_signcryption(message, header)

    def _open_signcryption(self, message: ReadMessage, header: EncryptionHeader) -> Verified:
        start = self._keychain.find(lambda keys: signcryption.open_header(header, keys))
        chunks = verified_chunks(message.stream, start.payload)
        metadata = decode_metadata(start.metadata)
        sender = self._identified(start.payload.sender)
        groups = 0
        if isinstance(start.origin, GroupEpoch):
            _check_group(metadata, start.origin)
            sender = identify_in_group(self._workspace, sender, start.origin)
            groups = 1
        facts = MessageFacts(
            mode=header.mode,
            sender=sender,
            recipients=len(header.recipients),
            post_quantum=0 < len(header.recipients) == count_hybrid(header) + groups,
            metadata=metadata,
            header_hash=header.header_hash,
        )
        return facts, chunks

    def _open_encryption(self, message: ReadMessage, header: EncryptionHeader) -> Verified:
        from e2ecli.saltpack import encryption  # noqa: PLC0415  # for deniable messages alone

        start = self._keychain.find(lambda keys: encryption.open_header(header, keys))
        chunks = verified_chunks(message.stream, start.payload)
        facts = MessageFacts(
            mode=header.mode,
            sender=self._identified(start.sender),
            recipients=len(header.recipients),
            post_quantum=False,
            metadata=Metadata(),
            header_hash=header.header_hash,
        )
        return facts, chunks

    def _identified(self, key: SenderKey | None) -> Sender | AnonymousSender:
        """Look each sender up once, however many messages are theirs."""
        if key not in self._senders:
            self._senders[key] = identify(self._workspace, key)
        return self._senders[key]


def _check_group(metadata: Metadata, origin: GroupEpoch) -> None:
    claimed = (metadata.group, metadata.epoch)
    if claimed not in {(None, None), (origin.group.group_id, origin.epoch.number)}:
        raise DamagedError("the message claims another group or epoch than its key is of")


_TYPE_NAMES: dict[MessageType, str] = {
    "introduction": "an introduction",
    "roster": "a group's roster",
}


def _check_type(facts: MessageFacts, expected: frozenset[MessageType]) -> None:
    kind = facts.metadata.type
    if kind not in expected:
        if kind == "message":
            raise NotAMessageError("this is a message, not a card, introduction or roster", "e2e open FILE")
        raise NotAMessageError(
            f"this is {_TYPE_NAMES[kind]}, not a message", "take it into the keyring: e2e import FILE"
        )
