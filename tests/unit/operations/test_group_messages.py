"""Messages to a group: who opens them, and whose are refused (section 5)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from e2ecli.errors import (
    DamagedError,
    KeyringError,
    RecipientError,
    SenderError,
)
from e2ecli.keyring.groups import Group
from e2ecli.operations import groups
from e2ecli.operations.contacts import remove_contact
from e2ecli.operations.reading import ReadPolicy
from e2ecli.operations.send import SendOptions, prepare
from e2ecli.operations.senders import Sender, SenderPolicy, accepted_from
from e2ecli.saltpack.metadata import Metadata
from tests.unit.keyring.support import DAY, NOW, card_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    TEXT,
    add_identity,
    at,
    import_,
    open_,
    person,
    send,
)
from tests.unit.operations.team import (
    FORMER,
    LOST,
    World,
    contents,
    import_update,
    key_of,
    refused,
    sealed_for_group,
    share,
    signer_of,
    verify,
)

ALL_BUT_FORMER = ReadPolicy(SenderPolicy(allow_unknown=True, allow_anonymous=True))


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
