"""From names to recipients: who is meant, whether they can be sent to, and their entries in a message."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from e2ecli import limits
from e2ecli.errors import DamagedError, RecipientError, UnknownNameError, UsageError
from e2ecli.keyring.cards import Card, EncryptionKeys
from e2ecli.keyring.contacts import Contact, RawKeys
from e2ecli.keyring.groups import Group
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.cards import member_cards
from e2ecli.operations.contacts import contacts_by_id, find_contacts, petname_of
from e2ecli.operations.hybrid_recipients import hybrid_recipient
from e2ecli.operations.trust import counts_as_verified
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.randomness import random_bytes
from e2ecli.records import Record
from e2ecli.saltpack.signcryption import RecipientKey, X25519Recipient

Entry = TypeVar("Entry")


class Addressee(Record):
    """Somebody to send to: the name that the user gave them, and the keys on their card."""

    name: str
    keys: EncryptionKeys
    verified: bool
    card: Card | None
    """None where there are only raw keys."""
    contact: Contact | None = None
    """None where it is you, or a member of a group whom you don't know."""

    @property
    def has_card(self) -> bool:
        """Whether they use this program, or one that knows its cards."""
        return self.card is not None

    @property
    def post_quantum(self) -> bool:
        """Whether a message to them outlasts quantum computers."""
        return self.keys.hybrid is not None


class Addressees(Record):
    """Everybody that a message goes to: people, and groups in their newest epochs."""

    people: tuple[Addressee, ...]
    groups: tuple[Group, ...]

    def __len__(self) -> int:
        return len(self.people) + len(self.groups)

    @property
    def names(self) -> list[str]:
        """The names that the user gave them."""
        return [*(person.name for person in self.people), *(group.name for group in self.groups)]


def resolve(workspace: Workspace, names: Iterable[str]) -> Addressees:
    """Return who the names mean, each once, in order.

    Raises:
        UnknownNameError: a name is nobody's.
        RecipientError: somebody's card, or that of a group's member, is expired or revoked.
        UsageError: there are none, or too many.
    """
    groups: dict[bytes, Group] = {}
    wanted = []
    for name in names:
        group = workspace.groups.find(name)
        if group is None:
            wanted.append(name)
        else:
            check_members_usable(workspace, group)
            groups[group.group_id] = group
    people = {person.keys: person for person in _people(workspace, wanted)}
    if not people and not groups:
        raise UsageError("nobody to send to was named")
    if len(people) + len(groups) > limits.RECIPIENTS:
        raise UsageError(f"a message has at most {limits.RECIPIENTS} recipients", "make a group of them")
    return Addressees(tuple(people.values()), tuple(groups.values()))


def check_members_usable(workspace: Workspace, group: Group) -> None:
    """Check that no member's card has expired or is known to be revoked.

    Raises:
        RecipientError: somebody's is, who is named; nobody is dropped silently.
    """
    revoked = _revoked_member(workspace, group)
    if revoked is not None:
        name = _member_name(workspace, revoked)
        raise RecipientError(
            f"{name}, a member of the group “{group.name}”, has revoked their identity",
            f"the owner removes them: e2e groups remove {group.name} {name}",
        )
    expires = group.newest.expires
    if expires is not None and workspace.clock() >= expires:
        members = workspace.groups.members(group, group.newest.number)
        expired = [card for card in member_cards(members) if card.expired(workspace.clock())]
        names = ", ".join(card.name for card in expired)
        raise RecipientError(
            f"the cards of members of the group “{group.name}” have expired: {names}",
            f"the owner takes in their newer cards, and then: e2e groups rotate {group.name}",
        )


def _revoked_member(workspace: Workspace, group: Group) -> SigningPublicKey | None:
    """Return a member known to have revoked their identity, also where the group's file doesn't say so."""
    for key in (*group.revoked, *workspace.contacts.revoked_keys()):
        if key in group.revoked or workspace.groups.member(group, group.newest.number, key) is not None:
            return key
    return None


def _member_name(workspace: Workspace, key: SigningPublicKey) -> str:
    return petname_of(workspace, key) or key_id(key)


