"""A petname that has another key: refused, until somebody who checked says otherwise."""

import pytest

from tests.unit.cli.persons import (
    DAY,
    Person,
    World,
)


@pytest.fixture
def impostor(world: World) -> Person:
    mallory = Person(world, "mallory")
    mallory.does("keygen", "Bob", "--no-passphrase")
    return mallory


def test_a_changed_key_is_7_names_both_ids_and_the_ways_out(
    alice: Person, bob: Person, impostor: Person
) -> None:
    before = alice.everything()
    outcome = alice.e2e("import", impostor.card())
    assert outcome.code == 7
    assert "THE KEY HAS CHANGED" in outcome.err
    for expected in (bob.identity()["id"], impostor.identity()["id"], "--replace", "--name"):
        assert expected in outcome.err
    assert alice.everything() == before


def test_after_a_refused_key_send_and_open_keep_using_the_old_one(
    alice: Person, bob: Person, impostor: Person
) -> None:
    impostor.knows(alice)
    alice.e2e("import", impostor.card())
    sealed = alice.sends("bob")
    assert bob.open(sealed).code == 0
    assert impostor.open(sealed).code == 4
    assert alice.open(bob.sends("alice"), "--from", "bob").code == 0
    assert alice.open(impostor.sends("alice"), "--from", "bob").code == 5


def test_a_key_that_replaces_a_verified_one_is_unverified(
    alice: Person, bob: Person, impostor: Person
) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("import", "--replace", impostor.card())
    assert alice.contact("bob")["id"] == impostor.identity()["id"]
    assert alice.contact("bob")["status"] == "unverified"


def test_yes_does_not_let_a_changed_key_in(alice: Person, bob: Person, impostor: Person) -> None:
    assert alice.e2e("import", "--yes", impostor.card()).code == 7
    assert alice.contact("bob")["id"] == bob.identity()["id"]


IMPORTS: dict[str, tuple[str, ...]] = {
    "plainly": (),
    "with --yes": ("--yes",),
    "with --replace": ("--replace",),
    "under its name": ("--name", "bob"),
    "with all of them": ("--yes", "--replace", "--name", "bob"),
}


@pytest.mark.parametrize("options", IMPORTS.values(), ids=IMPORTS.keys())
def test_no_import_of_anything_makes_anybody_verified(
    alice: Person, bob: Person, impostor: Person, options: tuple[str, ...]
) -> None:
    bob.world.now += DAY
    bob.does("keys", "rotate")
    for card in (bob.card(), impostor.card(), bob.card()):
        alice.e2e("import", *options, card)
        assert not alice.contact("bob")["verified"]


def test_a_contact_removed_and_imported_again_is_unverified(alice: Person, bob: Person) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("contacts", "remove", "bob")
    alice.knows(bob)
    assert not alice.contact("bob")["verified"]
