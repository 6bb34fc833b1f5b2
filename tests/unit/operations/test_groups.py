"""Groups: what their owner, members, former members and outsiders can do (section 5 of the design)."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from e2ecli.errors import (
    DamagedError,
    E2EError,
    KeyringError,
    NotAMessageError,
    NotForYouError,
    RecipientError,
    RollbackError,
    SenderError,
    UnknownNameError,
    UsageError,
)
from e2ecli.keyring.cards import Card, Revocation
from e2ecli.keyring.groups import Group
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations import groups
from e2ecli.operations.contacts import remove_contact
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.import_roster import ImportedRoster
from e2ecli.operations.import_text import import_text
from e2ecli.operations.reading import ReadPolicy
from e2ecli.operations.send import SendOptions, prepare
from e2ecli.operations.senders import Sender, SenderPolicy, accepted_from
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import RecipientKey, X25519Recipient
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    TEXT,
    Collected,
    add_identity,
    at,
    import_,
    open_,
    person,
    send,
    source,
    workspace_at,
)

LOST = Revocation(NOW, "lost", None)
FORMER = ReadPolicy(SenderPolicy(allow_former=True))
ALL_BUT_FORMER = ReadPolicy(SenderPolicy(allow_unknown=True, allow_anonymous=True))


class World:
    """Alice owns `team`; Bob and Carol know her, and she everybody; Dave is outside at first."""

    def __init__(self, path: Path, first: bytes) -> None:
        self.alice, self.bob, self.carol, self.dave = (
            workspace_at(path / who) for who in ("alice", "bob", "carol", "dave")
        )
        self.first = first


class Template(NamedTuple):
    """The keyrings that every test begins with, made once, and the first update."""

    path: Path
    first: bytes


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path = tmp_path_factory.mktemp("template")
    alice = person(path, "Alice", knows=["Bob", "Carol", "Dave"])
    members = [person(path, who, knows=["Alice"]) for who in ("Bob", "Carol")]
    person(path, "Dave", knows=["Alice", "Bob"])
    groups.create_group(alice, "team", ["bob", "carol"])
    first = share(alice)
    for member in members:
        import_update(member, first)
    return Template(path, first)


@pytest.fixture
def world(tmp_path: Path, template: Template) -> World:
    shutil.copytree(template.path, tmp_path / "world")
    return World(tmp_path / "world", template.first)


def share(workspace: Workspace, name: str = "team", *, armored: bool = False) -> bytes:
    update = groups.prepare_update(workspace, name)
    written = bytearray()
    groups.seal_update(update, update.sending.addressees.people, written.extend, armored=armored)
    return bytes(written)


def import_update(
    workspace: Workspace, update: bytes, name: str | None = None, *, join: bool = True
) -> ImportedRoster:
    imported = import_text(workspace, update, name, confirm=lambda _: join)
    assert isinstance(imported, ImportedRoster)
    return imported


def contents(workspace: Workspace) -> dict[str, bytes]:
    root = workspace.directory.path
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(
    workspace: Workspace, error: type[E2EError], act: Callable[[], object], match: str = "."
) -> E2EError:
    """Check that something fails, with this very class, and changes nothing in the keyring."""
    before = contents(workspace)
    with pytest.raises(error, match=match) as raised:
        act()
    assert raised.type is error
    assert contents(workspace) == before
    return raised.value


def key_of(workspace: Workspace, epoch: int, name: str = "team") -> SecretBytes:
    """An epoch's key, as its members have it."""
    group = workspace.groups.get(name)
    found = group.epoch(epoch)
    assert found is not None
    identity = next(one for one in workspace.identities.all() if one.card.signing_key == group.identity)
    return group.open_key(found, workspace.keys_of(identity))


def sealed_for_group(
    key: SecretBytes, signer: Signer | None, metadata: Metadata | None = None, data: bytes = TEXT
) -> bytes:
    """What a hostile program with a group's key might write."""
    keys = MessageKeys.generate()
    return _sealed(signer, group_recipient(key, keys.ephemeral.public_key), keys, metadata, data)


def _sealed(
    signer: Signer | None, recipient: RecipientKey, keys: MessageKeys, metadata: Metadata | None, data: bytes
) -> bytes:
    encoded = None if metadata is None else encode_metadata(metadata)
    header, sealer = signcryption.seal_header(signer, [recipient], keys, encoded)
    return header + b"".join(bytes(packet) for packet in seal_packets(source(data), sealer))


def signer_of(who: str) -> Signer:
    return secrets_of(who).signing_key()


def newest_roster(workspace: Workspace) -> Roster:
    return parse_roster(groups.prepare_update(workspace, "team").roster.text())


