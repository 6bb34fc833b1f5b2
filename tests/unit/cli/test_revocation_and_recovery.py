"""The end of an identity, and its return from 24 words, told from both people's side."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.persons import (
    DAY,
    Person,
    revocation_of,
    words_of,
)

# Revocation.


def test_a_revocation_needs_a_yes(bob: Person) -> None:
    assert bob.e2e("keys", "revoke", "--reason", "lost").code == 6
    assert bob.identity()["revoked"] is None


def test_everybody_who_imports_a_revoked_card_neither_sends_to_it_nor_opens_from_it(
    alice: Person, bob: Person
) -> None:
    later = bob.sends("alice")
    bob.does("keys", "revoke", "--reason", "compromised", "--yes")
    alice.knows(bob)
    assert alice.contact("bob")["status"] == "revoked"
    assert alice.send("bob")[0].code == 7
    assert alice.open(later, "--allow-unknown").code == 5


def test_a_successor_is_taken_with_replace_and_is_unverified(alice: Person, bob: Person) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    bob.does("keygen", "Bob", "--name", "bob2", "--no-passphrase")
    bob.world.now += DAY
    bob.does("keys", "revoke", "bob", "--reason", "superseded", "--successor", "bob2", "--yes")
    alice.does("import", bob.card("bob"))
    refused = alice.e2e("import", bob.card("bob2"))
    assert (refused.code, "name each other as predecessor and successor" in refused.err) == (7, True)
    alice.does("import", "--replace", bob.card("bob2"))
    assert alice.contact("bob")["status"] == "unverified"
    assert bob.open(alice.sends("bob")).code == 0


def test_keygen_writes_words_and_revocation_for_their_owner_alone(prepared: Person) -> None:
    assert len(words_of(prepared).read_text().split()) == 24
    for path in (words_of(prepared), Path(revocation_of(prepared))):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_emergency_card_revokes(alice: Person, prepared: Person) -> None:
    message = prepared.sends("alice")
    alice.does("import", revocation_of(prepared))
    assert alice.contact("dora")["status"] == "revoked"
    assert alice.send("dora")[0].code == 7
    assert alice.open(message).code == 5


def test_the_emergency_card_revokes_after_rotations_and_years_as_well(
    alice: Person, prepared: Person
) -> None:
    prepared.world.now += 1000 * DAY
    prepared.does("keys", "rotate")
    alice.knows(prepared)
    alice.does("import", revocation_of(prepared))
    assert alice.contact("dora")["status"] == "revoked"


def test_no_card_older_or_newer_undoes_the_emergency_card(alice: Person, prepared: Person) -> None:
    older = prepared.card()
    prepared.world.now += 10 * DAY
    prepared.does("keys", "rotate")
    alice.does("import", revocation_of(prepared))
    for card in (older, prepared.card()):
        for options in ((), ("--replace",), ("--name", "dora-again"), ("--replace", "--yes")):
            assert alice.e2e("import", *options, card).code == 7
    assert alice.contact("dora")["status"] == "revoked"


def test_the_emergency_card_warns_somebody_who_did_not_know_its_owner(bob: Person, prepared: Person) -> None:
    bob.does("import", revocation_of(prepared))
    assert bob.e2e("import", prepared.card()).code == 7
    assert bob.contact("dora")["status"] == "revoked"


# Recovery.


def test_a_drill_with_the_right_words_says_so_and_writes_nothing(prepared: Person) -> None:
    before = prepared.everything()
    outcome = prepared.does("keys", "restore", "--check", "--recovery-file", str(words_of(prepared)))
    assert outcome.err == "e2e: these are the recovery words of “dora”\n"
    assert prepared.everything() == before


def test_a_drill_after_a_rotation_still_knows_the_words(prepared: Person) -> None:
    prepared.does("keys", "rotate")
    prepared.does("keys", "restore", "dora", "--check", "--recovery-file", str(words_of(prepared)))


DRILLS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a wrong word": (lambda words: [*words[:6], "qqqq", *words[7:]], "word 7 is not in the list"),
    "a word missing": (lambda words: words[:-1], "there are 24 recovery words, and these are 23"),
    "all in reverse": (lambda words: words[::-1], "don't belong together"),
    "another's words": (lambda _: ["abandon"] * 23 + ["art"], "of another identity than e2e1"),
}


@pytest.mark.parametrize(("change", "said"), DRILLS.values(), ids=DRILLS.keys())
def test_a_drill_with_wrong_words_fails_says_why_and_writes_nothing(
    prepared: Person, change: Callable[[list[str]], list[str]], said: str
) -> None:
    words = change(words_of(prepared).read_text().split())
    words_of(prepared).write_text(" ".join(words))
    before = prepared.everything()
    outcome = prepared.e2e("keys", "restore", "--check", "--recovery-file", str(words_of(prepared)))
    assert (outcome.code, said in outcome.err) == (1, True)
    assert prepared.everything() == before


def test_a_lost_keyring_comes_back_by_the_words_and_the_newest_card(alice: Person, prepared: Person) -> None:
    old = alice.sends("dora")
    prepared.does("keys", "rotate")
    alice.knows(prepared)
    new, card, id_ = alice.sends("dora"), prepared.card(), prepared.identity()["id"]
    again = Person(prepared.world, "again")
    again.world.now += DAY
    words = str(words_of(prepared))
    outcome = again.does("keys", "restore", "--recovery-file", words, "--card", card, "--no-passphrase")
    assert f"restored “dora”, generation 1, key id {id_}" in outcome.err
    again.knows(alice)
    assert again.open(old).code == again.open(new).code == 0
    assert alice.does("import", again.card()).err.startswith("e2e: updated: “dora”")


def test_a_keyring_restored_by_a_number_has_so_many_generations(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    words = str(words_of(prepared))
    again.does("keys", "restore", "Dora", "--recovery-file", words, "--generations", "3", "--no-passphrase")
    assert again.identity()["generation"] == 2
    assert again.identity()["id"] == prepared.identity()["id"]


def test_a_keyring_is_not_restored_with_no_generation_at_all(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    words = str(words_of(prepared))
    restoring = ("keys", "restore", "Dora", "--recovery-file", words, "--generations", "0", "--no-passphrase")
    assert again.e2e(*restoring).code == 2


def test_the_words_do_not_say_whose_they_are(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    outcome = again.e2e("keys", "restore", "--recovery-file", str(words_of(prepared)), "--no-passphrase")
    assert (outcome.code, "e2e keys restore NAME" in outcome.err) == (2, True)
