"""A damaged file of the keyring is passed over where it isn't needed, and an error where it might be."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.people import Village

JUNK = "junk"


@pytest.fixture
def second(village: Village) -> Path:
    """Alice's second identity, damaged."""
    village.run("alice", "keygen", "Second", "--no-passphrase", "-q")
    return damaged(village.path / "alice" / "identities" / "second.toml")


@pytest.fixture
def team(village: Village) -> Path:
    """Bob's copy of Alice's group, of which Carol, whom he doesn't know, is a member."""
    village.settle("carol")
    village.introduce_to("alice", "carol")
    village.introduce_to("carol", "alice")
    village.run("alice", "groups", "create", "team", "bob", "carol")
    village.run("alice", "groups", "share", "team", "-o", village.file("update"))
    for who in ("bob", "carol"):
        village.run(who, "import", "--yes", village.file("update"))
    return village.path / "bob" / "groups" / "team" / "group.toml"


def damaged(path: Path) -> Path:
    path.write_text(JUNK)
    return path


def warned(village: Village, path: Path) -> None:
    """Check that a file was named in one line."""
    (line,) = [line for line in village.said.splitlines() if str(path) in line]
    assert line.startswith(("e2e: passed over: ", "e2e: not listed: "))


def refused(village: Village, path: Path) -> None:
    """Check that a file was named in an error."""
    assert any(str(path) in line for line in village.said.splitlines() if "passed over" not in line)


@pytest.mark.parametrize("command", ["open @to-alice", "open @from-self", "keygen Third --no-passphrase"])
def test_an_identity_that_isnt_needed_is_passed_over(village: Village, second: Path, command: str) -> None:
    village.sealed("bob", "alice", "to-alice")
    village.sealed("alice", "me", "from-self", "--as", "alice")
    village.run("alice", *words(village, command))
    warned(village, second)


@pytest.mark.parametrize("command", ["send bob @to-alice -a", "sign @to-alice -a", "export"])
def test_no_identity_acts_in_the_place_of_one_that_cant_be_read_unless_told_to(
    village: Village, second: Path, command: str
) -> None:
    village.sealed("bob", "alice", "to-alice")
    village.run("alice", *words(village, command), code=1)
    refused(village, second)
    assert "--as alice" in village.said
    assert "e2e keys restore second" in village.said
    assert "or remove it" not in village.said
    village.run("alice", *words(village, command), "--as", "alice")
    village.run("alice", "keys", "default", "alice")
    village.run("alice", *words(village, command))


def words(village: Village, command: str) -> list[str]:
    return [village.file(word[1:]) if word.startswith("@") else word for word in command.split()]


def test_an_identity_whose_file_is_damaged_and_that_is_named_is_an_error(
    village: Village, second: Path
) -> None:
    village.sealed("alice", "bob", "message", "--as", "second", code=1)
    refused(village, second)
    village.run("alice", "keys", "default", "second", code=1)


def test_a_message_that_no_key_opens_may_be_for_the_identity_that_is_damaged(
    village: Village, second: Path
) -> None:
    message = village.sealed("bob", "me", "message")
    village.run("alice", "open", message, code=1)
    refused(village, second)
    second.unlink()
    village.run("alice", "open", message, code=4)


@pytest.mark.parametrize("options", [[], ["--allow-unknown"]])
def test_a_sender_whom_nobody_knows_may_be_the_identity_that_is_damaged(
    village: Village, second: Path, options: list[str]
) -> None:
    village.settle("eve")
    village.run("eve", "import", village.file("alice.card"))
    message = village.sealed("eve", "alice", "message")
    assert village.run("alice", "open", message, *options, code=1) == ""
    refused(village, second)


def test_identities_are_listed_without_the_damaged_one(village: Village, second: Path) -> None:
    assert [row.split("\t")[0] for row in village.run("alice", "keys", "list", code=1).splitlines()] == [
        "alice"
    ]
    warned(village, second)
    document = village.json("alice", "keys", "list", code=1)
    assert [one["name"] for one in document["listed"]] == ["alice"]
    assert str(second) in document["error"]["message"]


def test_a_message_to_one_person_opens_while_a_group_is_damaged(village: Village, team: Path) -> None:
    message = village.sealed("alice", "bob", "message")
    damaged(team)
    assert village.run("bob", "open", message) == "hello"
    warned(village, team)


