"""Cards that expire and keys that rotate, told from both people's side."""

from datetime import datetime, timedelta

import pytest

from tests.unit.cli.persons import (
    DAY,
    START,
    Person,
)

# Expiry.


EXPIRY = START + 100 * DAY
WARNINGS = [
    (EXPIRY - 30 * DAY - timedelta(seconds=1), False),
    (EXPIRY - 30 * DAY, True),
    (EXPIRY - DAY, True),
]


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_send_warns_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome, _ = bob.send("carol")
    warning = "the card of carol expires on 2027-03-03: ask for a newer one"
    assert (outcome.code, warning in outcome.err) == (0, warned)


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_send_warns_the_owner_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome, _ = expiring.send("bob")
    assert outcome.code == 0
    warning = "your card expires on 2027-03-03: e2e keys expire 1y carol, then e2e export carol"
    assert (warning in outcome.err) == warned


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_open_warns_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome = bob.open(expiring.sends("bob"))
    warning = "the card of carol expires on 2027-03-03: ask for a newer one"
    assert (outcome.code, warning in outcome.err) == (0, warned)


def test_after_the_end_send_refuses_and_names_the_person_and_the_remedy(
    bob: Person, expiring: Person
) -> None:
    bob.world.now = EXPIRY
    outcome, sealed = bob.send("alice,carol")
    assert outcome.code == 7
    assert "the card of “carol” expired on 2027-03-03" in outcome.err
    assert "ask them for a newer card, and import it" in outcome.err
    assert not sealed.exists()


def test_after_the_end_a_message_that_was_sent_before_opens_and_says_so(
    bob: Person, expiring: Person
) -> None:
    sealed = expiring.sends("bob")
    bob.world.now = EXPIRY + DAY
    outcome = bob.open(sealed)
    assert outcome.code == 0
    assert "sent 2026-11-23T10:00:00Z" in outcome.err
    assert "the card of carol expired on 2027-03-03" in outcome.err


def test_after_keys_expire_everybody_with_the_new_card_can_send_again(bob: Person, expiring: Person) -> None:
    bob.world.now = EXPIRY + DAY
    assert "good until 2028-03-03" in expiring.does("keys", "expire", "1y").err
    bob.knows(expiring)
    assert expiring.open(bob.sends("carol")).code == 0


# Rotation.


def test_after_a_rotation_old_and_new_messages_open(alice: Person, bob: Person) -> None:
    old = alice.sends("bob")
    outcome = bob.does("keys", "rotate")
    assert "at generation 1" in outcome.err
    assert "give everybody the new card: e2e export bob" in outcome.err
    alice.world.now += DAY
    assert alice.does("import", bob.card()).err.startswith("e2e: updated: “bob” (Bob)")
    assert bob.open(old).code == bob.open(alice.sends("bob")).code == 0


def test_what_was_forgotten_can_not_be_opened_and_the_rest_can(alice: Person, bob: Person) -> None:
    old = alice.sends("bob")
    bob.does("keys", "rotate")
    alice.knows(bob)
    new = alice.sends("bob")
    bob.does("keys", "forget", "--before", "1")
    assert (bob.open(old).code, bob.open(new).code) == (4, 0)
