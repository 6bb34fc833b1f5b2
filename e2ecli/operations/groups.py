"""A group's life in its owner's hands: create, add, remove, rotate, transfer, share (section 5)."""

import io
from collections.abc import Callable, Sequence

from e2ecli.errors import DamagedError, KeyringError, RecipientError, UsageError
from e2ecli.keyring.cards import whole_second
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.groups import GROUP_ID_BYTES, Group, epoch_of, reading_members
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.keyid import looks_like_key_id
from e2ecli.keyring.petnames import check_petname
from e2ecli.keyring.rosters import GROUP_KEY_BYTES, Roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import member_cards, stored_cards
from e2ecli.operations.contacts import contacts_by_id, find_contact, find_contacts, petname_of
from e2ecli.operations.parallel import mapped
from e2ecli.operations.recipients import Addressee, Addressees
from e2ecli.operations.secret_keys import SecretKeys
from e2ecli.operations.send import Sending, seal
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.messages import Write
from e2ecli.saltpack.stream import PiecesReader


class Membership(Record):
    """Who is in an epoch, by key id."""

    cards: dict[str, SignedCard]

    @classmethod
    def of(cls, cards: Sequence[SignedCard]) -> "Membership":
        """Return the membership that cards make."""
        return cls({card.card.id: card for card in cards})

    def in_order(self) -> list[SignedCard]:
        """Return the members' cards as they stand in a roster, in the order of their key ids."""
        return [card for _, card in sorted(self.cards.items())]


def create_group(workspace: Workspace, name: str, members: Sequence[str]) -> Group:
    """Make a group of yourself and contacts, in its first epoch.

    Raises:
        UsageError: the name can't be one.
        RecipientError: a member is unknown, or their card can't be used.
        LockedError: no passphrase.
    """
    check_petname(name)
    workspace.check_name_free(name)
    identity = workspace.signing_identity()
    membership = Membership.of([identity.signed_card, *_cards_of(workspace, members)])
    roster = _roster(workspace, identity.card.signing_key, membership, random_bytes(GROUP_ID_BYTES), name)
    keys = workspace.keys_of(identity)
    group = Group(name, roster.group_id, name, roster.owner, identity.card.signing_key, ())
    with workspace.directory.writing():
        workspace.check_name_free(name)
        return add_epoch(workspace, group, roster, membership.in_order(), keys)


def add_members(workspace: Workspace, name: str, members: Sequence[str]) -> Group:
    """Make a new epoch with more members. Raises as `next_epoch` does, and RecipientError for cards."""
    added = _cards_of(workspace, members)

    def with_added(current: Membership) -> Membership:
        for card in added:
            if card.card.id in current.cards:
                raise UsageError(
                    f"{card.card.name} is a member of “{name}” already", f"e2e groups show {name}"
                )
        return Membership(current.cards | {card.card.id: card for card in added})

    return next_epoch(workspace, name, with_added)


def remove_members(workspace: Workspace, name: str, members: Sequence[str]) -> Group:
    """Make a new epoch without some members. Raises as `next_epoch` does, and RecipientError for names."""

    def without_removed(current: Membership) -> Membership:
        removed = {_member_id(workspace, current, name, member) for member in members}
        return Membership({id_: card for id_, card in current.cards.items() if id_ not in removed})

    return next_epoch(workspace, name, without_removed)


def rotate_group(workspace: Workspace, name: str) -> Group:
    """Make a new epoch with the same members and their newest cards. Raises as `next_epoch` does."""
    return next_epoch(workspace, name, lambda current: current)


def transfer_group(workspace: Workspace, name: str, new_owner: str) -> Group:
    """Make a new epoch that belongs to another member. Raises as `next_epoch` does."""
    current = _membership(workspace, workspace.groups.get(name))
    owner = current.cards[_member_id(workspace, current, name, new_owner)].card.signing_key
    return next_epoch(workspace, name, lambda membership: membership, owner)


def next_epoch(
    workspace: Workspace,
    name: str,
    change: Callable[[Membership], Membership],
    new_owner: SigningPublicKey | None = None,
) -> Group:
    """Make a group's next epoch, with a new key that former members never get.

    Raises:
        UnknownNameError: there is no such group.
        RecipientError: it isn't yours.
        LockedError: no passphrase.
    """
    group = workspace.groups.get(name)
    identity = owning_identity(workspace, group)
    keys = workspace.keys_of(identity)
    changed = _refreshed(workspace, name, change(_membership(workspace, group)))
    if identity.card.id not in changed.cards:
        raise UsageError(
            "you can't remove yourself from your own group", f"e2e groups transfer {name} NEWOWNER first"
        )
    roster = _roster(workspace, new_owner or group.owner, changed, group.group_id, group.title, after=group)
    with workspace.directory.writing():
        if workspace.groups.get(name) != group:
            raise KeyringError(f"the group “{name}” was changed meanwhile", "try again")
        return add_epoch(workspace, group, roster, changed.in_order(), keys)