def test_a_message_that_no_key_opens_may_be_to_the_group_that_is_damaged(
    village: Village, team: Path
) -> None:
    message = village.sealed("alice", "team", "message")
    damaged(team)
    village.run("bob", "open", message, code=1)
    refused(village, team)


def test_a_group_whose_key_is_damaged_doesnt_keep_others_from_opening(village: Village, team: Path) -> None:
    village.run("bob", "groups", "create", "other", "alice")
    message = village.sealed("bob", "other", "message")
    lost = village.sealed("alice", "team", "lost")
    key = next(line for line in team.read_text().splitlines() if line.startswith("key = "))
    team.write_text(
        team.read_text().replace(key, f'key = "{key[7:-1][::-1]}"' if key[-2] != "=" else 'key = "AAAA"')
    )
    assert village.run("bob", "open", message) == "hello"
    assert "the key of the group “team”" in village.said
    village.run("bob", "open", lost, code=1)
    assert "the key of the group “team”" in village.said


def test_an_update_may_be_of_the_group_that_is_damaged(village: Village, team: Path) -> None:
    village.run("alice", "groups", "rotate", "team")
    village.run("alice", "groups", "share", "team", "-o", village.file("update"), "-f")
    damaged(team)
    village.run("bob", "import", "--yes", village.file("update"), code=1)
    refused(village, team)


def test_a_revocation_is_noted_in_the_groups_that_can_be_read(village: Village, team: Path) -> None:
    village.run("alice", "groups", "create", "broken", "bob")
    broken = damaged(village.path / "alice" / "groups" / "broken" / "group.toml")
    village.run("carol", "keys", "revoke", "--reason", "lost", "--yes")
    village.run("carol", "export", "-o", village.file("carol.card"), "-f")
    village.run("alice", "import", village.file("carol.card"), code=1)
    refused(village, broken)
    village.sealed("alice", "team", "message", code=7)
    assert "revoked" in village.said


def test_a_revocation_that_a_damaged_group_missed_is_noted_when_the_card_comes_again(
    village: Village, team: Path
) -> None:
    path = village.path / "alice" / "groups" / "team" / "group.toml"
    whole = path.read_text()
    village.run("carol", "keys", "revoke", "--reason", "lost", "--yes")
    village.run("carol", "export", "-o", village.file("carol.card"), "-f")
    damaged(path)
    village.run("alice", "import", village.file("carol.card"), code=1)
    path.write_text(whole)
    village.run("alice", "import", village.file("carol.card"))
    village.sealed("alice", "team", "message", code=7)


def test_a_group_that_is_damaged_is_not_written_to(village: Village, team: Path) -> None:
    damaged(team)
    village.sealed("bob", "team", "message", code=1)
    refused(village, team)


def test_groups_are_listed_without_the_damaged_one(village: Village, team: Path) -> None:
    village.run("bob", "groups", "create", "other", "alice")
    damaged(team)
    assert village.run("bob", "groups", "list", code=1).split("\t")[0] == "other"
    warned(village, team)
    assert [one["name"] for one in village.json("bob", "groups", "list", code=1)["listed"]] == ["other"]


@pytest.fixture
def carol(village: Village, team: Path) -> Path:
    """Carol in Alice's keyring, damaged."""
    return damaged(next((village.path / "alice" / "contacts").glob("carol.*")))


def test_contacts_are_listed_without_the_damaged_one(village: Village, carol: Path) -> None:
    assert village.run("alice", "contacts", "list", code=1).split("\t")[0] == "bob"
    warned(village, carol)
    document = village.json("alice", "contacts", "list", code=1)
    assert [one["name"] for one in document["listed"]] == ["bob"]
    assert document["error"]["kind"] == "keyring"


def test_many_damaged_contacts_are_told_of_in_a_few_lines(village: Village) -> None:
    contacts = village.path / "alice" / "contacts"
    names = [f"x{place}" for place in range(5)]
    village.settle(*names)
    village.introduce_to("alice", *names)
    for path in contacts.glob("x*"):
        damaged(path)
    village.run("alice", "contacts", "list", code=1)
    assert len(village.said.splitlines()) == 4
    assert "2 more" in village.said


