"""What a group's owner does: create, add, remove, rotate, hand over, leave, forget (section 5)."""

from collections.abc import Callable

import pytest

from e2ecli.errors import (
    E2EError,
    KeyringError,
    NotForYouError,
    RecipientError,
    SenderError,
    UnknownNameError,
    UsageError,
)
from e2ecli.keyring.cards import Card
from e2ecli.operations import groups
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.senders import Sender
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys
from tests.unit.keyring.support import DAY, NOW, card_of, signing_key_of
from tests.unit.operations.support import (
    TEXT,
    at,
    import_,
    open_,
    send,
    source,
)
from tests.unit.operations.team import (
    LOST,
    World,
    contents,
    following,
    import_update,
    key_of,
    names_in,
    newest_roster,
    refused,
    sealed_roster,
    share,
    signed_as,
    signer_of,
)


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