def add_epoch(
    workspace: Workspace, group: Group, roster: Roster, members: list[SignedCard], keys: SecretKeys
) -> Group:
    """Store a roster as a group's newest epoch. The caller holds the keyring's lock.

    Arguments:
        members: the roster's cards, verified, in its order.
    """
    sealed_key = group.seal_key(roster.epoch, roster.key, keys)
    epoch = epoch_of(roster, members, sealed_key)
    handed_over_by = group.owner if group.epochs and roster.owner != group.owner else None
    grown = group._replace(
        owner=roster.owner,
        epochs=(*group.epochs, epoch),
        revoked=_revoked_among(workspace, members),
        handed_over_by=handed_over_by,
    )
    ids = (member.card.id for member in members)
    workspace.groups.write_members(group.name, roster.epoch, dict(zip(ids, roster.members, strict=True)))
    workspace.groups.write(grown)
    return grown


def _revoked_among(workspace: Workspace, members: list[SignedCard]) -> tuple[SigningPublicKey, ...]:
    """Return the members whose revocation the keyring knows of."""
    contacts = contacts_by_id(workspace, (member.card.id for member in members))
    revoked = []
    for member in members:
        key = member.card.signing_key
        contact = contacts.get(member.card.id)
        is_revoked = member.card.revoked is not None or (contact is not None and contact.revoked is not None)
        if is_revoked or workspace.contacts.was_revoked(key):
            revoked.append(key)
    return tuple(revoked)


def owning_identity(workspace: Workspace, group: Group) -> Identity:
    """Return your identity that owns a group.

    Raises:
        RecipientError: somebody else owns it.
    """
    identity = workspace.identity_where(lambda one: one.card.signing_key == group.owner)
    if identity is not None:
        return identity
    owner = petname_of(workspace, group.owner)
    raise RecipientError(
        f"the group “{group.name}” is not yours to change",
        "its owner can" if owner is None else f"ask {owner}",
    )


def forget_epochs(workspace: Workspace, name: str, before: int) -> Group:
    """Delete the keys of old epochs for good.

    Raises:
        UsageError: that would leave none.
    """
    with workspace.directory.writing():
        group = workspace.groups.get(name)
        if before > group.newest.number:
            raise UsageError(
                f"the newest epoch of “{name}” is {group.newest.number}, and stays",
                f"make a new one first: e2e groups rotate {name}",
            )
        kept = tuple(epoch for epoch in group.epochs if epoch.number >= before)
        shrunk = group._replace(epochs=kept)
        workspace.groups.write(shrunk)
    return shrunk


def leave_group(workspace: Workspace, name: str) -> Group:
    """Remove a group from the keyring. Only its owner can tell the others.

    Raises:
        UsageError: it is yours.
    """
    with workspace.directory.writing():
        group = workspace.groups.get(name)
        if group.owner == group.identity and len(workspace.groups.member_ids(group, group.newest.number)) > 1:
            raise UsageError(
                f"the group “{name}” is yours: the others would be left without an owner",
                f"e2e groups transfer {name} NEWOWNER, then share it, then leave",
            )
        workspace.groups.remove(group)
    return group


class Update(Record):
    """A group's newest roster, ready to be sealed to the others."""

    group: Group
    sending: Sending
    roster: Roster

    def __repr__(self) -> str:
        return f"Update({self.group.name!r}, epoch {self.group.newest.number}, text redacted)"


def prepare_update(workspace: Workspace, name: str) -> Update:
    """Put the newest roster together again, for all other members.

    Raises:
        UnknownNameError: there is no such group.
        RecipientError: it isn't yours (nor was until the last epoch).
        LockedError: no passphrase.
    """
    group = workspace.groups.get(name)
    identity = _sharing_identity(workspace, group)
    keys = workspace.keys_of(identity)
    epoch = group.newest
    members = workspace.groups.members(group, epoch.number)
    roster = Roster(
        group.group_id,
        group.title,
        group.owner,
        epoch.number,
        epoch.previous,
        epoch.issued,
        members,
        group.open_key(epoch, keys),
    )
    with reading_members(members.path):
        if roster.fingerprint() != epoch.fingerprint:
            raise DamagedError("its fingerprint is another")
    people = tuple(
        Addressee(card.name, card.encryption_keys, verified=True, card=card)
        for card in member_cards(members)
        if card.encryption_keys is not None and card.signing_key != identity.card.signing_key
    )
    addressees = Addressees(people, ())
    sending = Sending(workspace, addressees, identity, keys, (), Mode.SIGNCRYPTION, metadata=True)
    return Update(group, sending, roster)