def sealed_roster(
    roster: Roster | bytes, by: str = "Alice", to: str = "Bob", metadata: Metadata | None = None
) -> bytes:
    """A roster as a hostile program might issue it."""
    text = roster if isinstance(roster, bytes) else roster.text()
    if isinstance(roster, Roster):
        metadata = metadata or Metadata("roster", int(NOW.timestamp()), None, roster.group_id, roster.epoch)
    keys = MessageKeys.generate()
    return _sealed(signer_of(by), X25519Recipient(keys_of(to).x25519), keys, metadata, text)


def following(roster: Roster, **changes: object) -> Roster:
    """The next epoch's roster."""
    changed = {"epoch": roster.epoch + 1, "previous": roster.fingerprint(), **changes}
    return roster._replace(key=SecretBytes(b"n" * 32))._replace(**changed)  # type: ignore[arg-type]


def names_in(workspace: Workspace, name: str = "team") -> list[str]:
    group = workspace.groups.get(name)
    texts = workspace.groups.members(group, group.newest.number)
    from e2ecli.operations.cards import read_stored_card

    return sorted(read_stored_card(text.encode()).card.name for text in texts)


# The life of a group


def test_a_group_begins_with_its_owner_and_the_named(world: World) -> None:
    group = world.alice.groups.get("team")
    assert (group.newest.number, group.newest.previous, group.owner) == (1, None, signing_key_of("Alice"))
    assert names_in(world.alice) == ["Alice", "Bob", "Carol"]


def test_members_have_the_same_roster(world: World) -> None:
    fingerprints = {
        one.groups.get("team").newest.fingerprint for one in (world.alice, world.bob, world.carol)
    }
    assert len(fingerprints) == 1


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
def test_an_update_is_imported_in_either_form(world: World, armored: bool) -> None:
    groups.rotate_group(world.alice, "team")
    imported = import_update(world.bob, share(world.alice, armored=armored))
    assert (imported.status, imported.group.newest.number) == ("updated", 2)


def test_a_message_to_a_group_is_read_by_every_member(world: World) -> None:
    message = send(world.bob, "team")
    for reader in (world.alice, world.bob, world.carol):
        read = open_(reader, message)
        sender = read.opened.facts.sender
        assert read.content == TEXT
        assert isinstance(sender, Sender)
        assert sender.group is not None
        assert (sender.member, sender.group.epoch.number) == (card_of("Bob"), 1)
    with pytest.raises(NotForYouError):
        open_(world.dave, message)


def test_a_members_message_says_its_group_and_is_post_quantum_safe(world: World) -> None:
    facts = open_(world.carol, send(world.bob, "team")).opened.facts
    group = world.carol.groups.get("team")
    assert (facts.metadata.group, facts.metadata.epoch) == (group.group_id, 1)
    assert (facts.recipients, facts.post_quantum) == (1, True)


def test_a_message_to_a_group_and_a_person_is_read_by_both(world: World) -> None:
    message = send(world.alice, "team", "dave")
    assert open_(world.dave, message).content == open_(world.carol, message).content == TEXT


@pytest.mark.parametrize("first", [0, 1])
def test_a_group_whose_identifier_stands_there_twice_is_tried_twice(world: World, first: int) -> None:
    keys = MessageKeys.generate()
    true = group_recipient(key_of(world.alice, 1), keys.ephemeral.public_key)
    entries = [true, true._replace(key=SecretBytes(bytes(32)))]
    header, sealer = signcryption.seal_header(signer_of("Alice"), [entries[first], entries[1 - first]], keys)
    message = header + b"".join(bytes(packet) for packet in seal_packets(source(TEXT), sealer))
    assert open_(world.bob, message).content == TEXT


def test_a_member_is_known_within_the_group_alone(world: World) -> None:
    import_(world.bob, card_of("Dave"))
    assert world.carol.contacts.find("bob") is None
    assert open_(world.carol, send(world.bob, "team")).sender == "Bob"
    import_(world.bob, card_of("Carol"))
    with pytest.raises(SenderError):
        open_(world.carol, send(world.bob, "carol"))


def test_an_added_member_reads_what_is_sent_afterwards_and_not_before(world: World) -> None:
    before = send(world.alice, "team")
    groups.add_members(world.alice, "team", ["dave"])
    update = share(world.alice)
    assert import_update(world.dave, update).status == "new"
    assert import_update(world.bob, update).status == "updated"
    assert open_(world.dave, send(world.bob, "team")).content == TEXT
    with pytest.raises(NotForYouError):
        open_(world.dave, before)


def test_a_removed_member_reads_what_was_sent_before_and_not_afterwards(world: World) -> None:
    before = send(world.alice, "team")
    groups.remove_members(world.alice, "team", ["carol"])
    after = send(world.alice, "team")
    assert open_(world.carol, before).content == TEXT
    with pytest.raises(NotForYouError):
        open_(world.carol, after)
    with pytest.raises(NotForYouError):
        import_update(world.carol, share(world.alice))


