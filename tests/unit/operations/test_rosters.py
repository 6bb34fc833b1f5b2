"""Which rosters a member takes in: the owner's, the next epoch's or a later one's (section 5)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from e2ecli.errors import (
    DamagedError,
    E2EError,
    KeyringError,
    NotAMessageError,
    RecipientError,
    RollbackError,
    SenderError,
)
from e2ecli.keyring.rosters import Roster
from e2ecli.operations import groups
from e2ecli.operations.import_text import import_text
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.metadata import Metadata
from e2ecli.saltpack.signcryption import X25519Recipient
from tests.unit.keyring.support import card_of, keys_of, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    TEXT,
    Collected,
    add_identity,
    import_,
    open_,
    person,
    send,
)
from tests.unit.operations.team import (
    LOST,
    World,
    contents,
    following,
    import_update,
    newest_roster,
    refused,
    sealed_roster,
    sealed_to,
    share,
)


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
    refused(world.bob, E2EError, lambda: import_update(world.bob, world.first, join=False), "not joined")


def test_the_question_says_whose_group_it_is_and_how_large(world: World) -> None:
    groups.leave_group(world.bob, "team")
    asked: list[str] = []

    def decline(question: str) -> bool:
        asked.append(question)
        return False

    refused(world.bob, E2EError, lambda: import_text(world.bob, world.first, confirm=decline))
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
    update = sealed_to(None, X25519Recipient(keys_of("Bob").x25519), keys, metadata, roster.text())
    refused(world.bob, SenderError, lambda: import_update(world.bob, update))


def test_a_second_identity_that_joins_takes_nothing_from_the_first(world: World) -> None:
    """Bob is a member as “bob”; then Alice adds the identity that comes first in his keyring."""
    add_identity(world.bob, "Aaron")
    import_(world.alice, card_of("Aaron"))
    groups.add_members(world.alice, "team", ["aaron"])
    import_update(world.bob, share(world.alice))
    assert open_(world.bob, send(world.alice, "team")).content == TEXT