def seal_update(update: Update, people: tuple[Addressee, ...], write: Write, *, armored: bool) -> None:
    """Seal a group's newest roster to some of its members."""
    sending = update.sending._replace(addressees=Addressees(people, ()))
    source = io.BufferedReader(PiecesReader(update.roster.pieces()))
    context = (update.group.group_id, update.group.newest.number)
    seal(sending, source, write, None, armored=armored, kind="roster", group=context)


def _sharing_identity(workspace: Workspace, group: Group) -> Identity:
    """Return the identity that issued the newest epoch: the owner, or the one who handed the group over."""
    for identity in workspace.readable_identities():
        if identity.card.signing_key == group.issuer:
            return identity
    return owning_identity(workspace, group)


def _roster(
    workspace: Workspace,
    owner: SigningPublicKey,
    members: Membership,
    group_id: bytes,
    title: str,
    after: Group | None = None,
) -> Roster:
    return Roster(
        group_id=group_id,
        name=title,
        owner=owner,
        epoch=1 if after is None else after.newest.number + 1,
        previous=None if after is None else after.newest.fingerprint,
        issued=whole_second(workspace.clock()),
        members=tuple(mapped(lambda card: card.armored, members.in_order())),
        key=SecretBytes(random_bytes(GROUP_KEY_BYTES)),
    )


def _cards_of(workspace: Workspace, names: Sequence[str]) -> list[SignedCard]:
    if not names:
        raise UsageError("name at least one member")
    contacts = find_contacts(workspace, names)
    return [_usable_card(workspace, *pair) for pair in zip(names, contacts, strict=True)]


def _usable_card(workspace: Workspace, name: str, contact: Contact) -> SignedCard:
    signed_card = contact.signed_card
    if signed_card is None:
        raise RecipientError(
            f"“{name}” has only raw keys: their software knows no groups",
            f"write to them beside the group: e2e send {name}",
        )
    if contact.revoked is not None:
        raise RecipientError(f"“{name}” has revoked this identity", "ask for the card of their new one")
    if contact.expired(workspace.clock()):
        raise RecipientError(f"the card of “{name}” has expired", "ask them for a newer one")
    keys = signed_card.card.encryption_keys
    if keys is None or keys.hybrid is None:
        raise RecipientError(
            f"the card of “{name}” has no post-quantum key, which groups need",
            "ask them for a card that has one",
        )
    return signed_card


def _membership(workspace: Workspace, group: Group) -> Membership:
    members = workspace.groups.members(group, group.newest.number)
    return Membership.of(list(stored_cards(members)))


def _refreshed(workspace: Workspace, group: str, members: Membership) -> Membership:
    """Return the membership with the newest cards that the keyring has."""
    own = {identity.card.id: identity.signed_card for identity in workspace.readable_identities()}
    contacts = contacts_by_id(workspace, members.cards)
    if not members.cards.keys() <= own.keys() | contacts.keys():
        workspace.identities.survey().check()  # one that can't be read may be a member, and be revoked
    refreshed = {}
    for id_, card in members.cards.items():
        contact = contacts.get(id_)
        newer = own.get(id_) or (None if contact is None else contact.signed_card) or card
        if newer.card.revoked is not None:
            raise RecipientError(
                f"{newer.card.name} has revoked their identity, and can't stay in the group",
                f"e2e groups remove {group} {id_ if contact is None else contact.petname}",
            )
        refreshed[id_] = newer if newer.card.issued >= card.card.issued else card
    return Membership(refreshed)


def _member_id(workspace: Workspace, members: Membership, group: str, name: str) -> str:
    """Return the key id of the member whom a name means: your petname, a key id, or a name on the roster.

    Your own names come first: what stands on a member's card is that member's choice.
    """
    own = [workspace.identities.get(name).card.id] if name in workspace.identities.names() else []
    contact = None if looks_like_key_id(name) else workspace.contacts.find(name)
    known = own[0] if own else name if contact is None else contact.id
    if known in members.cards:
        return known
    by_card = [id_ for id_, card in members.cards.items() if card.card.name == name]
    if contact is None and not own and len(by_card) == 1:
        return by_card[0]
    if not own and not by_card:
        find_contact(workspace, name)
    raise RecipientError(f"“{name}” is no member of the group “{group}”", f"e2e groups show {group}")