def require_verified(addressees: Iterable[Addressee]) -> None:
    """Check that you have compared safety numbers with everybody.

    Raises:
        RecipientError: with somebody you haven't.
    """
    for addressee in addressees:
        if not addressee.verified:
            raise RecipientError(
                f"“{addressee.name}” is not verified, and that was required",
                f"compare safety numbers: e2e contacts verify {addressee.name}",
            )


def require_members_verified(workspace: Workspace, group: Group) -> None:
    """Check that you have compared safety numbers with every member of a group.

    Raises:
        RecipientError: with somebody you haven't, who is named.
    """
    ids = workspace.groups.member_ids(group, group.newest.number)
    contacts = contacts_by_id(workspace, ids)
    for id_ in ids:
        contact = contacts.get(id_)
        if id_ != key_id(group.identity) and (contact is None or not counts_as_verified(workspace, contact)):
            name = id_ if contact is None else contact.petname
            raise RecipientError(
                f"{name}, a member of the group “{group.name}”, is not verified, and that was required",
                f"compare safety numbers: e2e contacts verify {name}",
            )


def require_post_quantum(addressees: Iterable[Addressee]) -> None:
    """Check that everybody has a hybrid key.

    Raises:
        RecipientError: somebody hasn't.
    """
    for addressee in addressees:
        if not addressee.post_quantum:
            raise RecipientError(
                f"“{addressee.name}” has no post-quantum key, and that was required",
                f"ask {addressee.name} for an e2e card, or leave them out",
            )


def shuffled(entries: Iterable[Entry]) -> list[Entry]:
    """Return recipients in random order, so that it tells nothing."""
    return sorted(entries, key=lambda _: random_bytes(16))


def person_entry(addressee: Addressee) -> RecipientKey:
    """Return somebody's entry in one message.

    Raises:
        RecipientError: their card has a key that can't be sealed to.
    """
    if addressee.keys.hybrid is None:
        return X25519Recipient(addressee.keys.x25519)
    try:
        return hybrid_recipient(addressee.keys.hybrid)
    except DamagedError as error:
        raise RecipientError(f"the card of “{addressee.name}” can't be used: {error.message}") from error


def _people(workspace: Workspace, names: Sequence[str]) -> list[Addressee]:
    """Return who the names of people mean, in order, looked up all at once."""
    own = frozenset(names).intersection(workspace.identities.names())
    if own:
        name = next(name for name in names if name in own)
        raise UnknownNameError(f"“{name}” is one of your own identities", "write to yourself: e2e send me")
    contacts = iter(find_contacts(workspace, [name for name in names if name != "me"]))
    return [_myself(workspace) if name == "me" else _person(workspace, next(contacts)) for name in names]


def _myself(workspace: Workspace) -> Addressee:
    card = workspace.own_identity().card
    return Addressee("me", _usable_keys(workspace, "me", card), verified=True, card=card)


def _person(workspace: Workspace, contact: Contact) -> Addressee:
    verified = counts_as_verified(workspace, contact)
    if isinstance(contact.source, RawKeys):
        return Addressee(
            contact.petname, EncryptionKeys(contact.source.x25519, None), verified, None, contact
        )
    keys = _usable_keys(workspace, contact.petname, contact.source.card)
    return Addressee(contact.petname, keys, verified, contact.source.card, contact)


def _usable_keys(workspace: Workspace, name: str, card: Card) -> EncryptionKeys:
    if card.revoked is not None:
        raise RecipientError(
            f"“{name}” revoked this identity on {card.revoked.at:%Y-%m-%d} ({card.revoked.reason})",
            "ask them for the card of their new identity, and import it",
        )
    if card.expires is not None and card.expired(workspace.clock()):
        raise RecipientError(
            f"the card of “{name}” expired on {card.expires:%Y-%m-%d}",
            "ask them for a newer card, and import it",
        )
    if card.encryption_keys is None:
        raise RecipientError(f"the card of “{name}” has no key to encrypt to", "ask them for a newer card")
    return card.encryption_keys
