"""Who wrote a message, and whether that is somebody whom the reader accepts (section 4)."""

from collections.abc import Sequence

from e2ecli.errors import SenderError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact, RawKeys
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.cards import member_card
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.group_keys import GroupEpoch
from e2ecli.operations.trust import counts_as_verified
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record

SenderKey = SigningPublicKey | X25519PublicKey
"""What a message says of its sender: a signing key, or (deniable messages) an encryption key."""


class Sender(Record):
    """Whose key it is that a message proves, as far as the keyring knows: a contact, or you."""

    key: SenderKey
    contact: Contact | None = None
    identity: Identity | None = None
    trusted_introduction: bool = False
    """Whether somebody whose introductions the configuration trusts introduced them."""
    group: GroupEpoch | None = None
    """The group in whose name the message was sealed."""
    member: Card | None = None
    """The card by which that epoch's roster knows them."""

    @property
    def id(self) -> str | None:
        """The key id, where the signing key is known."""
        if self.identity is not None:
            return self.identity.card.id
        if self.contact is not None:
            return self.contact.id
        return key_id(self.key) if isinstance(self.key, SigningPublicKey) else None

    @property
    def name(self) -> str | None:
        """The petname, or None for somebody unknown."""
        if self.identity is not None:
            return self.identity.name
        if self.contact is not None:
            return self.contact.petname
        return None if self.member is None else self.member.name

    @property
    def shown(self) -> str:
        """The petname, or else the key."""
        return self.name or self.id or f"x25519-{self.key.value.hex()}"

    @property
    def keys(self) -> frozenset[SenderKey]:
        """All keys by which this sender may be meant."""
        known = (self.identity.card.signing_key,) if self.identity is not None else ()
        if self.contact is not None and self.contact.signing_key is not None:
            known = (self.contact.signing_key,)
        return frozenset((self.key, *known))

    @property
    def verified(self) -> bool:
        """Whether you compared safety numbers, or it is you."""
        return self.identity is not None or (self.contact is not None and self.contact.verified is not None)


class AnonymousSender(Record):
    """Nobody in particular: any recipient could have made or altered the message."""


class SenderPolicy(Record):
    """Which senders are accepted. `keys` None accepts every known one."""

    keys: frozenset[SenderKey] | None = None
    names: tuple[str, ...] = ()
    groups: frozenset[bytes] = frozenset()
    """Groups whose members `--from` accepts, by group id."""
    allow_former: bool = False
    allow_unknown: bool = False
    allow_anonymous: bool = False
    require_verified: bool = False


def accepted_from(workspace: Workspace, names: Sequence[str]) -> SenderPolicy:
    """Return the policy that accepts whom `--from` names: people, and groups' members; all without names.

    Raises:
        UnknownNameError: a name is nobody's.
    """
    if not names:
        return SenderPolicy()
    groups = {name: group for name in names if (group := workspace.groups.find(name)) is not None}
    return SenderPolicy(
        keys=frozenset(_key_of(workspace, name) for name in names if name not in groups),
        names=tuple(names),
        groups=frozenset(group.group_id for group in groups.values()),
    )


def _key_of(workspace: Workspace, name: str) -> SenderKey:
    if name == "me":
        return workspace.own_identity().card.signing_key
    source = find_contact(workspace, name).source
    if isinstance(source, RawKeys):
        return source.signing_key or source.x25519
    return source.card.signing_key


def identify(workspace: Workspace, key: SenderKey | None) -> Sender | AnonymousSender:
    """Return whose key a message proves; None is an anonymous sender's.

    Raises:
        KeyringError: nobody has the key, and a file that can't be read might; or two contacts have it.
    """
    if key is None:
        return AnonymousSender()
    if isinstance(key, SigningPublicKey):
        contact = workspace.contacts.find_by_key(key)
    else:
        contact = _only_holder(workspace, key)
    if contact is not None:
        return Sender(key, contact, trusted_introduction=counts_as_verified(workspace, contact))
    return Sender(key, identity=workspace.identity_where(lambda identity: key in _own_keys(identity)))


def identify_in_group(
    workspace: Workspace, sender: Sender | AnonymousSender, origin: GroupEpoch
) -> Sender | AnonymousSender:
    """Return the sender of a message to a group with the card by which its roster knows them."""
    if isinstance(sender, AnonymousSender) or not isinstance(sender.key, SigningPublicKey):
        return sender
    member = member_card(workspace.groups, origin.group, origin.epoch.number, sender.key)
    return sender._replace(group=origin, member=member)


