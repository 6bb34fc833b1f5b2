"""Several identities in one keyring: which one acts."""

import pytest

from tests.unit.cli.persons import (
    DAY,
    Person,
)


def test_the_first_identity_is_the_default_until_told_otherwise(alice: Person) -> None:
    alice.world.now += DAY
    alice.does("keygen", "Work", "--no-passphrase")
    assert [row[::2][:2] for row in alice.does("keys", "list").rows] == [["alice", "default"], ["work", ""]]
    alice.does("keys", "default", "work")
    assert [row["default"] for row in alice.does("keys", "list", "--json").document] == [False, True]
    assert alice.identity()["name"] == "work"


def test_as_acts_as_another_identity(alice: Person, bob: Person) -> None:
    alice.world.now += DAY
    alice.does("keygen", "Work", "--no-passphrase")
    sealed = alice.sends("bob", "--as", "work")
    assert bob.open(sealed).code == 5
    bob.does("import", alice.card("work"))
    assert "from work" in bob.open(sealed).err


def test_keys_show_raw_is_what_other_software_takes(alice: Person) -> None:
    document = alice.identity()
    assert alice.does("keys", "show", "--raw").rows == [
        ["x25519", document["x25519"]],
        ["ed25519", document["ed25519"]],
    ]


def test_a_new_passphrase_opens_and_the_old_one_no_more(alice: Person, bob: Person) -> None:
    first, second = alice.file("first"), alice.file("second")
    first.write_text("first\n")
    second.write_text("second\n")
    alice.does("keys", "passphrase", "--kdf", "interactive", "--new-passphrase-file", str(first))
    change = ("keys", "passphrase", "--kdf", "interactive", "--new-passphrase-file", str(second))
    alice.does(*change, "--passphrase-file", str(first))
    assert alice.identity()["locked"]
    assert alice.send("bob", "--passphrase-file", str(first))[0].code == 6
    assert alice.send("bob", "--passphrase-file", str(second))[0].code == 0
    alice.does("keys", "passphrase", "--no-passphrase", "--passphrase-file", str(second))
    assert alice.send("bob")[0].code == 0


@pytest.mark.parametrize("command", [("default", "nobody"), ("show", "nobody"), ("rotate", "nobody")])
def test_an_identity_that_there_is_not_is_7(alice: Person, command: tuple[str, ...]) -> None:
    outcome = alice.e2e("keys", *command)
    assert (outcome.code, "no identity is called “nobody”" in outcome.err) == (7, True)
