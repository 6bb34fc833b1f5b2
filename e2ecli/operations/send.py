"""Sealing: encrypt to everybody named and sign, a stream at a time (sections 2.1, 2.2 and 2.4)."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from e2ecli.operations.recipients import (
    Addressee,
    recipient_entries,
    require_post_quantum,
    require_verified,
    resolve,
)
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.saltpack.armor import ArmorWriter, Frame
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import seal_header
from e2ecli.saltpack.stream import BinarySource

Write = Callable[[bytes | memoryview], object]


class SendOptions(NamedTuple):
    """How to send."""

    anonymous: bool = False
    to_self: bool = False
    require_verified: bool = False
    require_pq: bool = False
    metadata: bool = True


class Sending(NamedTuple):
    """Everything resolved and unlocked once, for any number of messages to the same people."""

    workspace: Workspace
    addressees: tuple[Addressee, ...]
    sender: str | None
    signer: SigningSecretKey | None
    metadata: bool

    @property
    def unverified(self) -> list[str]:
        """The names of those with whom no safety number was compared."""
        return [addressee.name for addressee in self.addressees if not addressee.verified]

    @property
    def not_post_quantum(self) -> list[str]:
        """The names of those whose keys a quantum computer could break."""
        return [addressee.name for addressee in self.addressees if not addressee.post_quantum]


class Sent(NamedTuple):
    """What was sent: the plaintext's bytes, and the time and name in the metadata."""

    bytes: int
    sent: int | None
    name: str | None


def prepare(workspace: Workspace, names: Iterable[str], options: SendOptions) -> Sending:
    """Resolve the recipients and unlock the sender's key.

    Raises:
        RecipientError: somebody is unknown, expired, revoked, or not verified or post-quantum where required.
        LockedError: no passphrase for the sender's key.
        KeyringError: there is no identity to send as.
    """
    config = workspace.config
    to_self = options.to_self or config.send_to_self
    addressees = resolve(workspace, [*names, *(["me"] if to_self else [])])
    if options.require_verified or config.require_verified:
        require_verified(addressees)
    if options.require_pq or config.require_pq:
        require_post_quantum(addressees)
    identity = None if options.anonymous else workspace.own_identity()
    return Sending(
        workspace,
        tuple(addressees),
        sender=None if identity is None else identity.name,
        signer=None if identity is None else workspace.unlock(identity).signing_key(),
        # Only readers of cards know the seventh field: some other software refuses messages that have it.
        metadata=options.metadata and all(addressee.has_card for addressee in addressees),
    )


def seal(sending: Sending, source: BinarySource, write: Write, name: str | None, *, armored: bool) -> Sent:
    """Seal everything in `source` as one message.

    Arguments:
        write: takes the message, piece by piece.
        name: the file's base name, for the metadata.
        armored: whether to write text.
    """
    sent = int(sending.workspace.clock().timestamp()) if sending.metadata else None
    metadata = encode_metadata(Metadata(sent=sent, name=name)) if sending.metadata else None
    header, sealer = seal_header(
        sending.signer, recipient_entries(sending.addressees), MessageKeys.generate(), metadata
    )
    armor = ArmorWriter(write, Frame.of(Mode.SIGNCRYPTION)) if armored else None
    put = write if armor is None else armor.write
    put(header)
    counted = CountedSource(source)
    for packet in seal_packets(counted, sealer):
        put(packet)
    if armor is not None:
        armor.finish()
    return Sent(counted.bytes, sent, name if sending.metadata else None)


class CountedSource:
    """A source that counts the bytes read from it."""

    def __init__(self, source: BinarySource) -> None:
        self._source = source
        self.bytes = 0
        self.peek = source.peek

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes, and count."""
        data = self._source.read(size)
        self.bytes += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """Read into `buffer`, and count."""
        count = self._source.readinto(buffer) or 0
        self.bytes += count
        return count
