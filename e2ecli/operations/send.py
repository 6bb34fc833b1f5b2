"""Sealing: encrypt to everybody named and sign, a stream at a time (sections 2.1, 2.2 and 2.4)."""

from collections.abc import Iterable

from e2ecli.errors import RecipientError
from e2ecli.keyring.identities import Identity
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.recipients import (
    Addressees,
    person_entry,
    require_members_verified,
    require_post_quantum,
    require_verified,
    resolve,
    shuffled,
)
from e2ecli.operations.secret_keys import SecretKeys
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519KeyError
from e2ecli.records import Record
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import PacketSealer, seal_packets
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.messages import Write, write_message
from e2ecli.saltpack.metadata import MessageType, Metadata, encode_metadata
from e2ecli.saltpack.stream import BinarySource, CountedSource


class SendOptions(Record):
    """How to send."""

    anonymous: bool = False
    deniable: bool = False
    to_self: bool = False
    require_verified: bool = False
    require_pq: bool = False
    metadata: bool = True


class Sending(Record):
    """Everything resolved and unlocked once, for any number of messages to the same people."""

    workspace: Workspace
    addressees: Addressees
    sender: Identity | None
    """None for an anonymous message."""
    keys: SecretKeys | None
    group_keys: tuple[SecretBytes, ...]
    mode: Mode
    metadata: bool

    @property
    def unverified(self) -> list[str]:
        """The names of those with whom no safety number was compared."""
        return [person.name for person in self.addressees.people if not person.verified]

    @property
    def not_post_quantum(self) -> list[str]:
        """The names of those whose keys a quantum computer could break."""
        return [
            person.name
            for person in self.addressees.people
            if self.mode is Mode.ENCRYPTION or not person.post_quantum
        ]


class Sent(Record):
    """What was sent: how many bytes of plaintext, and the metadata if there is any."""

    bytes: int
    metadata: Metadata | None


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
        require_verified(addressees.people)
        for group in addressees.groups:
            require_members_verified(workspace, group)
    if options.require_pq or config.require_pq:
        if options.deniable:
            raise RecipientError(
                "a deniable message can't be post-quantum safe, and that was required", "leave out --deniable"
            )
        require_post_quantum(addressees.people)
    identity = None if options.anonymous else _sender(workspace, addressees)
    _check_groups(addressees, identity, options)
    keys = None if identity is None else workspace.keys_of(identity)
    return Sending(
        workspace,
        addressees,
        sender=identity,
        keys=keys,
        group_keys=_group_keys(addressees, keys),
        mode=Mode.ENCRYPTION if options.deniable else Mode.SIGNCRYPTION,
        # Only readers of cards know the seventh field: some other software refuses messages that have it.
        metadata=options.metadata
        and not options.deniable
        and all(person.has_card for person in addressees.people),
    )


def _sender(workspace: Workspace, addressees: Addressees) -> Identity:
    """Return the identity to sign as: the one that is the group's member, unless told otherwise."""
    identity = workspace.signing_identity()
    if workspace.as_identity is None and addressees.groups:
        members = {group.identity for group in addressees.groups}
        other = workspace.identity_where(lambda one: members == {one.card.signing_key})
        if other is not None:
            return workspace._replace(as_identity=other.name).signing_identity()
    return identity


def _check_groups(addressees: Addressees, identity: Identity | None, options: SendOptions) -> None:
    for group in addressees.groups:
        if options.deniable:
            raise RecipientError(
                f"a message to the group “{group.name}” can't be deniable",
                "leave out --deniable, or name the members one by one",
            )
        if identity is None:
            raise RecipientError(
                f"a message to the group “{group.name}” can't be anonymous: members accept members alone",
                "leave out --anonymous, or name the members one by one",
            )
        if group.identity != identity.card.signing_key:
            raise RecipientError(
                f"“{identity.name}” is not your identity in the group “{group.name}”",
                "say with --as which identity to send as",
            )


def _group_keys(addressees: Addressees, keys: SecretKeys | None) -> tuple[SecretBytes, ...]:
    return () if keys is None else tuple(group.open_key(group.newest, keys) for group in addressees.groups)


def seal(
    sending: Sending,
    source: BinarySource,
    write: Write,
    name: str | None,
    *,
    armored: bool,
    kind: MessageType = "message",
    group: tuple[bytes, int] | None = None,
) -> Sent:
    """Seal everything in `source` as one message.

    Arguments:
        write: takes the message, piece by piece.
        name: the file's base name, for the metadata.
        armored: whether to write text.
        kind: what the metadata says that the message is.
        group: the group id and epoch that a roster is of.
    """
    metadata = None
    if sending.metadata:
        metadata = _metadata(sending, kind, name, group)
    try:
        header, sealer = _start(sending, metadata)
    except X25519KeyError as error:
        raise RecipientError(f"a recipient can't be sealed to: {error.message}") from error
    counted = CountedSource(source)
    write_message(write, sending.mode, header, seal_packets(counted, sealer), armored=armored)
    for person in sending.addressees.people:
        if person.contact is not None:
            sending.workspace.contacts.note_use(person.contact, sending.workspace.clock())
    return Sent(counted.bytes, metadata)


def _metadata(
    sending: Sending, kind: MessageType, name: str | None, group: tuple[bytes, int] | None
) -> Metadata:
    if group is None and len(sending.addressees.groups) == 1:
        only = sending.addressees.groups[0]
        group = (only.group_id, only.newest.number)
    group_id, epoch = group or (None, None)
    sent = int(sending.workspace.clock().timestamp())
    return Metadata(kind, sent, _sendable(name), group_id, epoch)


def _start(sending: Sending, metadata: Metadata | None) -> tuple[bytes, PacketSealer]:
    keys = MessageKeys.generate()
    people = sending.addressees.people
    if sending.mode is Mode.ENCRYPTION:
        from e2ecli.saltpack import encryption  # noqa: PLC0415  # for deniable messages alone

        sender = None if sending.keys is None else sending.keys.encryption_keys[0]
        recipients = shuffled(person.keys.x25519 for person in people)
        return encryption.seal_header(sender, recipients, keys)
    ephemeral_public_key = keys.ephemeral.public_key
    entries = shuffled(
        (
            *map(person_entry, people),
            *(group_recipient(key, ephemeral_public_key) for key in sending.group_keys),
        )
    )
    signer = None if sending.keys is None else sending.keys.signer
    return signcryption.seal_header(
        signer, entries, keys, None if metadata is None else encode_metadata(metadata)
    )


def _sendable(name: str | None) -> str | None:
    """Return a file's name if it is Unicode text; the operating system's names need not be."""
    try:
        return None if name is None else name.encode().decode()
    except UnicodeEncodeError:
        return None
