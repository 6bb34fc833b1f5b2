"""What was tried against the program, and how it ends now."""

import json
from pathlib import Path

import pytest

from e2ecli.keyring.cards import Card, EncryptionKeys, format_card
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.toml import encode_base64
from e2ecli.operations.cards import issue_card
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from tests.unit.cli.people import START, Village


def hostile_card(village: Village, file: str, x25519: str, **changes: object) -> None:
    """File a card of Eve's that shows whatever encryption key."""
    signer = IdentitySecrets.from_root(SecretBytes(random_bytes(32))).signing_key()
    keys = EncryptionKeys(X25519PublicKey(bytes.fromhex(x25519)), None)
    card = Card("Eve", None, signer.public_key, START, None, keys, None)._replace(**changes)  # type: ignore[arg-type]
    assert format_card(card)
    village.file(file, issue_card(card, signer).armored)


@pytest.mark.parametrize("empty", ["", ",", "alice,", " "])
@pytest.mark.parametrize("command", ["open", "verify"])
def test_an_empty_from_never_means_everybody(village: Village, command: str, empty: str) -> None:
    message = village.sealed("alice", "bob", "message")
    village.run("bob", command, "--from", empty, message, code=2)


def test_what_your_own_revoked_identity_signed_is_not_from_you(village: Village) -> None:
    village.run("alice", "keygen", "next", "--no-passphrase", "-q")
    to_next = village.sealed("alice", "me", "message", "--as", "alice")
    village.run("alice", "keys", "revoke", "alice", "--reason", "compromised", "--yes")
    village.run("alice", "open", to_next, code=5)
    assert "revoked" in village.said


def test_a_card_that_shows_somebody_elses_encryption_key_takes_no_credit(village: Village) -> None:
    """A deniable message proves an encryption key, and a card may show anybody's."""
    alices = village.json("alice", "keys", "show")["x25519"]
    hostile_card(village, "eve.card", alices)
    village.run("bob", "import", village.file("eve.card"), "--name", "aaa")
    deniable = village.sealed("alice", "bob", "message", "--deniable")
    for expected in ([], ["--from", "aaa"], ["--from", "alice"]):
        assert village.run("bob", "open", *expected, deniable, code=5) == ""
        assert "aaa, alice" in village.said


def test_a_card_that_shows_your_own_encryption_key_takes_no_credit(village: Village) -> None:
    bobs = village.json("bob", "keys", "show")["x25519"]
    hostile_card(village, "eve.card", bobs)
    village.run("bob", "import", village.file("eve.card"))
    village.run("bob", "open", village.sealed("bob", "me", "message", "--deniable"), code=5)


def test_a_card_that_expired_in_the_first_year_of_the_calendar_stops_nothing(village: Village) -> None:
    village.settle("eve")
    village.run("eve", "import", village.file("bob.card"))
    village.introduce_to("bob", "eve")
    message = village.sealed("eve", "bob", "message")
    contact = next((village.path / "bob" / "contacts").glob("eve.*"))
    from e2ecli.operations.workspace import Workspace
    from tests.unit.operations.support import FixedPassphrases

    workspace = Workspace.at(village.path / "eve", lambda: village.now, FixedPassphrases())
    identity = workspace.own_identity()
    expired = identity.card._replace(expires=START.replace(year=1))
    signer = workspace.keys_of(identity).signer
    contact.write_text(
        contact.read_text().replace(
            encode_base64(identity.signed_card.message), encode_base64(issue_card(expired, signer).message)
        )
    )
    assert village.run("bob", "open", message) == "hello"
    assert "expired" in village.said


def test_nothing_fails_once_the_output_is_there(village: Village) -> None:
    """Who introduced the sender is looked up before, and the key stands for a name that can't be read."""
    village.settle("carol")
    village.introduce_to("alice", "carol")
    village.run("alice", "contacts", "introduce", "carol", "--to", "bob", "-o", village.file("introduction"))
    village.run("bob", "import", village.file("introduction"))
    village.run("carol", "import", village.file("bob.card"))
    message = village.sealed("carol", "bob", "message")
    alice = next((village.path / "bob" / "contacts").glob("alice.*"))
    alice.write_text("junk")
    village.run("bob", "open", message, "-o", village.file("opened"))
    assert f"introduced by {alice.name.split('.')[1]}" in village.said
    assert Path(village.file("opened")).read_text() == "hello"


def test_a_flood_of_beginnings_is_refused_at_once(village: Village) -> None:
    flood = village.file("flood", "BEGIN E2ECARD SALTPACK SIGNED MESSAGE. " * 20_000)
    village.run("bob", "import", flood, code=3)
    assert "20000 cards" in village.said


def test_the_introductions_of_somebody_who_was_compromised_count_no_more(village: Village) -> None:
    village.settle("carol")
    village.introduce_to("alice", "carol")
    village.run("alice", "contacts", "introduce", "carol", "--to", "bob", "-o", village.file("introduction"))
    village.run("bob", "import", village.file("introduction"))
    (village.path / "bob" / "config.toml").write_text('trust_introductions_of = ["alice"]\n')
    village.sealed("bob", "carol", "message", "--require-verified")
    village.run("alice", "keys", "revoke", "--reason", "compromised", "--yes")
    village.run("alice", "export", "-o", village.file("alice.card"), "-f")
    village.introduce_to("bob", "alice")
    village.sealed("bob", "carol", "message", "--require-verified", code=7)


@pytest.mark.parametrize(
    "change",
    [
        ("generation = 0", "generation = 4294967296"),
        ("oldest_generation = 0", "oldest_generation = 5"),
        (
            'kdf = "none"',
            'kdf = "argon2id"\npasses = 1048576\nmemory = 65536\nsalt = "AAAAAAAAAAAAAAAAAAAAAA=="',
        ),
    ],
    ids=["generations", "oldest", "passes"],
)
def test_an_identity_file_that_somebody_changed_hangs_nothing(
    village: Village, change: tuple[str, str]
) -> None:
    path = village.path / "bob" / "identities" / "bob.toml"
    path.write_text(path.read_text().replace(*change))
    village.run("bob", "keys", "rotate", code=1)
    assert "damaged" in village.said


def test_usage_errors_of_data_commands_leave_stdout_to_data(village: Village) -> None:
    assert village.run("bob", "open", "--json", "--bogus", code=2) == ""
    assert json.loads(village.said)["exit_code"] == 2


def test_the_recovery_words_are_not_read_without_end(village: Village) -> None:
    village.run("bob", "keys", "restore", "X", "--recovery-file", "/dev/zero", code=1)


def test_a_name_from_a_message_follows_no_link(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    message = village.sealed("alice", "bob", "message")
    inbox = village.path / "inbox"
    inbox.mkdir()
    (inbox / "text").symlink_to(village.path / "elsewhere")
    village.run("bob", "open", "-O", "-d", str(inbox), message, code=1)
    assert not (village.path / "elsewhere").exists()
