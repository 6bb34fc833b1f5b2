"""Introductions, the list of contacts, and the settings that decide whom to trust."""

import pytest

from e2ecli.keyring.config import Config
from tests.unit.cli.persons import (
    Meet,
    Person,
    World,
)

# Introductions.


def test_an_introduction_is_shown_as_such_and_does_not_verify(alice: Person, bob: Person, meet: Meet) -> None:
    carol = meet("carol").knows(alice)
    alice.knows(carol)
    sealed = alice.file("introduction")
    alice.does("contacts", "introduce", "bob", "--to", "carol", "-o", str(sealed))
    (document,) = carol.does("import", str(sealed), "--json").document
    assert document == {
        "kind": "introduction",
        "name": "bob",
        "id": bob.identity()["id"],
        "status": "new",
        "introduced_by": alice.identity()["id"],
    }
    assert ["bob", "Bob", "introduced by alice"] in [row[:3] for row in carol.does("contacts").rows]
    assert carol.send("bob", "--require-verified")[0].code == 7
    carol.configure('trust_introductions_of = ["alice"]\n')
    assert carol.send("bob", "--require-verified")[0].code == 0
    assert not carol.contact("bob")["verified"]


def test_open_points_an_introduction_to_import(alice: Person, bob: Person, expiring: Person) -> None:
    alice.knows(expiring)
    sealed = alice.file("introduction")
    alice.does("contacts", "introduce", expiring.name, "--to", "bob", "-o", str(sealed))
    outcome = bob.open(sealed)
    assert (outcome.code, "e2e import FILE" in outcome.err) == (3, True)


# The list of contacts.


def test_the_list_tells_of_everybody_what_matters(alice: Person, bob: Person, expiring: Person) -> None:
    alice.knows(expiring)
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("contacts", "add", "raw", "--x25519", expiring.identity()["x25519"])
    bob_id, carol_id = bob.identity()["id"], expiring.identity()["id"]
    rows = alice.does("contacts", "list").rows
    assert rows[:2] == [
        ["bob", "Bob", "verified", "yes", "never", "never", bob_id],
        ["carol", "Carol", "unverified", "yes", "2027-03-03", "never", carol_id],
    ]
    assert rows[2][:5] == ["raw", "", "unverified", "no", "never"]


def test_the_list_as_json_has_the_documented_keys(alice: Person, bob: Person) -> None:
    (document,) = alice.does("contacts", "list", "--json").document
    assert " ".join(document) == (
        "name card_name email id ed25519 x25519 mlkem768x25519 status verified introduced_by issued expires "
        "revoked post_quantum"
    )
    assert document == alice.contact("bob")


def test_a_strangers_name_does_no_harm_in_the_list(alice: Person, world: World) -> None:
    stranger = Person(world, "stranger")
    stranger.does("keygen", "Eve \u202egnp.exe\u200b", "--name", "eve", "--no-passphrase")
    alice.does("import", "--name", "eve", stranger.card())
    (row,) = alice.does("contacts", "list").rows
    assert row[1] == r"Eve \u202egnp.exe\u200b"


# Settings.


def test_require_verified_in_the_config(alice: Person, bob: Person) -> None:
    sealed = bob.sends("alice")
    alice.configure("require_verified = true\n")
    assert (alice.send("bob")[0].code, alice.open(sealed).code) == (7, 5)
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    assert (alice.send("bob")[0].code, alice.open(sealed).code) == (0, 0)


def test_require_pq_in_the_config(alice: Person, bob: Person) -> None:
    alice.does("contacts", "add", "raw", "--x25519", "09" + "00" * 31)
    alice.configure("require_pq = true\n")
    assert (alice.send("bob")[0].code, alice.send("raw")[0].code) == (0, 7)


def test_send_to_self_in_the_config(alice: Person, bob: Person) -> None:
    assert alice.open(alice.sends("bob")).code == 4
    alice.configure("send_to_self = true\n")
    assert alice.open(alice.sends("bob")).code == 0


def test_default_identity_in_the_config(alice: Person) -> None:
    alice.does("keygen", "Work", "--no-passphrase")
    alice.configure('default_identity = "work"\n')
    assert alice.identity()["name"] == "work"


def test_keys_default_keeps_the_other_settings(alice: Person, bob: Person) -> None:
    alice.configure("send_to_self = true\n")
    alice.does("keys", "default", "alice")
    assert alice.open(alice.sends("bob")).code == 0


@pytest.mark.parametrize("command", [("send", "bob"), ("keys", "list"), ("keys", "default", "alice")])
def test_an_unknown_setting_is_an_error_that_names_it_and_those_there_are(
    alice: Person, bob: Person, command: tuple[str, ...]
) -> None:
    alice.configure("require_verifed = true\n")
    outcome = alice.e2e(*command)
    assert outcome.code == 1
    for expected in ("“require_verifed” is no setting", "config.toml", *Config._fields):
        assert expected in outcome.err
