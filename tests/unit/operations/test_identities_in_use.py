"""Making identities, unlocking them, choosing among several, and verifying contacts."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from e2ecli.errors import (
    KeyringError,
    LockedError,
    NotForYouError,
    RecipientError,
    UnknownNameError,
    UsageError,
    WrongPassphraseError,
)
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.safety import in_groups
from e2ecli.operations.add_contact import add_contact
from e2ecli.operations.keygen import (
    MadeIdentity,
    NewIdentity,
    make_identity,
    prepare,
    public_keys,
    store_identity,
)
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import read_message
from e2ecli.operations.verify_contact import check_digits, record_verification, safety_number_with
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of
from tests.unit.operations.support import (
    KNOWN,
    PASSPHRASE,
    TEXT,
    Collected,
    FixedPassphrases,
    add_identity,
    import_,
    open_,
    person,
    send,
    source,
    workspace_at,
)

ALICE = NewIdentity("Alice Liddell", "alice@example.org", 365 * DAY, None)


def made(workspace: Workspace, new: NewIdentity = ALICE, passphrase: bytes | None = None) -> MadeIdentity:
    identity = make_identity(
        workspace, prepare(workspace, new), None if passphrase is None else SecretBytes(passphrase)
    )
    store_identity(workspace, identity.identity)
    return identity


# keygen


def test_a_new_identity_has_a_card_that_is_good_from_now_on(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path, now=NOW + timedelta(microseconds=5))
    card = made(workspace).identity.card
    assert (card.name, card.email) == ("Alice Liddell", "alice@example.org")
    assert (card.issued, card.expires, card.revoked) == (NOW, NOW + 365 * DAY, None)


def test_a_new_identity_is_stored_for_its_owner_alone(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    identity = made(workspace).identity
    assert workspace.identities.all() == [identity]
    path = workspace.directory.path / "identities" / "alice-liddell.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_keys_on_the_card_are_those_of_the_secrets(tmp_path: Path) -> None:
    identity = made(workspace_at(tmp_path)).identity
    secrets = identity.unlock(None).secrets
    assert identity.card.signing_key == secrets.signing_key().public_key
    assert identity.card.encryption_keys == public_keys(secrets)


def test_the_words_bring_the_keys_back(tmp_path: Path) -> None:
    from mnemonic import Mnemonic

    new = made(workspace_at(tmp_path))
    root = SecretBytes(bytes(Mnemonic("english").to_entropy(" ".join(new.words))))
    assert len(new.words) == 24
    assert IdentitySecrets.from_root(root) == new.identity.unlock(None).secrets


def test_every_identity_has_keys_of_its_own(tmp_path: Path) -> None:
    one, other = made(workspace_at(tmp_path / "1")), made(workspace_at(tmp_path / "2"))
    assert one.words != other.words
    assert one.identity.card.signing_key != other.identity.card.signing_key


def test_invariant_6_the_words_do_not_show_in_a_repr(tmp_path: Path) -> None:
    new = made(workspace_at(tmp_path))
    assert " ".join(new.words[:2]) not in repr(new)
    assert repr(new.words)[1:-1] not in repr(new)


def test_an_identity_with_a_passphrase_is_locked(tmp_path: Path) -> None:
    identity = made(workspace_at(tmp_path), ALICE._replace(kdf="interactive"), b"correct horse").identity
    assert identity.locked
    with pytest.raises(WrongPassphraseError):
        identity.unlock(SecretBytes(b"wrong"))
    assert identity.unlock(PASSPHRASE).secrets.signing_key().public_key == identity.card.signing_key


def test_a_name_is_put_on_the_card_in_normal_form_c(tmp_path: Path) -> None:
    assert prepare(workspace_at(tmp_path), ALICE._replace(name="Zoe\u0308")).name == "Zoë"


@pytest.mark.parametrize(
    "new",
    [
        ALICE._replace(name=""),
        ALICE._replace(name="a" * 129),
        ALICE._replace(name="Al\x1bice"),
        ALICE._replace(name="爱丽丝"),
        ALICE._replace(email="alice"),
        ALICE._replace(email="alice@example.org\n"),
        ALICE._replace(petname="me"),
        ALICE._replace(petname="../alice"),
    ],
    ids=["no name", "a long name", "an escape", "no slug", "no address", "two lines", "me", "a path"],
)
def test_an_identity_that_can_not_be_is_refused_before_anything_is_written(
    tmp_path: Path, new: NewIdentity
) -> None:
    with pytest.raises(UsageError):
        prepare(workspace_at(tmp_path), new)
    assert list(tmp_path.iterdir()) == []


def test_an_identity_can_not_take_the_name_of_another_or_of_a_contact(tmp_path: Path) -> None:
    workspace = person(tmp_path, "Alice", knows=["Bob"])
    for name in ("alice", "bob"):
        with pytest.raises(KeyringError, match=f"is called “{name}” already"):
            prepare(workspace, ALICE._replace(petname=name))


def test_a_name_that_was_taken_meanwhile_is_refused(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    late = make_identity(workspace, prepare(workspace, ALICE), None)
    first = made(workspace)
    with pytest.raises(KeyringError, match="already"):
        store_identity(workspace, late.identity)
    assert workspace.identities.all() == [first.identity]


# Which identity acts


@pytest.fixture
def several(tmp_path: Path) -> Workspace:
    """Three identities: `home` is the oldest and locked, `work` newer and open, `club` newest and locked."""
    workspace = workspace_at(tmp_path / "several")
    add_identity(workspace, "Home", locked=True, created=NOW - 2 * DAY)
    add_identity(workspace, "Work", created=NOW - DAY)
    add_identity(workspace, "Club", locked=True, created=NOW)
    import_(workspace, card_of("Alice"))
    return workspace


def message_to(tmp_path: Path, *names: str) -> bytes:
    return send(person(tmp_path, "Alice", knows=names), *(name.lower() for name in names))


def with_passphrases(
    workspace: Workspace, *typed: bytes, attempts: int = 1
) -> tuple[Workspace, FixedPassphrases]:
    passphrases = FixedPassphrases(*typed, attempts=attempts)
    return workspace._replace(passphrases=passphrases), passphrases


def test_the_oldest_identity_acts(several: Workspace) -> None:
    assert several.own_identity().name == several.default_identity_name() == "home"


def test_the_configured_identity_acts(several: Workspace) -> None:
    (several.directory.path / "config.toml").write_text('default_identity = "club"')
    assert several.own_identity().name == several.default_identity_name() == "club"


def test_the_identity_that_was_asked_for_acts(several: Workspace) -> None:
    (several.directory.path / "config.toml").write_text('default_identity = "club"')
    asked = several._replace(as_identity="work")
    assert asked.own_identity().name == "work"
    assert asked.default_identity_name() == "club"


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_an_identity_that_is_not_there_can_not_act(several: Workspace, by: str) -> None:
    if by == "configuration":
        (several.directory.path / "config.toml").write_text('default_identity = "school"')
    else:
        several = several._replace(as_identity="school")
    with pytest.raises(UnknownNameError, match="no identity is called “school”"):
        several.own_identity()


def test_an_empty_keyring_has_no_default_identity(tmp_path: Path) -> None:
    assert workspace_at(tmp_path).default_identity_name() is None


def test_a_message_for_an_open_identity_asks_for_no_passphrase(several: Workspace, tmp_path: Path) -> None:
    workspace, passphrases = with_passphrases(several)
    assert open_(workspace, message_to(tmp_path, "Work")).content == TEXT
    assert passphrases.asked == []


def test_a_message_for_the_acting_identity_asks_for_its_passphrase(
    several: Workspace, tmp_path: Path
) -> None:
    workspace, passphrases = with_passphrases(several, b"correct horse")
    assert open_(workspace, message_to(tmp_path, "Home")).content == TEXT
    assert passphrases.asked == ["home"]


def test_a_message_for_another_locked_identity_names_it_as_untried(
    several: Workspace, tmp_path: Path
) -> None:
    workspace, passphrases = with_passphrases(several, b"correct horse")
    with pytest.raises(NotForYouError, match=r"locked and not tried: club$") as raised:
        open_(workspace, message_to(tmp_path, "Club"))
    assert raised.value.hint == "try again with --as club"
    assert passphrases.asked == ["home"]


def test_a_message_for_another_locked_identity_opens_when_it_acts(several: Workspace, tmp_path: Path) -> None:
    workspace, passphrases = with_passphrases(several._replace(as_identity="club"), b"correct horse")
    assert open_(workspace, message_to(tmp_path, "Club")).content == TEXT
    assert passphrases.asked == ["club"]


def test_a_message_for_nobody_here_names_what_was_not_tried(several: Workspace, tmp_path: Path) -> None:
    workspace, passphrases = with_passphrases(several._replace(as_identity="work"))
    with pytest.raises(NotForYouError, match=r"locked and not tried: (club, home|home, club)"):
        open_(workspace, message_to(tmp_path, "Bob"))
    assert passphrases.asked == []


def test_a_message_for_nobody_here_is_not_for_you_where_all_were_tried(tmp_path: Path) -> None:
    carol = person(tmp_path, "Carol")
    with pytest.raises(NotForYouError, match="no key in this keyring opens it"):
        open_(carol, message_to(tmp_path, "Bob"))


def test_an_empty_keyring_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotForYouError):
        open_(workspace_at(tmp_path / "nobody"), message_to(tmp_path, "Bob"))


def test_without_a_passphrase_a_locked_identity_stays_locked(several: Workspace, tmp_path: Path) -> None:
    with pytest.raises(LockedError):
        open_(several, message_to(tmp_path, "Home"), KNOWN)


def test_a_wrong_passphrase_is_wrong(several: Workspace, tmp_path: Path) -> None:
    workspace, _ = with_passphrases(several, b"wrong", b"correct horse")
    with pytest.raises(WrongPassphraseError):
        open_(workspace, message_to(tmp_path, "Home"))


def test_somebody_who_mistypes_is_asked_anew_three_times_in_all(several: Workspace, tmp_path: Path) -> None:
    message = message_to(tmp_path, "Home")
    workspace, passphrases = with_passphrases(several, b"1", b"2", b"correct horse", attempts=3)
    assert open_(workspace, message).content == TEXT
    assert passphrases.asked == ["home"] * 3
    workspace, _ = with_passphrases(several, b"1", b"2", b"3", b"correct horse", attempts=3)
    with pytest.raises(WrongPassphraseError):
        open_(workspace, message)


def test_several_messages_ask_for_one_passphrase(several: Workspace, tmp_path: Path) -> None:
    message = message_to(tmp_path, "Home")
    workspace, passphrases = with_passphrases(several, b"correct horse")
    opener = Opener(workspace, KNOWN)
    for _ in range(2):
        opener.open(read_message(source(message)), Collected().start)
    assert passphrases.asked == ["home"]


def test_sending_asks_for_the_passphrase_of_the_sender(several: Workspace) -> None:
    workspace, passphrases = with_passphrases(several, b"correct horse")
    assert send(workspace, "alice")
    assert passphrases.asked == ["home"]


# Verifying contacts


def test_both_see_the_same_safety_number(tmp_path: Path) -> None:
    alice, bob = person(tmp_path, "Alice", knows=["Bob"]), person(tmp_path, "Bob", knows=["Alice"])
    assert safety_number_with(alice, alice.contacts.get("bob")) == safety_number_with(
        bob, bob.contacts.get("alice")
    )


def test_the_right_digits_match_in_any_spacing(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice", knows=["Bob"])
    bob = alice.contacts.get("bob")
    digits = safety_number_with(alice, bob)
    for written in (digits, " ".join(in_groups(digits)), "-".join(in_groups(digits)), f"\n{digits}\n"):
        check_digits(alice, bob, written)


def test_wrong_digits_do_not_match(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice", knows=["Bob"])
    bob = alice.contacts.get("bob")
    digits = safety_number_with(alice, bob)
    for place in range(0, 60, 12):
        wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        with pytest.raises(RecipientError, match="DOES NOT MATCH"):
            check_digits(alice, bob, wrong)


@pytest.mark.parametrize("digits", ["", "1" * 59, "1" * 61, "x" * 60, "\u0661" * 60, "1" * 59 + "²"])
def test_what_is_no_safety_number_is_refused(tmp_path: Path, digits: str) -> None:
    alice = person(tmp_path, "Alice", knows=["Bob"])
    with pytest.raises(RecipientError, match="60 digits"):
        check_digits(alice, alice.contacts.get("bob"), digits)


def test_a_verification_is_recorded_with_its_time_and_way(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice", knows=["Bob"])
    record_verification(alice, alice.contacts.get("bob"), "digits given with --check")
    verified = alice.contacts.get("bob").verified
    assert verified is not None
    assert (verified.at, verified.method) == (NOW, "digits given with --check")


def test_a_key_that_changed_while_you_compared_is_not_verified(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice", knows=["Bob"])
    compared = alice.contacts.get("bob")
    import_(alice, card_of("Mallory"), "bob", replace_key=True)
    with pytest.raises(RecipientError, match="changed meanwhile"):
        record_verification(alice, compared, "compared at the terminal")
    assert alice.contacts.get("bob").verified is None


def test_without_a_signing_key_there_is_no_safety_number(tmp_path: Path) -> None:
    alice = person(tmp_path, "Alice")
    carol = add_contact(alice, "carol", keys_of("Carol").x25519.value.hex(), None).contact
    with pytest.raises(RecipientError, match="there is no safety number"):
        safety_number_with(alice, carol)
