"""`e2e doctor` says what should be done about a keyring."""

import errno
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.people import Village


@pytest.fixture
def village(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Village:
    village = Village(tmp_path, capsys)
    village.run("alice", "keygen", "Alice", "--no-passphrase", "-q", "--recovery-file", village.file("words"))
    return village


def findings(village: Village, code: int = 1) -> list[tuple[str, str]]:
    document: Any = village.json("alice", "doctor", code=code)
    assert document["ok"] == (code == 0)
    return [(one["about"], one["message"]) for one in document["findings"]]


def messages(village: Village) -> str:
    return "\n".join(f"{about}: {message}" for about, message in findings(village))


def well(village: Village) -> None:
    """Mend what a keyring has against it at first."""
    passphrase = village.file("passphrase", "correct horse\n")
    village.run("alice", "keys", "passphrase", "--new-passphrase-file", passphrase, "--kdf", "interactive")
    village.run("alice", "keys", "restore", "--check", "--recovery-file", village.file("words"))


def test_a_keyring_in_which_all_is_well_ends_in_0(village: Village) -> None:
    well(village)
    assert findings(village, code=0) == []
    village.run("alice", "doctor")
    assert "all is well" in village.said


def test_a_keyring_that_isnt_there_is_the_only_finding(village: Village) -> None:
    document = village.json("nobody", "doctor", code=1)
    assert [one["remedy"] for one in document["findings"]] == ["make an identity: e2e keygen"]


def test_keys_in_the_clear_and_words_never_tried_are_findings(village: Village) -> None:
    assert [about for about, _ in findings(village)] == ["alice", "alice"]
    assert "without a passphrase" in messages(village)
    assert "recovery words" in messages(village)


def test_a_keyring_open_to_others_is_a_finding_with_the_command_that_mends_it(village: Village) -> None:
    (village.path / "alice").chmod(0o755)
    (finding,) = village.json("alice", "doctor", code=1)["findings"]
    assert finding["remedy"].startswith("chmod 700")


def test_settings_that_cant_be_read_are_a_finding_and_all_else_is_looked_at(village: Village) -> None:
    (village.path / "alice" / "config.toml").write_text("colour = 1\n")
    assert "config.toml" in messages(village)
    assert "recovery words" in messages(village)


def test_settings_that_name_nobody_are_a_finding(village: Village) -> None:
    (village.path / "alice" / "config.toml").write_text('trust_introductions_of = ["bob"]\n')
    assert "names “bob”, who is no contact" in messages(village)


@pytest.mark.parametrize(("days", "said"), [(336, "expires on"), (366, "expired on")])
def test_cards_near_their_end_or_past_it_are_findings(village: Village, days: int, said: str) -> None:
    village.settle("bob", bob="--expires 1y")
    village.introduce_to("alice", "bob")
    village.run("alice", "keys", "expire", "1y")
    assert said not in messages(village)
    village.wait(days=days)
    assert f"alice: your card {said}" in messages(village)
    assert f"bob: their card {said}" in messages(village)


def test_a_revoked_contact_and_a_damaged_one_are_findings(village: Village) -> None:
    village.settle("bob", "carol")
    village.introduce_to("alice", "bob", "carol")
    village.run("bob", "keys", "revoke", "--reason", "lost", "--yes")
    village.run("bob", "export", "-o", village.file("bob.card"), "-f")
    village.introduce_to("alice", "bob")
    (damaged,) = (village.path / "alice" / "contacts").glob("carol.*")
    damaged.write_text("nonsense")
    assert "bob: revoked this identity" in messages(village)
    assert "carol: " in messages(village)


def test_members_never_verified_and_rosters_out_of_date_are_findings(village: Village) -> None:
    village.settle("bob")
    village.introduce_to("alice", "bob")
    village.run("alice", "groups", "create", "team", "bob")
    assert "team: members whom you never verified: bob" in messages(village)
    assert "older cards" not in messages(village)
    village.wait(days=1)
    village.run("bob", "keys", "rotate")
    village.run("bob", "export", "-o", village.file("bob.card"), "-f")
    village.introduce_to("alice", "bob")
    assert "team: its roster has older cards than you have: bob" in messages(village)


def test_it_prints_the_versions_of_the_libraries(village: Village) -> None:
    assert "cryptography\t" in village.run("alice", "doctor", code=1)


def remedies(village: Village) -> dict[str, str]:
    return {one["message"]: one["remedy"] for one in village.json("alice", "doctor", code=1)["findings"]}


def test_the_commands_for_a_card_that_expires_name_its_identity(village: Village) -> None:
    village.run("alice", "keygen", "Second", "--no-passphrase", "-q", "--expires", "30d")
    village.wait(days=10)
    (remedy,) = [remedy for message, remedy in remedies(village).items() if "card expires" in message]
    commands = re.findall(r"e2e (keys expire 1y second|export second)", remedy)
    assert len(commands) == 2
    for command in commands:
        village.run("alice", *command.split())
    assert "card expires" not in messages(village)


def test_a_revoked_identity_that_acts_is_a_finding_until_another_does(village: Village) -> None:
    village.run("alice", "keys", "default", "alice")
    village.run("alice", "keys", "revoke", "--reason", "lost", "--yes")
    revoked = "you act as this identity, which is revoked: nothing can be sent or signed"
    assert remedies(village) == {revoked: "make a new one: e2e keygen"}
    village.run("alice", "keygen", "Second", "--no-passphrase", "-q")
    command = "e2e keys default second"
    assert any(remedy.endswith(command) for remedy in remedies(village).values())
    village.run("alice", "sign", "-a", village.file("text", "hello"), code=1)
    assert command in village.said
    village.run("alice", *command.split()[1:])
    assert "revoked" not in messages(village)
    village.run("alice", "sign", "-a", village.file("text"))


def test_a_revoked_identity_is_not_made_the_default(village: Village) -> None:
    village.run("alice", "keygen", "Second", "--no-passphrase", "-q")
    village.run("alice", "keys", "revoke", "second", "--reason", "lost", "--yes")
    village.run("alice", "keys", "default", "second", code=7)
    assert "e2e keys default alice" in village.said
    village.sealed("alice", "me", "message")


def test_a_member_who_revoked_their_identity_is_a_finding_with_the_command_that_removes_them(
    village: Village,
) -> None:
    village.settle("bob", "carol")
    village.introduce_to("alice", "bob", "carol")
    village.run("alice", "groups", "create", "team", "bob", "carol")
    village.run("bob", "keys", "revoke", "--reason", "lost", "--yes")
    village.run("bob", "export", "-o", village.file("bob.card"), "-f")
    village.introduce_to("alice", "bob")
    remedy = remedies(village)["members who have revoked their identity: bob"]
    assert remedy == "e2e groups remove team bob"
    village.run("alice", *remedy.split()[1:])
    assert "revoked their identity" not in messages(village)


def test_two_contacts_with_one_key_are_a_finding_until_one_is_removed(village: Village) -> None:
    village.settle("bob")
    village.introduce_to("alice", "bob")
    (path,) = (village.path / "alice" / "contacts").glob("bob.*")
    shutil.copy(path, path.with_name(path.name.replace("bob.", "copy.", 1)))
    assert "bob and copy: these contacts have the same key" in messages(village)
    village.run("alice", "contacts", "remove", "copy")
    assert "same key" not in messages(village)


@pytest.mark.parametrize(
    ("mistake", "remedy"),
    [
        ("rm lock && mkdir lock", "rmdir "),
        ("mkdir -m 700 config.toml", "rmdir "),
        ("install -m 600 /dev/null opened", "rm "),
        ("install -m 600 /dev/null used", "rm "),
        ("chmod 755 contacts", "chmod go-rwx "),
        ("chmod 666 lock", "chmod go-rwx "),
        ("chmod 644 identities/alice.toml", "chmod go-rwx "),
        ("chmod -R go+r *", "chmod -R go-rwx "),
    ],
)
def test_what_is_no_file_or_open_to_others_is_a_finding_whose_command_mends_it(
    village: Village, mistake: str, remedy: str
) -> None:
    well(village)
    subprocess.run(mistake, shell=True, check=True, cwd=village.path / "alice")
    (found,) = [one for one in remedies(village).values() if one is not None and one.startswith(remedy)]
    subprocess.run(found, shell=True, check=True)
    assert findings(village, code=0) == []


def test_a_lock_that_is_a_directory_is_named_by_whoever_writes(village: Village) -> None:
    lock = village.path / "alice" / "lock"
    lock.unlink()
    lock.mkdir()
    village.run("alice", "keygen", "Second", "--no-passphrase", "-q", code=1)
    assert f"{lock} is a directory" in village.said
    assert f"rmdir {lock}" in village.said


def test_words_whose_trial_cant_be_noted_are_right_all_the_same(village: Village) -> None:
    (village.path / "alice" / "drilled").touch(0o600)
    village.run("alice", "keys", "restore", "--check", "--recovery-file", village.file("words"))
    assert "these are the recovery words" in village.said
    assert str(village.path / "alice" / "drilled") in village.said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_a_keyring_that_cant_be_read_is_a_finding(village: Village) -> None:
    (village.path / "alice").chmod(0o000)
    assert [*remedies(village).values()] == [f"chmod 700 {village.path / 'alice'}"]
    (village.path / "alice").chmod(0o700)


def test_a_file_that_the_system_doesnt_let_us_look_at_is_a_finding(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: object) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied", "contacts")

    monkeypatch.setattr("e2ecli.keyring.contacts.ContactStore.of_same_key", denied)
    assert "your contacts: contacts: permission denied" in messages(village)
    assert "recovery words" in messages(village)


def test_a_setting_that_names_no_identity_is_a_finding_with_the_command_that_mends_it(
    village: Village,
) -> None:
    config = village.path / "alice" / "config.toml"
    config.write_text('default_identity = "nobody"\n')
    config.chmod(0o600)
    (remedy,) = [remedy for message, remedy in remedies(village).items() if str(config) in message]
    assert remedy.endswith("e2e keys default alice")
    village.sealed("alice", "me", "message", code=7)
    assert str(config) in village.said
    assert village.run("alice", "keys", "list").split("\t")[0] == "alice"
    assert str(config) in village.said
    village.run("alice", *remedy[remedy.index("keys") :].split())
    village.sealed("alice", "me", "message")


def test_many_members_are_named_in_few_words(village: Village) -> None:
    names = [f"member{place}" for place in range(10, 15)]
    village.settle(*names)
    village.introduce_to("alice", *names)
    village.run("alice", "groups", "create", "team", *names)
    assert "never verified: " in messages(village)
    (line,) = [message for message in messages(village).splitlines() if "never verified" in message]
    assert line.count("member1") == 3
    assert line.endswith(" and 2 more")