def test_a_rotation_keeps_members_and_changes_the_key(world: World) -> None:
    groups.rotate_group(world.alice, "team")
    assert names_in(world.alice) == ["Alice", "Bob", "Carol"]
    assert key_of(world.alice, 1).reveal() != key_of(world.alice, 2).reveal()


def test_a_rotation_takes_in_newer_cards(world: World) -> None:
    import_(world.alice, card_of("Bob", issued=NOW + DAY, generation=1))
    groups.rotate_group(world.alice, "team")
    group = world.alice.groups.get("team")
    text = world.alice.groups.member(group, 2, signing_key_of("Bob"))
    assert text == world.alice.contacts.get("bob").signed_card.armored  # type: ignore[union-attr]


@pytest.mark.parametrize("by", ["bob", "Bob", "id"])
def test_a_member_is_removed_by_petname_card_name_or_key_id(world: World, by: str) -> None:
    groups.remove_members(world.alice, "team", [card_of("Bob").id if by == "id" else by])
    assert names_in(world.alice) == ["Alice", "Carol"]


def test_a_member_named_twice_is_removed_once(world: World) -> None:
    groups.remove_members(world.alice, "team", ["bob", "bob"])
    assert names_in(world.alice) == ["Alice", "Carol"]


def test_your_petname_means_more_than_the_name_on_a_members_card(world: World) -> None:
    """Mallory's card calls her “bob”, which is your name for Bob: she must not be handed the group."""
    import_(world.alice, signed_as("bob", "Mallory"), "mallory")
    groups.add_members(world.alice, "team", ["mallory"])
    assert groups.transfer_group(world.alice, "team", "bob").owner == signing_key_of("Bob")


def test_removing_a_petname_never_removes_whose_card_has_that_name(world: World) -> None:
    import_(world.alice, signed_as("bob", "Mallory"), "mallory")
    groups.add_members(world.alice, "team", ["mallory"])
    groups.remove_members(world.alice, "team", ["bob"])
    assert names_in(world.alice) == ["Alice", "Carol", "bob"]


def signed_as(name: str, who: str) -> SignedCard:
    from e2ecli.operations.cards import issue_card

    return issue_card(card_of(who)._replace(name=name), secrets_of(who).signing_key())


def test_a_group_is_handed_over(world: World) -> None:
    groups.transfer_group(world.alice, "team", "bob")
    update = share(world.alice)
    for member in (world.bob, world.carol):
        import_update(member, update)
    import_(world.bob, card_of("Carol"))
    groups.remove_members(world.bob, "team", ["carol"])
    assert import_update(world.alice, share(world.bob)).group.newest.number == 3
    refused(world.alice, RecipientError, lambda: groups.rotate_group(world.alice, "team"))
    assert open_(world.bob, send(world.alice, "team")).content == TEXT


def test_the_owner_before_issues_nothing_more(world: World) -> None:
    groups.transfer_group(world.alice, "team", "bob")
    import_update(world.carol, share(world.alice))
    roster = following(newest_roster(world.alice), owner=signing_key_of("Alice"))
    refused(world.carol, SenderError, lambda: import_update(world.carol, sealed_roster(roster, to="Carol")))


def test_a_group_is_left(world: World) -> None:
    groups.leave_group(world.bob, "team")
    assert world.bob.groups.names() == []
    refused(world.bob, UnknownNameError, lambda: groups.leave_group(world.bob, "team"))
    assert import_update(world.bob, world.first).status == "new"


def test_its_owner_leaves_a_group_only_when_handed_over_or_alone(world: World) -> None:
    refused(world.alice, UsageError, lambda: groups.leave_group(world.alice, "team"), "is yours")
    groups.remove_members(world.alice, "team", ["bob", "carol"])
    groups.leave_group(world.alice, "team")
    assert world.alice.groups.names() == []


def test_a_former_owner_leaves(world: World) -> None:
    groups.transfer_group(world.alice, "team", "bob")
    groups.leave_group(world.alice, "team")
    assert world.alice.groups.names() == []


def test_a_forgotten_epochs_messages_are_gone_and_later_ones_stay(world: World) -> None:
    old = send(world.bob, "team")
    groups.rotate_group(world.alice, "team")
    new = send(world.alice, "team")
    groups.forget_epochs(world.alice, "team", 2)
    assert open_(world.alice, new).content == TEXT
    with pytest.raises(NotForYouError):
        open_(world.alice, old)
    assert not any(path.endswith("/1.members") for path in contents(world.alice))


def test_the_newest_epoch_is_never_forgotten(world: World) -> None:
    refused(world.alice, UsageError, lambda: groups.forget_epochs(world.alice, "team", 2))


