"""Groups as their people live with them, from the first message to the last (section 5)."""

from pathlib import Path

import pytest

from tests.unit.cli.people import Village


@pytest.fixture
def village(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Village:
    """Alice, who knows Bob, Carol and Dave; they know her alone."""
    village = Village(tmp_path, capsys)
    village.settle("alice", "bob", "carol", "dave")
    village.introduce_to("alice", "bob", "carol", "dave")
    for other in ("bob", "carol", "dave"):
        village.introduce_to(other, "alice")
    return village


@pytest.fixture
def team(village: Village) -> Village:
    """The group “team” of Alice, Bob and Carol, in its first epoch."""
    village.run("alice", "groups", "create", "team", "bob", "carol")
    share(village, "update-1", "bob", "carol")
    return village


def share(village: Village, name: str, *members: str, owner: str = "alice") -> str:
    update = village.file(name)
    village.run(owner, "groups", "share", "team", "-o", update)
    for member in members:
        village.run(member, "import", "--yes", update)
    return update


def test_a_message_to_a_group_opens_for_every_member_and_names_its_writer(team: Village) -> None:
    message = team.sealed("carol", "team", "message")
    assert team.run("bob", "open", message) == "hello"
    assert "from carol, in team, epoch 1, introduced by alice" in team.said
    assert team.run("alice", "open", message) == "hello"
    assert "from carol (unverified), in team, epoch 1" in team.said
    assert team.run("carol", "open", message) == "hello"
    assert "from yourself (carol), in team" in team.said


def test_a_stranger_does_not_open_a_groups_message(team: Village) -> None:
    assert team.run("dave", "open", team.sealed("carol", "team", "message"), code=4) == ""


def test_the_sender_in_json_is_of_the_group(team: Village) -> None:
    message = team.sealed("carol", "team", "message")
    team.run("bob", "--json", "open", message)
    assert '"group": "team"' in team.said
    assert '"post_quantum": true' in team.said


@pytest.mark.parametrize(("accepted", "code"), [("team", 0), ("alice", 5), ("alice,team", 0)])
def test_from_takes_a_group_for_any_of_its_members(team: Village, accepted: str, code: int) -> None:
    team.run("bob", "open", "--from", accepted, team.sealed("carol", "team", "message"), code=code)


def test_from_a_group_takes_nobody_who_writes_outside_of_it(team: Village) -> None:
    team.introduce_to("bob", "carol")
    team.introduce_to("carol", "bob")
    direct = team.sealed("carol", "bob", "direct")
    team.run("bob", "open", "--from", "team", direct, code=5)
    team.run("bob", "open", "--from", "carol", direct)


def test_a_removed_member_neither_reads_nor_writes_what_comes_after(team: Village) -> None:
    team.run("alice", "groups", "remove", "team", "carol")
    share(team, "update-2", "bob")
    assert team.run("carol", "open", team.sealed("bob", "team", "new"), code=4) == ""
    assert "ask its owner for the update" in team.said
    backdated = team.sealed("carol", "team", "backdated")
    assert team.run("bob", "open", backdated, code=5) == ""
    assert "carol has left the group" in team.said
    assert team.run("bob", "open", "--allow-former", backdated) == "hello"


def test_an_old_message_of_somebody_who_stayed_opens_and_says_its_epoch(team: Village) -> None:
    old = team.sealed("bob", "team", "old")
    team.run("alice", "groups", "rotate", "team")
    share(team, "update-2", "carol")
    assert team.run("carol", "open", old) == "hello"
    assert "epoch 1 (the newest is 2)" in team.said


def test_forgetting_old_epochs_makes_their_messages_unreadable(team: Village) -> None:
    old = team.sealed("bob", "team", "old")
    team.run("alice", "groups", "rotate", "team")
    share(team, "update-2", "bob", "carol")
    team.run("carol", "groups", "forget", "team", "--before", "2")
    team.run("carol", "open", old, code=4)
    team.run("carol", "groups", "forget", "team", "--before", "3", code=2)
    team.run("carol", "import", "--yes", team.file("update-2"))


def test_the_owner_shares_the_same_roster_again_after_forgetting_the_one_before(team: Village) -> None:
    team.run("alice", "groups", "rotate", "team")
    team.run("alice", "groups", "forget", "team", "--before", "2")
    share(team, "update-2", "bob")


def test_joining_takes_a_yes_or_nothing_happens(village: Village) -> None:
    village.run("alice", "groups", "create", "team", "bob")
    update = share(village, "update-1")
    before = village.files_of("bob")
    village.run("bob", "import", update, code=6)
    assert village.files_of("bob") == before | {"lock": b""}


@pytest.mark.parametrize("again", ["update-1", "update-2"])
def test_the_same_roster_again_changes_nothing_and_an_older_one_is_refused(team: Village, again: str) -> None:
    team.run("alice", "groups", "add", "team", "dave")
    share(team, "update-2", "bob")
    before = team.files_of("bob")
    team.run("bob", "import", "--yes", team.file(again), code=0 if again == "update-2" else 7)
    assert team.files_of("bob") == before


def test_two_different_rosters_for_one_epoch_are_a_conflict_and_nothing_is_changed(team: Village) -> None:
    twin = team.path / "twin"
    for path, content in team.files_of("alice").items():
        (twin / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (twin / path).write_bytes(content)
        (twin / path).chmod(0o600)
    twin.chmod(0o700)
    team.run("alice", "groups", "add", "team", "dave")
    share(team, "update-2", "bob")
    before = team.files_of("bob")
    team.run("twin", "groups", "rotate", "team")
    team.run("twin", "groups", "share", "team", "-o", team.file("other-2"))
    team.run("bob", "import", "--yes", team.file("other-2"), code=7)
    assert "TWO DIFFERENT ROSTERS" in team.said
    team.run("twin", "groups", "rotate", "team")
    team.run("twin", "groups", "share", "team", "-o", team.file("other-3"))
    team.run("bob", "import", "--yes", team.file("other-3"), code=7)
    assert "follows another one" in team.said
    assert team.files_of("bob") == before


def test_an_epoch_may_be_skipped(team: Village) -> None:
    team.run("alice", "groups", "rotate", "team")
    team.run("alice", "groups", "rotate", "team")
    share(team, "update-3", "bob")
    assert team.json("bob", "groups", "show", "team")["epoch"] == 3


def test_only_the_owner_changes_or_shares_a_group(team: Village) -> None:
    for change in (
        ["add", "team", "alice"],
        ["remove", "team", "alice"],
        ["rotate", "team"],
        ["share", "team"],
    ):
        team.run("bob", "groups", *change, code=7)
        assert "ask alice" in team.said


def test_a_group_is_handed_over_by_its_owner(team: Village) -> None:
    team.introduce_to("bob", "carol")
    team.run("alice", "groups", "transfer", "team", "bob")
    share(team, "update-2", "bob", "carol")
    team.run("bob", "groups", "rotate", "team")
    share(team, "update-3", "alice", "carol", owner="bob")
    assert team.run("alice", "open", team.sealed("carol", "team", "message")) == "hello"
    team.run("alice", "groups", "rotate", "team", code=7)


def test_a_roster_cut_short_or_opened_as_a_message_is_refused(team: Village) -> None:
    update = Path(team.file("update-1"))
    team.run("bob", "open", str(update), code=3)
    assert "roster, not a message" in team.said
    (team.path / "short").write_bytes(update.read_bytes()[:-50])
    team.run("carol", "import", "--yes", team.file("short"), code=3)
    team.run("dave", "import", "--yes", str(update), code=4)


def test_a_roster_from_somebody_who_is_no_contact_is_refused(village: Village) -> None:
    village.run("bob", "contacts", "remove", "alice")
    village.run("alice", "groups", "create", "team", "bob")
    village.run("alice", "groups", "share", "team", "-o", village.file("update"))
    village.run("bob", "import", "--yes", village.file("update"), code=5)
    assert village.json("bob", "groups", "list") == []


@pytest.mark.parametrize("option", ["--deniable", "--anonymous"])
def test_a_group_takes_no_deniable_and_no_anonymous_message(team: Village, option: str) -> None:
    team.sealed("bob", "team", "message", option, code=7)


def test_a_member_who_revoked_is_named_on_sending_until_they_are_removed(team: Village) -> None:
    team.run("carol", "keys", "revoke", "--reason", "lost", "--yes")
    team.run("carol", "export", "-o", team.file("carol.card"), "-f")
    team.introduce_to("alice", "carol")
    team.sealed("alice", "team", "message", code=7)
    assert "carol, a member of the group “team”, has revoked" in team.said
    team.run("alice", "groups", "rotate", "team", code=7)
    team.run("alice", "groups", "remove", "team", "carol")
    team.sealed("alice", "team", "message")


def test_a_member_whose_card_expired_is_named_on_sending(village: Village) -> None:
    village.run("bob", "keys", "expire", "2y")
    village.run("bob", "export", "-o", village.file("bob.card"), "-f")
    village.introduce_to("alice", "bob")
    village.run("alice", "groups", "create", "team", "bob", "carol")
    village.sealed("alice", "team", "message")
    village.wait(days=731)
    village.sealed("alice", "team", "message", code=7)
    assert "have expired: bob" in village.said


def test_verified_members_can_be_required(team: Village) -> None:
    team.sealed("alice", "team", "message", "--require-verified", code=7)
    for other in ("bob", "carol"):
        digits = team.json("alice", "contacts", "verify", other)["safety_number"]
        team.run("alice", "contacts", "verify", other, "--check", digits)
    team.sealed("alice", "team", "message", "--require-verified")


def test_list_show_and_diff_tell_who_is_in(team: Village) -> None:
    team.run("alice", "groups", "add", "team", "dave")
    document = team.json("alice", "groups", "show", "team")
    assert list(document) == ["name", "id", "owner", "epoch", "fingerprint", "members", "issued"]
    assert [list(member) for member in document["members"]] == [["name", "id", "verified"]] * 4
    assert {member["name"] for member in document["members"]} == {"alice", "bob", "carol", "dave"}
    assert team.json("alice", "groups", "list") == [document]
    assert "dave" in team.run("alice", "groups", "show", "team")
    assert team.run("alice", "groups", "list") == "team\tteam\tyou\t2\t4\n"
    assert team.run("alice", "groups", "diff", "team").startswith("added\tdave\te2e1")
    assert len(team.json("alice", "groups", "diff", "team", "--since", "0")["added"]) == 4
    team.run("alice", "groups", "diff", "team", "--since", "9", code=2)
    assert team.run("dave", "groups") == ""


def test_members_compare_the_same_fingerprint(team: Village) -> None:
    shown = [team.json(who, "groups", "show", "team")["fingerprint"] for who in ("alice", "bob", "carol")]
    assert len(set(shown)) == 1


def test_one_update_a_member_hides_how_many_there_are(team: Village) -> None:
    team.run("alice", "groups", "share", "team", "-d", team.file("updates"), "-a")
    updates = sorted((team.path / "updates").iterdir())
    assert len(updates) == 2
    for update in updates:
        assert team.json("alice", "inspect", str(update))["recipients"] == 1
    team.run("alice", "groups", "share", "team", "-d", "x", "-o", "y", code=2)


def test_leaving_forgets_the_group_and_the_owner_hands_it_over_first(team: Village) -> None:
    message = team.sealed("bob", "team", "message")
    team.run("carol", "groups", "leave", "team")
    team.run("carol", "open", message, code=4)
    team.run("alice", "groups", "leave", "team", code=2)
    assert "transfer" in team.said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "bob", "carol"], 1),
        (["create", "../team", "bob"], 2),
        (["create", "other", "nobody"], 7),
        (["create", "other"], 2),
        (["add", "team", "bob"], 2),
        (["remove", "team", "dave"], 7),
        (["remove", "team", "alice"], 2),
        (["transfer", "team", "dave"], 7),
        (["show", "nothing"], 7),
    ],
    ids=str,
)
def test_what_can_not_be_done_with_a_group_changes_nothing(
    team: Village, arguments: list[str], code: int
) -> None:
    before = team.files_of("alice")
    team.run("alice", "groups", *arguments, code=code)
    assert team.files_of("alice") == before


def test_a_raw_key_contact_is_no_member(village: Village) -> None:
    raw = village.json("dave", "keys", "show")
    village.run("alice", "contacts", "remove", "dave")
    village.run("alice", "contacts", "add", "dave", "--x25519", raw["x25519"])
    village.run("alice", "groups", "create", "team", "dave", code=7)


def test_a_groups_keys_are_in_no_file_in_the_clear(team: Village) -> None:
    """Invariant 6: the roster that travels sealed holds the key; the keyring holds it locked."""
    from e2ecli.operations.workspace import Workspace
    from tests.unit.operations.support import FixedPassphrases

    workspace = Workspace.at(team.path / "bob", lambda: team.now, FixedPassphrases())
    group = workspace.groups.get("team")
    key = group.open_key(group.newest, workspace.keys_of(workspace.own_identity())).reveal()
    assert not any(
        key in content or key.hex().encode() in content for content in team.files_of("bob").values()
    )


def test_the_update_that_is_suggested_has_a_name_of_its_own_in_every_epoch(team: Village) -> None:
    for epoch in (2, 3):
        team.run("alice", "groups", "rotate", "team")
        assert f"e2e groups share team -o team.{epoch}.update\n" in team.said
