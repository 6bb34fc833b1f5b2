"""`e2e groups`: six people and the life of their group, by the real program (sections 5 and 6)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from e2ecli.cli import main
from tests.unit.keyring.support import NOW, card_of, signed
from tests.unit.operations.support import person

EVERYBODY = ("Alice", "Bob", "Carol", "Dave", "Eve", "Frank")
GROUP_KEYS = {"name", "id", "owner", "epoch", "fingerprint", "members", "issued"}


class Outcome(NamedTuple):
    """What a run left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def keyrings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keyrings")
    for who in EVERYBODY:
        person(
            path, who, knows=[other for other in EVERYBODY if other != who] if who == "Alice" else ["Alice"]
        )
    return path


@pytest.fixture
def run(
    keyrings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    shutil.copytree(keyrings, tmp_path / "people")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(who: str, *arguments: str) -> Outcome:
        keyring = tmp_path / "people" / who / "keyring"
        code = main._run([*arguments, "--keyring", str(keyring)], {"clock": lambda: NOW})
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def team(run: Run) -> Run:
    """Alice's team with Bob and Carol, who have taken it in."""
    assert run("alice", "groups", "create", "team", "bob", "carol").code == 0
    share(run)
    for who in ("bob", "carol"):
        assert run(who, "import", "--yes", "team.update").code == 0
    return run


def share(run: Run, by: str = "alice") -> Outcome:
    outcome = run(by, "groups", "share", "team", "-o", "team.update", "-f")
    assert outcome.code == 0
    return outcome


def write(run: Run, who: str, text: str, path: str) -> Outcome:
    Path("text").write_text(text)
    return run(who, "send", "team", "text", "-o", path, "-f")


def test_the_life_of_a_group_of_six(run: Run) -> None:
    created = run("alice", "groups", "create", "team", "bob", "carol", "dave")
    assert (created.code, created.out) == (0, "")
    assert "“team” is at epoch 1, with 4 members" in created.err
    assert "sealed epoch 1 of “team” to 3 members" in share(run).err
    for who in ("bob", "carol", "dave"):
        joined = run(who, "import", "--yes", "team.update")
        assert (joined.code, joined.err) == (0, "e2e: new: the group “team”, epoch 1\n")
    assert run("eve", "import", "--yes", "team.update").code == 4

    assert write(run, "carol", "one", "one.sealed").code == 0
    for who in ("alice", "bob", "carol", "dave"):
        assert run(who, "open", "one.sealed").out == "one"
    for who in ("eve", "frank"):
        assert run(who, "open", "one.sealed")[:2] == (4, "")
    assert "from Carol, in team, epoch 1, introduced by alice" in run("bob", "open", "one.sealed").err

    assert "epoch 2, with 5 members" in run("alice", "groups", "add", "team", "eve").err
    share(run)
    assert "updated: the group “team”, epoch 2" in run("bob", "import", "team.update").err
    assert run("eve", "import", "--yes", "team.update").code == 0
    assert write(run, "eve", "two", "two.sealed").code == 0
    assert run("bob", "open", "--from", "team", "two.sealed").out == "two"
    assert run("eve", "open", "one.sealed").code == 4
    assert run("carol", "open", "two.sealed").code == 4  # has not heard of the new epoch

    assert "epoch 3, with 4 members" in run("alice", "groups", "remove", "team", "carol").err
    Path("old.update").write_bytes(Path("team.update").read_bytes())
    share(run)
    for who in ("bob", "dave", "eve"):
        assert run(who, "import", "team.update").code == 0
    assert run("carol", "import", "team.update").code == 4
    assert run("bob", "import", "old.update").code == 7
    assert write(run, "alice", "three", "three.sealed").code == 0
    assert run("dave", "open", "three.sealed").out == "three"
    assert run("carol", "open", "three.sealed").code == 4
    former = run("bob", "open", "one.sealed")
    assert (former.code, former.out) == (5, "")
    assert run("bob", "open", "--allow-former", "one.sealed").out == "one"

    assert run("alice", "groups", "leave", "team").code == 2
    assert run("bob", "groups", "rotate", "team").code == 7
    assert run("alice", "groups", "transfer", "team", "bob").code == 0
    share(run)
    assert run("bob", "import", "team.update").code == 0
    assert run("eve", "import", "team.update").code == 0
    assert run("bob", "groups", "rotate", "team").code == 0
    share(run, "bob")
    assert run("eve", "import", "team.update").code == 0
    assert run("alice", "import", "team.update").code == 0

    assert run("eve", "groups", "forget", "team", "--before", "5").code == 0
    assert run("eve", "open", "two.sealed").code == 4
    assert run("alice", "groups", "leave", "team").code == 0
    assert run("alice", "groups", "show", "team").code == 7
    assert run("alice", "send", "team", "text", "-o", "x").code == 7
    assert not Path("x").exists()


@pytest.mark.parametrize("command", [["list"], []], ids=["list", "nothing"])
def test_the_list_of_groups_as_json(team: Run, command: list[str]) -> None:
    (group,) = team("bob", "groups", *command, "--json").document
    assert set(group) == GROUP_KEYS
    assert (group["name"], group["epoch"], group["issued"]) == ("team", 1, "2026-11-23T10:00:00Z")


def test_a_group_as_json(team: Run) -> None:
    shown = {who: team(who, "groups", "show", "team", "--json").document for who in ("alice", "bob", "carol")}
    for group in shown.values():
        assert set(group) == GROUP_KEYS
        assert all(set(member) == {"name", "id", "verified"} for member in group["members"])
        assert group["owner"] == card_of("Alice").id
    assert len({group["fingerprint"] for group in shown.values()}) == 1
    assert len({group["id"] for group in shown.values()}) == 1
    names = {member["name"]: member["verified"] for member in shown["bob"]["members"]}
    assert names == {"alice": False, "Bob": True, "Carol": False}


def test_a_group_in_words_shows_its_fingerprint_and_members(team: Run) -> None:
    fingerprint = team("bob", "groups", "show", "team", "--json").document["fingerprint"]
    out = team("bob", "groups", "show", "team").out
    assert fingerprint in out
    assert all(card_of(who).id in out for who in ("Alice", "Bob", "Carol"))


def test_no_groups_are_an_empty_list(run: Run) -> None:
    assert run("frank", "groups", "list", "--json").document == []
    assert "you are in no group yet" in run("frank", "groups").err


def test_a_member_who_came_and_one_who_went_are_the_difference(team: Run) -> None:
    team("alice", "groups", "remove", "team", "carol")
    team("alice", "groups", "add", "team", "dave")
    ids = {who: card_of(who).id for who in EVERYBODY}
    last = team("alice", "groups", "diff", "team", "--json").document
    assert (last["from"], last["to"], last["added"], last["removed"]) == (2, 3, [ids["Dave"]], [])
    all_ = team("alice", "groups", "diff", "team", "--since", "1", "--json").document
    assert (all_["from"], all_["added"], all_["removed"]) == (1, [ids["Dave"]], [ids["Carol"]])
    first = team("bob", "groups", "diff", "team", "--json").document
    assert (first["from"], first["added"]) == (0, sorted(ids[who] for who in ("Alice", "Bob", "Carol")))
    words = team("alice", "groups", "diff", "team", "--since", "1").out
    assert "dave" in words
    assert "carol" in words


@pytest.mark.parametrize("since", ["-1", "2", "99"])
def test_an_epoch_that_is_not_there_has_no_difference(team: Run, since: str) -> None:
    assert team("alice", "groups", "diff", "team", "--since", since).code == 2


def test_an_update_for_each_member_is_for_that_one_alone(team: Run) -> None:
    team("alice", "groups", "rotate", "team")
    Path("updates").mkdir()
    assert team("alice", "groups", "share", "team", "-d", "updates").code == 0
    assert sorted(path.name for path in Path("updates").iterdir()) == ["team.bob.update", "team.carol.update"]
    assert team("carol", "import", "updates/team.bob.update").code == 4
    for who in ("bob", "carol"):
        assert team(who, "import", f"updates/team.{who}.update").code == 0


def test_members_of_one_name_get_an_update_each(run: Run) -> None:
    """Mallory's card says “Bob” too: neither update is lost."""
    other = card_of("Mallory")._replace(name="Bob")
    from e2ecli.operations.cards import issue_card
    from tests.unit.keyring.support import secrets_of

    Path("card").write_text(issue_card(other, secrets_of("Mallory").signing_key()).armored)
    assert run("alice", "import", "--name", "bob2", "card").code == 0
    assert run("alice", "groups", "create", "team", "bob", "bob2").code == 0
    Path("updates").mkdir()
    assert run("alice", "groups", "share", "team", "-d", "updates").code == 0
    assert len(list(Path("updates").iterdir())) == 2


def test_an_update_as_text_stands_within_a_mail(team: Run) -> None:
    team("alice", "groups", "rotate", "team")
    assert team("alice", "groups", "share", "team", "-a", "-o", "mail").code == 0
    Path("mail").write_text("Hello,\n\n" + Path("mail").read_text() + "\nBye\n")
    assert team("bob", "import", "mail").code == 0


def test_an_imported_roster_as_json(team: Run) -> None:
    (document,) = team("bob", "import", "team.update", "--json").document
    group = team("bob", "groups", "show", "team", "--json").document
    assert document == {
        "kind": "roster",
        "name": "team",
        "id": group["id"],
        "status": "unchanged",
        "introduced_by": None,
    }


def test_the_sender_in_json_names_the_group(team: Run) -> None:
    write(team, "carol", "one", "one.sealed")
    sender = json.loads(team("bob", "open", "one.sealed", "--json").err)["sender"]
    assert (sender["name"], sender["group"], sender["verified"]) == ("Carol", "team", False)
    assert sender["id"] == card_of("Carol").id


def test_opening_a_roster_is_3_and_points_to_import(team: Run) -> None:
    opened = team("bob", "open", "team.update")
    assert (opened.code, opened.out) == (3, "")
    assert "e2e import" in opened.err


FAILURES: dict[str, tuple[int, list[str]]] = {
    "create without members": (2, ["create", "choir"]),
    "create a second time": (1, ["create", "team", "bob"]),
    "create under no name": (2, ["create", "A Team", "bob"]),
    "create with nobody known": (7, ["create", "choir", "grace"]),
    "show nothing": (7, ["show", "choir"]),
    "add a member again": (2, ["add", "team", "bob"]),
    "remove a stranger": (7, ["remove", "team", "dave"]),
    "remove yourself": (2, ["remove", "team", "Alice"]),
    "remove a member twice at once": (0, ["remove", "team", "bob", "bob"]),
    "hand over to a stranger": (7, ["transfer", "team", "dave"]),
    "forget all": (2, ["forget", "team", "--before", "2"]),
    "forget without saying what": (2, ["forget", "team"]),
    "share to two places": (2, ["share", "team", "-o", "x", "-d", "."]),
    "share over a file": (1, ["share", "team", "-o", "team.update"]),
    "leave your own": (2, ["leave", "team"]),
    "leave nothing": (7, ["leave", "choir"]),
}


@pytest.mark.parametrize(("code", "arguments"), FAILURES.values(), ids=FAILURES.keys())
def test_how_a_command_ends(team: Run, code: int, arguments: list[str]) -> None:
    outcome = team("alice", "groups", *arguments)
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert "defect" not in outcome.err


@pytest.mark.parametrize("option", ["--anonymous", "--deniable"])
def test_nothing_unsigned_goes_to_a_group(team: Run, option: str) -> None:
    Path("text").write_text("x")
    assert team("bob", "send", "team", "text", "-o", "x", option).code == 7
    assert not Path("x").exists()


def test_a_revoked_member_is_named(team: Run) -> None:
    from e2ecli.keyring.cards import Revocation

    Path("revoked").write_text(signed(card_of("Bob", revoked=Revocation(NOW, "lost", None))).armored)
    assert team("alice", "import", "revoked").code == 0
    sent = write(team, "alice", "x", "x.sealed")
    assert sent.code == 7
    assert "bob, a member of the group “team”, has revoked" in sent.err


def test_damaged_members_are_no_defect(team: Run, tmp_path: Path) -> None:
    (tmp_path / "people/bob/keyring/groups/team/1.members").write_bytes(b"")
    shown = team("bob", "groups", "show", "team")
    assert shown.code == 1
    assert "defect" not in shown.err


def test_a_difference_names_members_as_the_group_does(team: Run) -> None:
    """Bob knows Alice alone: the others are named by their cards, whether they came or went."""
    assert team("alice", "groups", "add", "team", "dave").code == 0
    assert team("alice", "groups", "remove", "team", "carol").code == 0
    share(team)
    assert team("bob", "import", "--yes", "team.update").code == 0
    rows = [
        line.split("\t")[:2]
        for line in team("bob", "groups", "diff", "team", "--since", "1").out.splitlines()
    ]
    assert rows == [["added", "Dave"], ["removed", "Carol"]]
    rows = [
        line.split("\t")[:2]
        for line in team("alice", "groups", "diff", "team", "--since", "0").out.splitlines()
    ]
    assert sorted(rows) == [["added", "Alice"], ["added", "bob"], ["added", "dave"]]