@pytest.mark.parametrize("before", [-1, 0, 1])
def test_forgetting_nothing_changes_nothing(world: World, before: int) -> None:
    kept = contents(world.alice)
    groups.forget_epochs(world.alice, "team", before)
    assert contents(world.alice) == kept


OWNERS: dict[str, Callable[[Workspace], object]] = {
    "add": lambda w: groups.add_members(w, "team", ["alice"]),
    "remove": lambda w: groups.remove_members(w, "team", ["Carol"]),
    "rotate": lambda w: groups.rotate_group(w, "team"),
    "transfer": lambda w: groups.transfer_group(w, "team", "Bob"),
    "share": lambda w: groups.prepare_update(w, "team"),
}


@pytest.mark.parametrize("act", OWNERS.values(), ids=OWNERS.keys())
def test_only_the_owner_changes_or_shares_a_group(world: World, act: Callable[[Workspace], object]) -> None:
    refused(world.bob, RecipientError, lambda: act(world.bob), "not yours to change")


WRONG: dict[str, tuple[type[E2EError], Callable[[Workspace], object]]] = {
    "create without members": (UsageError, lambda w: groups.create_group(w, "choir", [])),
    "create with a stranger": (UnknownNameError, lambda w: groups.create_group(w, "choir", ["eve"])),
    "create under a group's name": (KeyringError, lambda w: groups.create_group(w, "team", ["bob"])),
    "create under a contact's name": (KeyringError, lambda w: groups.create_group(w, "bob", ["bob"])),
    "create under an identity's name": (KeyringError, lambda w: groups.create_group(w, "alice", ["bob"])),
    "create under no name": (UsageError, lambda w: groups.create_group(w, "../team", ["bob"])),
    "create under a reserved name": (UsageError, lambda w: groups.create_group(w, "me", ["bob"])),
    "add a member again": (UsageError, lambda w: groups.add_members(w, "team", ["bob"])),
    "add nobody": (UsageError, lambda w: groups.add_members(w, "team", [])),
    "add to no group": (UnknownNameError, lambda w: groups.add_members(w, "choir", ["dave"])),
    "remove a stranger": (UnknownNameError, lambda w: groups.remove_members(w, "team", ["eve"])),
    "remove a contact outside": (RecipientError, lambda w: groups.remove_members(w, "team", ["dave"])),
    "remove yourself": (UsageError, lambda w: groups.remove_members(w, "team", ["Alice"])),
    "hand over to a contact outside": (RecipientError, lambda w: groups.transfer_group(w, "team", "dave")),
    "share no group": (UnknownNameError, lambda w: groups.prepare_update(w, "choir")),
}


@pytest.mark.parametrize(("error", "act"), WRONG.values(), ids=WRONG.keys())
def test_what_an_owner_can_not_do(
    world: World, error: type[E2EError], act: Callable[[Workspace], object]
) -> None:
    refused(world.alice, error, lambda: act(world.alice))


UNUSABLE = {
    "expired": card_of("Eve", expires=NOW + DAY),
    "without a post-quantum key": card_of("Eve", hybrid=False),
    "revoked": card_of("Eve", revoked=LOST),
}


