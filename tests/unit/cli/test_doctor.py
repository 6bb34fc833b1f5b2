"""`e2e doctor` says what should be done about a keyring."""

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