def test_a_message_of_a_contact_who_is_damaged_is_not_from_somebody_unknown(
    village: Village, carol: Path
) -> None:
    message = village.sealed("carol", "alice", "message")
    assert village.run("alice", "open", message, "--allow-unknown", code=1) == ""
    refused(village, carol)


def test_a_deniable_message_may_be_from_any_contact_who_is_damaged(village: Village, carol: Path) -> None:
    message = village.sealed("bob", "alice", "message", "--deniable")
    village.run("alice", "open", message, code=1)
    refused(village, carol)


def test_contacts_who_arent_damaged_are_written_to_and_read(village: Village, carol: Path) -> None:
    village.sealed("alice", "bob", "message")
    assert village.run("alice", "open", village.sealed("bob", "alice", "answer")) == "hello"
    assert str(carol) not in village.said


def test_machines_get_no_warnings_beside_their_document(village: Village, second: Path) -> None:
    message = village.sealed("bob", "alice", "message")
    village.run("alice", "--json", "open", message)
    assert json.loads(village.said)["ok"]


def test_a_keyring_without_an_identity_is_said_to_have_none(village: Village) -> None:
    message = village.sealed("alice", "bob", "message")
    village.run("nobody", "open", message, code=4)
    assert "there is no identity in the keyring" in village.said
    assert "e2e keygen" in village.said
    assert "--keyring" in village.said
    assert "e2e export" not in village.said


def test_a_contacts_newer_card_is_taken_in_and_a_strangers_may_be_that_of_the_damaged_identity(
    village: Village, second: Path
) -> None:
    village.run("bob", "keys", "revoke", "--reason", "lost", "--yes")
    village.run("bob", "export", "-o", village.file("bob.card"), "-f")
    village.run("alice", "import", village.file("bob.card"))
    warned(village, second)
    assert village.json("alice", "contacts", "show", "bob")["status"] == "revoked"
    village.settle("eve")
    village.run("alice", "import", village.file("eve.card"), code=1)
    refused(village, second)


def test_a_revocation_outlasts_an_older_file_of_the_group_that_is_put_back(village: Village) -> None:
    village.run("alice", "groups", "create", "team", "bob")
    state = village.path / "alice" / "groups" / "team" / "group.toml"
    before = state.read_bytes()
    village.run("bob", "keys", "revoke", "--yes", "--reason", "lost")
    village.run("bob", "export", "-o", village.file("revoked"))
    village.run("alice", "import", village.file("revoked"))
    state.write_bytes(before)
    village.sealed("alice", "team", "message", code=7)
    assert "bob" in village.said


@pytest.mark.parametrize("place", ["revoked", "revoked/*.card"])
@pytest.mark.parametrize("instead", ["a link to nowhere", "a file"])
def test_a_revocation_that_cant_be_looked_up_is_not_taken_for_none(
    village: Village, place: str, instead: str
) -> None:
    village.run("bob", "keys", "revoke", "--yes", "--reason", "lost")
    village.run("bob", "export", "-o", village.file("revoked"))
    village.run("alice", "import", village.file("revoked"))
    village.run("alice", "contacts", "remove", "bob")
    (path,) = (village.path / "alice").glob(place)
    path.rename(village.path / "moved")
    path.symlink_to("/nonexistent") if instead == "a link to nowhere" else path.touch(0o600)
    code = 1 if place == "revoked" else 7
    village.run("alice", "import", village.file("bob.card"), code=code)


@pytest.mark.parametrize("command", ["sign @to-alice -a", "send bob @to-alice -a", "open @to-alice"])
def test_settings_behind_a_link_to_nowhere_are_not_taken_for_the_usual_ones(
    village: Village, command: str
) -> None:
    village.sealed("bob", "alice", "to-alice")
    config = village.path / "alice" / "config.toml"
    config.symlink_to("/nonexistent")
    village.run("alice", *words(village, command), code=1)
    refused(village, config)


@pytest.mark.parametrize("kind", ["identities/zed.toml", "contacts/zed.x25519-00.toml"])
def test_a_link_to_nowhere_is_a_damaged_file(village: Village, kind: str) -> None:
    path = village.path / "alice" / kind
    path.symlink_to("/nonexistent")
    listed = village.run("alice", "keys" if "identities" in kind else "contacts", "list", code=1)
    assert ("alice" if "identities" in kind else "bob") in listed
    warned(village, path)