@pytest.mark.parametrize("card", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_whose_card_can_not_be_used_becomes_no_member(world: World, card: Card) -> None:
    import_(world.alice, card)
    later = at(world.alice, NOW + 2 * DAY)
    refused(later, RecipientError, lambda: groups.add_members(later, "team", ["eve"]))
    refused(later, RecipientError, lambda: groups.create_group(later, "choir", ["eve"]))


def test_a_revoked_member_has_to_be_removed_first(world: World) -> None:
    import_(world.alice, card_of("Bob", revoked=LOST))
    refused(world.alice, RecipientError, lambda: groups.rotate_group(world.alice, "team"), "revoked")
    assert groups.remove_members(world.alice, "team", ["bob"]).newest.number == 2


# Taking in rosters


def test_the_same_roster_again_changes_nothing(world: World) -> None:
    before = contents(world.bob)
    assert import_update(world.bob, world.first, join=False).status == "unchanged"
    assert contents(world.bob) == before


def test_a_skipped_epoch_is_accepted(world: World) -> None:
    groups.rotate_group(world.alice, "team")
    groups.rotate_group(world.alice, "team")
    assert import_update(world.bob, share(world.alice)).group.newest.number == 3
    assert open_(world.bob, send(world.alice, "team")).content == TEXT


def test_a_group_is_joined_under_a_name_of_your_own(world: World) -> None:
    groups.leave_group(world.bob, "team")
    assert import_update(world.bob, world.first, "work").group.name == "work"
    assert open_(world.bob, send(world.alice, "team")).content == TEXT


def test_a_group_never_takes_a_name_that_is_taken(world: World) -> None:
    groups.leave_group(world.bob, "team")
    refused(world.bob, KeyringError, lambda: import_update(world.bob, world.first, "alice"))


def test_a_declined_group_is_not_joined(world: World) -> None:
    groups.leave_group(world.bob, "team")
    refused(
        world.bob, RecipientError, lambda: import_update(world.bob, world.first, join=False), "not joined"
    )


def test_the_question_says_whose_group_it_is_and_how_large(world: World) -> None:
    groups.leave_group(world.bob, "team")
    asked: list[str] = []

    def decline(question: str) -> bool:
        asked.append(question)
        return False

    refused(world.bob, RecipientError, lambda: import_text(world.bob, world.first, confirm=decline))
    assert asked == ["Join the group “team” of alice, with 3 members?"]


def test_a_group_of_somebody_unknown_is_not_joined(world: World, tmp_path: Path) -> None:
    roster = newest_roster(world.alice)
    stranger = person(tmp_path / "new", "Bob", knows=["Carol"])
    refused(stranger, SenderError, lambda: import_update(stranger, sealed_roster(roster)), "contacts")


def test_a_group_is_not_joined_from_anybody_but_its_owner(world: World) -> None:
    groups.leave_group(world.bob, "team")
    import_(world.bob, card_of("Carol"))
    forged = sealed_roster(newest_roster(world.alice), by="Carol")
    refused(
        world.bob, SenderError, lambda: import_update(world.bob, forged), "not signed by the group's owner"
    )


def test_a_revoked_owners_roster_is_refused(world: World) -> None:
    groups.rotate_group(world.alice, "team")
    update = share(world.alice)
    import_(world.bob, card_of("Alice", revoked=LOST))
    refused(world.bob, SenderError, lambda: import_update(world.bob, update))


ROSTERS: dict[str, tuple[type[E2EError], str, str, Callable[[Roster], Roster]]] = {
    "a member issues one": (SenderError, "Carol", "not signed by the owner", following),
    "a member makes himself the owner": (
        SenderError,
        "Carol",
        "not signed by the owner",
        lambda roster: following(roster, owner=signing_key_of("Carol")),
    ),
    "an outsider issues one": (SenderError, "Dave", "not signed by the owner", following),
    "two of one epoch": (
        RollbackError,
        "Alice",
        "TWO DIFFERENT",
        lambda r: r._replace(key=SecretBytes(b"o" * 32)),
    ),
    "a member's other one of one epoch": (
        SenderError,
        "Carol",
        "not signed by the owner",
        lambda r: r._replace(key=SecretBytes(b"o" * 32)),
    ),
    "the next after another": (
        RollbackError,
        "Alice",
        "follows another",
        lambda r: following(r, previous=b"x" * 32),
    ),
    "without you": (
        RecipientError,
        "Alice",
        "not among",
        lambda r: following(r, members=tuple(r.members)[:0]),
    ),
    "a member twice": (
        DamagedError,
        "Alice",
        "twice",
        lambda r: following(r, members=(*r.members, *tuple(r.members)[:1])),
    ),
}


@pytest.mark.parametrize(("error", "by", "match", "made"), ROSTERS.values(), ids=ROSTERS.keys())
def test_a_roster_that_is_refused(
    world: World, error: type[E2EError], by: str, match: str, made: Callable[[Roster], Roster]
) -> None:
    update = sealed_roster(made(newest_roster(world.alice)), by)
    refused(world.bob, error, lambda: import_update(world.bob, update), match)


def test_an_older_roster_is_a_rollback(world: World) -> None:
    groups.remove_members(world.alice, "team", ["carol"])
    import_update(world.bob, share(world.alice))
    refused(world.bob, RollbackError, lambda: import_update(world.bob, world.first), "is of epoch 1")


def test_a_removed_members_old_roster_is_refused_by_whoever_signs_it(world: World) -> None:
    old = newest_roster(world.alice)
    groups.remove_members(world.alice, "team", ["carol"])
    import_update(world.bob, share(world.alice))
    refused(world.bob, SenderError, lambda: import_update(world.bob, sealed_roster(old, "Carol")))


def test_an_owners_roster_under_another_groups_id_is_refused(world: World) -> None:
    """Bob's own group is known to Carol; Alice can't take it over with a roster of hers."""
    import_(world.bob, card_of("Carol"))
    import_(world.carol, card_of("Bob"))
    groups.create_group(world.bob, "choir", ["carol"])
    choir = import_update(world.carol, share(world.bob, "choir")).group
    roster = following(newest_roster(world.alice), group_id=choir.group_id)
    forged = sealed_roster(roster, to="Carol")
    refused(world.carol, SenderError, lambda: import_update(world.carol, forged), "choir")


MISMATCHED = {
    "another group": lambda r: Metadata("roster", None, None, b"x" * 16, r.epoch),
    "another epoch": lambda r: Metadata("roster", None, None, r.group_id, r.epoch + 1),
    "no group": lambda r: Metadata("roster"),
}


@pytest.mark.parametrize("metadata", MISMATCHED.values(), ids=MISMATCHED.keys())
def test_a_roster_whose_metadata_says_otherwise_is_damaged(
    world: World, metadata: Callable[[Roster], Metadata]
) -> None:
    roster = following(newest_roster(world.alice))
    update = sealed_roster(roster, metadata=metadata(roster))
    refused(world.bob, DamagedError, lambda: import_update(world.bob, update))


def test_a_roster_with_an_altered_card_is_refused(world: World) -> None:
    roster = newest_roster(world.alice)
    altered = next(iter(roster.members)).replace("A", "B", 5)
    update = sealed_roster(following(roster, members=(altered, *tuple(roster.members)[1:])))
    before = contents(world.bob)
    with pytest.raises(DamagedError):
        import_update(world.bob, update)
    assert contents(world.bob) == before


@pytest.mark.parametrize("keep", [0, 1, 100, -1000, -17, -1])
def test_an_update_cut_short_is_damaged(world: World, keep: int) -> None:
    groups.rotate_group(world.alice, "team")
    update = share(world.alice)
    before = contents(world.bob)
    with pytest.raises(DamagedError):
        import_update(world.bob, update[:keep])
    assert contents(world.bob) == before


def test_a_text_cut_short_within_a_whole_message_is_damaged(world: World) -> None:
    roster = following(newest_roster(world.alice))
    metadata = Metadata("roster", None, None, roster.group_id, roster.epoch)
    for length in (0, 10, len(roster.text()) // 2, len(roster.text()) - 3):
        update = sealed_roster(roster.text()[:length], metadata=metadata)
        refused(world.bob, DamagedError, partial(import_update, world.bob, update))


def test_a_rosters_text_in_a_message_is_no_roster(world: World) -> None:
    roster = following(newest_roster(world.alice))
    for metadata in (Metadata("message"), None):
        update = sealed_roster(roster.text(), metadata=metadata)
        refused(world.bob, NotAMessageError, partial(import_update, world.bob, update))
        assert open_(world.bob, update).content == roster.text()


def test_sending_a_rosters_text_issues_no_roster(world: World) -> None:
    message = send(world.alice, "bob", data=following(newest_roster(world.alice)).text())
    refused(world.bob, NotAMessageError, lambda: import_update(world.bob, message))


def test_open_never_shows_a_roster(world: World) -> None:
    output = Collected()
    refused(
        world.bob, NotAMessageError, lambda: open_(world.bob, world.first, ACCEPT_ALL, output), "e2e|roster"
    )
    assert (output.data, output.committed) == (bytearray(), False)


def test_an_anonymous_roster_is_refused(world: World) -> None:
    roster = following(newest_roster(world.alice))
    keys = MessageKeys.generate()
    metadata = Metadata("roster", None, None, roster.group_id, roster.epoch)
    update = _sealed(None, X25519Recipient(keys_of("Bob").x25519), keys, metadata, roster.text())
    refused(world.bob, SenderError, lambda: import_update(world.bob, update))


def test_a_second_identity_that_joins_takes_nothing_from_the_first(world: World) -> None:
    """Bob is a member as “bob”; then Alice adds the identity that comes first in his keyring."""
    add_identity(world.bob, "Aaron")
    import_(world.alice, card_of("Aaron"))
    groups.add_members(world.alice, "team", ["aaron"])
    import_update(world.bob, share(world.alice))
    assert open_(world.bob, send(world.alice, "team")).content == TEXT


# Messages to a group


def test_a_member_can_not_write_in_anothers_name(world: World) -> None:
    """Carol has the group's key and Alice's public key, and signs with her own under Alice's name."""

    class InAlicesName:
        public_key = signing_key_of("Alice")

        def sign(self, message: bytes) -> bytes:
            return secrets_of("Carol").signing_key().sign(message)

    forged = sealed_for_group(key_of(world.carol, 1), InAlicesName())
    before = contents(world.bob)
    with pytest.raises(DamagedError):
        open_(world.bob, forged, ACCEPT_ALL)
    assert contents(world.bob) == before


def test_an_outsider_with_a_groups_key_is_no_member(world: World) -> None:
    import_(world.bob, card_of("Dave"))
    forged = sealed_for_group(key_of(world.bob, 1), signer_of("Dave"))
    refused(world.bob, SenderError, lambda: open_(world.bob, forged, ALL_BUT_FORMER), "no member")
    refused(world.bob, SenderError, lambda: open_(world.bob, forged, FORMER), "no member")


def test_a_former_member_can_not_write_in_a_new_epoch(world: World) -> None:
    """Even with the new key, which somebody may leak to her, she is not in its roster."""
    groups.remove_members(world.alice, "team", ["carol"])
    forged = sealed_for_group(key_of(world.alice, 2), signer_of("Carol"))
    refused(world.alice, SenderError, lambda: open_(world.alice, forged, FORMER), "no member")


def test_an_old_key_opens_nothing_of_a_new_epoch(world: World) -> None:
    groups.remove_members(world.alice, "team", ["carol"])
    group = world.alice.groups.get("team")
    forged = sealed_for_group(
        key_of(world.carol, 1), signer_of("Bob"), Metadata("message", None, None, group.group_id, 2)
    )
    refused(
        world.alice, DamagedError, lambda: open_(world.alice, forged, ACCEPT_ALL), "another group or epoch"
    )


def test_a_former_members_message_is_refused_and_read_on_request(world: World) -> None:
    before = send(world.carol, "team")
    groups.remove_members(world.alice, "team", ["carol"])
    afterwards = send(world.carol, "team")
    for message in (before, afterwards):
        refused(
            world.alice,
            SenderError,
            partial(open_, world.alice, message),
            "has left the group",
        )
        assert open_(world.alice, message, FORMER).content == TEXT


def test_a_present_members_message_in_an_old_epoch_is_read(world: World) -> None:
    message = send(world.bob, "team")
    groups.remove_members(world.alice, "team", ["carol"])
    sender = open_(world.alice, message).opened.facts.sender
    assert isinstance(sender, Sender)
    assert sender.group is not None
    assert sender.group.epoch.number == 1


CLAIMS: dict[str, Callable[[Group], Metadata]] = {
    "another group": lambda group: Metadata("message", None, None, b"x" * 16, 1),
    "another epoch": lambda group: Metadata("message", None, None, group.group_id, 2),
    "an epoch of no group": lambda group: Metadata("message", None, None, None, 1),
    "a group without an epoch": lambda group: Metadata("message", None, None, group.group_id, None),
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_message_that_claims_another_group_or_epoch_is_damaged(
    world: World, claim: Callable[[Group], Metadata]
) -> None:
    forged = sealed_for_group(key_of(world.bob, 1), signer_of("Bob"), claim(world.bob.groups.get("team")))
    refused(world.carol, DamagedError, lambda: open_(world.carol, forged, ACCEPT_ALL))


def test_an_anonymous_message_to_a_group_needs_to_be_allowed(world: World) -> None:
    forged = sealed_for_group(key_of(world.bob, 1), None)
    refused(world.carol, SenderError, lambda: open_(world.carol, forged))
    only_team = ReadPolicy(accepted_from(world.carol, ["team"])._replace(allow_anonymous=True))
    refused(world.carol, SenderError, lambda: open_(world.carol, forged, only_team))


@pytest.mark.parametrize(
    "options", [SendOptions(anonymous=True), SendOptions(deniable=True)], ids=["anonymous", "deniable"]
)
def test_nothing_unsigned_goes_to_a_group(world: World, options: SendOptions) -> None:
    refused(world.bob, RecipientError, lambda: prepare(world.bob, ["team"], options))


def test_a_message_to_a_group_is_from_its_member_alone(world: World) -> None:
    add_identity(world.bob, "Zoe")
    other = world.bob._replace(as_identity="zoe")
    refused(other, RecipientError, lambda: prepare(other, ["team"], SendOptions()), "not your identity")


def test_an_expired_member_is_named_on_sending(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice", knows=["Carol"])
    import_(alice, card_of("Bob", expires=NOW + DAY))
    groups.create_group(alice, "team", ["bob", "carol"])
    assert prepare(alice, ["team"], SendOptions())
    later = at(alice, NOW + DAY)
    refused(later, RecipientError, lambda: prepare(later, ["team"], SendOptions()), "expired: Bob")
    import_(later, card_of("Bob", issued=NOW + DAY))
    groups.rotate_group(later, "team")
    assert prepare(later, ["team"], SendOptions())


def test_a_revoked_member_is_named_on_sending(world: World) -> None:
    import_(world.alice, card_of("Bob", revoked=LOST))
    refused(world.alice, RecipientError, lambda: send(world.alice, "team"), "^bob, a member")
    groups.remove_members(world.alice, "team", ["bob"])
    assert send(world.alice, "team")


def test_a_revocation_of_a_member_who_is_no_contact_counts(world: World) -> None:
    import_(world.carol, card_of("Bob", revoked=LOST))
    refused(world.carol, RecipientError, lambda: send(world.carol, "team"), "revoked")


def test_a_revocation_still_counts_in_the_next_epoch(world: World) -> None:
    """The owner, who doesn't know of it yet, keeps the member."""
    import_(world.carol, card_of("Bob"))
    import_(world.carol, card_of("Bob", revoked=LOST))
    groups.rotate_group(world.alice, "team")
    import_update(world.carol, share(world.alice))
    refused(world.carol, RecipientError, lambda: send(world.carol, "team"), "revoked")


def test_a_revocation_known_before_joining_counts(world: World) -> None:
    groups.leave_group(world.carol, "team")
    import_(world.carol, card_of("Bob"))
    import_(world.carol, card_of("Bob", revoked=LOST))
    import_update(world.carol, world.first)
    refused(world.carol, RecipientError, lambda: send(world.carol, "team"), "revoked")


def test_a_revoked_members_message_is_refused(world: World) -> None:
    message = send(world.bob, "team")
    import_(world.alice, card_of("Bob", revoked=LOST))
    refused(world.alice, SenderError, lambda: open_(world.alice, message), "revoked")


def test_a_revoked_members_message_is_refused_after_the_contact_was_removed(world: World) -> None:
    message = send(world.bob, "team")
    import_(world.alice, card_of("Bob", revoked=LOST))
    remove_contact(world.alice, "bob")
    refused(world.alice, SenderError, lambda: open_(world.alice, message), "revoked")


def verify(workspace: Workspace, petname: str) -> None:
    record_verification(workspace, workspace.contacts.get(petname), "compared at the terminal")


def test_all_members_have_to_be_verified_where_that_is_required(world: World) -> None:
    options = SendOptions(require_verified=True)
    verify(world.alice, "bob")
    refused(world.alice, RecipientError, lambda: prepare(world.alice, ["team"], options), "^carol, a member")
    verify(world.alice, "carol")
    assert prepare(world.alice, ["team"], options)


def test_a_member_whom_you_did_not_verify_is_refused_where_that_is_required(world: World) -> None:
    policy = ReadPolicy(SenderPolicy(require_verified=True))
    message = send(world.bob, "team")
    refused(world.carol, SenderError, lambda: open_(world.carol, message, policy), "not verified")
    refused(world.alice, SenderError, lambda: open_(world.alice, message, policy), "not verified")
    verify(world.alice, "bob")
    assert open_(world.alice, message, policy).content == TEXT


def test_from_a_group_accepts_its_members_in_it_alone(world: World) -> None:
    from_team = ReadPolicy(accepted_from(world.alice, ["team"]))
    assert open_(world.alice, send(world.bob, "team"), from_team).content == TEXT
    direct, stranger = send(world.bob, "alice"), send(world.dave, "alice")
    for message in (direct, stranger):
        refused(
            world.alice,
            SenderError,
            partial(open_, world.alice, message, from_team),
            "not from team",
        )


def test_from_a_group_accepts_no_other_group(world: World) -> None:
    groups.create_group(world.alice, "choir", ["bob"])
    import_update(world.bob, share(world.alice, "choir"))
    from_choir = ReadPolicy(accepted_from(world.alice, ["choir"]))
    message = send(world.bob, "team")
    refused(world.alice, SenderError, lambda: open_(world.alice, message, from_choir), "not from choir")


def test_from_a_person_accepts_them_in_a_group(world: World) -> None:
    from_bob = ReadPolicy(accepted_from(world.alice, ["bob"]))
    assert open_(world.alice, send(world.bob, "team"), from_bob).content == TEXT
    message = send(world.carol, "team")
    refused(world.alice, SenderError, lambda: open_(world.alice, message, from_bob))


def test_a_locked_identity_keeps_its_groups_keys_locked(tmp_path: Path) -> None:
    from e2ecli.errors import LockedError
    from tests.unit.operations.support import PASSPHRASE, FixedPassphrases

    alice = person(tmp_path, "Alice", knows=["Bob"], locked=True)
    unlocked = alice._replace(passphrases=FixedPassphrases(PASSPHRASE.reveal()))
    refused(alice, LockedError, lambda: groups.create_group(alice, "team", ["bob"]))
    groups.create_group(unlocked, "team", ["bob"])
    refused(alice, LockedError, lambda: groups.rotate_group(alice, "team"))
    refused(alice, LockedError, lambda: groups.prepare_update(alice, "team"))
    refused(alice, LockedError, lambda: prepare(alice, ["team"], SendOptions()))


def test_a_group_of_one_is_shared_with_nobody(world: World) -> None:
    groups.remove_members(world.alice, "team", ["bob", "carol"])
    assert len(groups.prepare_update(world.alice, "team").sending.addressees) == 0


def test_shared_members_that_were_damaged_are_not_shared(world: World) -> None:
    path = world.alice.directory.path / "groups" / "team" / "1.members"
    kept = path.read_bytes()
    group = world.alice.groups.get("team")
    mallory = signed(card_of("Mallory"))
    with world.alice.directory.writing():
        world.alice.groups.write_members("team", 1, {mallory.card.id: mallory.armored})
    refused(world.alice, KeyringError, lambda: groups.prepare_update(world.alice, "team"), "damaged")
    path.write_bytes(kept)
    assert groups.prepare_update(world.alice, "team").group == group