def _only_holder(workspace: Workspace, key: X25519PublicKey) -> Contact | None:
    """Return the one contact with an encryption key, if it isn't yours.

    Nothing proves that a card's encryption key is its owner's: a card may show somebody else's.

    Raises:
        SenderError: several people's cards show the key.
    """
    holders = workspace.contacts.find_by_x25519(key)
    own = [identity.name for identity in workspace.identities.all() if key in _own_keys(identity)]
    names = [*own, *(contact.petname for contact in holders)]
    if len(names) > 1:
        raise SenderError(
            f"the message may be from any of {', '.join(names)}: their cards show the same encryption key",
            "ask each of them, and remove the contact who took another's key",
        )
    return holders[0] if holders else None


def _own_keys(identity: Identity) -> tuple[SenderKey, ...]:
    keys = identity.card.encryption_keys
    return (identity.card.signing_key, *(() if keys is None else (keys.x25519,)))


def check_sender(workspace: Workspace, sender: Sender | AnonymousSender, policy: SenderPolicy) -> None:
    """Check a sender against the policy.

    Raises:
        SenderError: they are not accepted.
    """
    expected = " or ".join(policy.names)
    if isinstance(sender, AnonymousSender):
        if policy.keys is not None:
            raise SenderError(f"the message is anonymous, and not from {expected}")
        if not policy.allow_anonymous:
            raise SenderError(
                "the message is anonymous: it could be from anybody who has your public key",
                "read it all the same with --allow-anonymous",
            )
        if policy.require_verified:
            raise SenderError("the message is anonymous, and a verified sender was required")
        return
    shown = sender.shown
    if not _is_expected(sender, policy):
        raise SenderError(f"the message is from {shown}, and not from {expected}")
    _check_membership(workspace, sender, policy)
    if sender.identity is not None and sender.identity.card.revoked is not None:
        raise SenderError(
            f"your own identity “{shown}” signed this, and is revoked: somebody else may have written it"
        )
    if sender.contact is not None and sender.contact.revoked is not None:
        raise SenderError(
            f"“{shown}” has revoked the identity that signed this message "
            f"({sender.contact.revoked.reason}): somebody else may have written it",
            "ask them for the card of their new identity",
        )
    if _was_revoked(workspace, sender):
        raise SenderError(
            f"{shown} has revoked the identity that signed this message: somebody else may have written it",
            "ask them for the card of their new identity",
        )
    if sender.name is None and not policy.allow_unknown:
        raise SenderError(
            f"the message is from somebody unknown, with the key {shown}",
            "import their card first, or read it all the same with --allow-unknown",
        )
    if policy.require_verified and not (sender.verified or sender.trusted_introduction):
        raise SenderError(
            f"“{shown}” is not verified, and that was required",
            f"compare safety numbers: e2e contacts verify {shown}" if sender.name else None,
        )


def _was_revoked(workspace: Workspace, sender: Sender) -> bool:
    """Whether the keyring remembers a revocation of this key, whose contact may be gone."""
    return isinstance(sender.key, SigningPublicKey) and workspace.contacts.was_revoked(sender.key)


def _is_expected(sender: Sender, policy: SenderPolicy) -> bool:
    if policy.keys is None:
        return True
    in_group = sender.group is not None and sender.member is not None
    return not policy.keys.isdisjoint(sender.keys) or (
        in_group and sender.group is not None and sender.group.group.group_id in policy.groups
    )


def _check_membership(workspace: Workspace, sender: Sender, policy: SenderPolicy) -> None:
    """Check that the signer of a group's message was in that epoch, and still is in the newest one.

    Somebody who was removed still has the old key, and can claim any time.
    """
    if sender.group is None or not isinstance(sender.key, SigningPublicKey):
        return
    group, epoch = sender.group
    if sender.member is None:
        raise SenderError(f"{sender.shown} was no member of the group “{group.name}” in epoch {epoch.number}")
    if epoch == group.newest or policy.allow_former:
        return
    if workspace.groups.member(group, group.newest.number, sender.key) is None:
        raise SenderError(
            f"{sender.shown} has left the group “{group.name}” since epoch {epoch.number}, and may have "
            "written this afterwards",
            "read it all the same with --allow-former",
        )


def note_use(workspace: Workspace, sender: Sender | AnonymousSender) -> None:
    """Note that a message came from this sender, if it is a contact."""
    if isinstance(sender, Sender) and sender.contact is not None:
        workspace.contacts.note_use(sender.contact, workspace.clock())
