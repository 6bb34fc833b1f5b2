"""Introductions, from both sides: Alice introduces Bob to Carol."""

import io
from pathlib import Path

import pytest

from e2ecli.errors import (
    DamagedError,
    NotAMessageError,
    NotForYouError,
    RecipientError,
    RollbackError,
    SenderError,
    UnknownNameError,
)
from e2ecli.keyring.cards import Revocation
from e2ecli.operations.add_contact import add_contact
from e2ecli.operations.contacts import status_of
from e2ecli.operations.import_card import Imported
from e2ecli.operations.import_text import import_text
from e2ecli.operations.introduce import prepare_introduction, seal_introduction
from e2ecli.operations.reading import ReadPolicy
from e2ecli.operations.send import SendOptions, prepare, seal
from e2ecli.operations.senders import SenderPolicy
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.hashes import sha512
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, signed, signing_key_of
from tests.unit.operations.support import import_, open_, person, sealed_by_hand, send, source

VERIFIED_SENDERS = ReadPolicy(SenderPolicy(require_verified=True))


@pytest.fixture
def alice(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Alice", knows=["Bob", "Carol"])


@pytest.fixture
def carol(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Carol", knows=["Alice"])


def introduction(
    workspace: Workspace, name: str = "bob", to: str = "carol", *, armored: bool = False
) -> bytes:
    message = bytearray()
    card, sending = prepare_introduction(workspace, name, to)
    seal_introduction(card, sending, message.extend, armored=armored)
    return bytes(message)


def introduction_of(
    workspace: Workspace, content: bytes, to: str = "carol", *, anonymous: bool = False
) -> bytes:
    """A message that is typed as an introduction, with whatever inside."""
    message = bytearray()
    sending = prepare(workspace, [to], SendOptions(anonymous=anonymous))
    seal(sending, source(content), message.extend, None, armored=False, kind="introduction")
    return bytes(message)


def take_in(workspace: Workspace, message: bytes, name: str | None = None) -> Imported:
    imported = import_text(workspace, message, name)
    assert isinstance(imported, Imported)
    return imported


def trust_introductions(workspace: Workspace, name: str) -> None:
    (workspace.directory.path / "config.toml").write_text(f'trust_introductions_of = ["{name}"]\n')


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
def test_an_introduction_files_the_card_and_who_introduced_it(
    alice: Workspace, carol: Workspace, armored: bool
) -> None:
    imported = take_in(carol, introduction(alice, armored=armored))
    assert (imported.kind, imported.status) == ("introduction", "new")
    assert imported.contact.signed_card == alice.contacts.get("bob").signed_card
    assert imported.contact.introduced_by == signing_key_of("Alice")
    assert carol.contacts.get("bob") == imported.contact


def test_whoever_is_introduced_is_not_verified(alice: Workspace, carol: Workspace) -> None:
    bob = take_in(carol, introduction(alice)).contact
    assert bob.verified is None
    assert status_of(bob, carol) == "introduced"


def test_nobody_is_verified_because_the_introducer_is(alice: Workspace, carol: Workspace) -> None:
    record_verification(alice, alice.contacts.get("bob"), "compared at the terminal")
    record_verification(carol, carol.contacts.get("alice"), "compared at the terminal")
    assert take_in(carol, introduction(alice)).contact.verified is None


def test_introducing_changes_nothing_for_the_introducer(alice: Workspace) -> None:
    before = alice.contacts.all()
    introduction(alice)
    assert alice.contacts.all() == before


def test_an_introduction_can_get_another_petname(alice: Workspace, carol: Workspace) -> None:
    assert take_in(carol, introduction(alice), "bobby").contact.petname == "bobby"


def test_an_introduction_opens_for_nobody_else(alice: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotForYouError):
        take_in(person(tmp_path, "Dave", knows=["Alice"]), introduction(alice))


def test_require_verified_does_not_send_to_somebody_introduced(alice: Workspace, carol: Workspace) -> None:
    take_in(carol, introduction(alice))
    with pytest.raises(RecipientError, match="“bob” is not verified"):
        send(carol, "bob", options=SendOptions(require_verified=True))


def test_require_verified_does_not_open_from_somebody_introduced(
    alice: Workspace, carol: Workspace, tmp_path: Path
) -> None:
    take_in(carol, introduction(alice))
    message = send(person(tmp_path, "Bob", knows=["Carol"]), "carol")
    with pytest.raises(SenderError, match="“bob” is not verified"):
        open_(carol, message, VERIFIED_SENDERS)


@pytest.mark.parametrize("name", ["alice", card_of("Alice").id], ids=["a petname", "a key id"])
def test_trusted_introductions_count_for_send_and_open(
    alice: Workspace, carol: Workspace, tmp_path: Path, name: str
) -> None:
    take_in(carol, introduction(alice))
    trust_introductions(carol, name)
    assert send(carol, "bob", options=SendOptions(require_verified=True))
    message = send(person(tmp_path, "Bob", knows=["Carol"]), "carol")
    assert open_(carol, message, VERIFIED_SENDERS).sender == "bob"


def test_whoever_is_introduced_by_somebody_trusted_is_still_shown_as_introduced(
    alice: Workspace, carol: Workspace
) -> None:
    bob = take_in(carol, introduction(alice)).contact
    trust_introductions(carol, "alice")
    assert status_of(bob, carol) == "introduced"


def test_another_introducer_than_the_trusted_one_does_not_count(alice: Workspace, carol: Workspace) -> None:
    import_(carol, card_of("Eve"))
    take_in(carol, introduction(alice))
    trust_introductions(carol, "eve")
    with pytest.raises(RecipientError, match="“bob” is not verified"):
        send(carol, "bob", options=SendOptions(require_verified=True))


def test_a_trusted_introducer_is_not_verified_by_that_trust(carol: Workspace) -> None:
    trust_introductions(carol, "alice")
    with pytest.raises(RecipientError, match="“alice” is not verified"):
        send(carol, "alice", options=SendOptions(require_verified=True))


def test_trust_in_the_introductions_of_nobody_known_is_an_error(alice: Workspace, carol: Workspace) -> None:
    take_in(carol, introduction(alice))
    trust_introductions(carol, "nobody")
    with pytest.raises(UnknownNameError, match="“nobody”"):
        send(carol, "bob", options=SendOptions(require_verified=True))


def test_an_introduction_by_a_stranger_is_refused(alice: Workspace, tmp_path: Path) -> None:
    carol = person(tmp_path, "Carol")
    with pytest.raises(SenderError, match="only from one of your contacts"):
        take_in(carol, introduction(alice))
    assert carol.contacts.all() == []


def test_an_anonymous_introduction_is_refused(alice: Workspace, carol: Workspace) -> None:
    message = introduction_of(alice, signed(card_of("Bob")).armored.encode(), anonymous=True)
    with pytest.raises(SenderError):
        take_in(carol, message)
    assert carol.contacts.petnames() == ["alice"]


def test_an_introduction_by_somebody_revoked_is_refused(alice: Workspace, carol: Workspace) -> None:
    message = introduction(alice)
    revoked = Revocation(NOW, "compromised", None)
    import_(carol, card_of("Alice", issued=NOW + DAY, revoked=revoked))
    with pytest.raises(SenderError, match="“alice” has revoked"):
        take_in(carol, message)
    assert carol.contacts.petnames() == ["alice"]


def test_an_introduction_to_yourself_by_yourself_is_refused(alice: Workspace) -> None:
    with pytest.raises(SenderError, match="only from one of your contacts"):
        take_in(alice, introduction(alice, to="me"))


NO_CARDS = {
    "nothing": b"",
    "words": b"Bob is a good man.\n",
    "random bytes": sha512(b"random") * 8,
    "an altered card": signed(card_of("Bob")).armored.encode().replace(b"a", b"b"),
    "too much": b"x" * 200_000,
}


@pytest.mark.parametrize("content", NO_CARDS.values(), ids=NO_CARDS.keys())
def test_an_introduction_that_holds_no_card_files_nobody(
    alice: Workspace, carol: Workspace, content: bytes
) -> None:
    message = introduction_of(alice, content)
    with pytest.raises(DamagedError):
        take_in(carol, message)
    assert carol.contacts.petnames() == ["alice"]


def test_open_does_not_take_an_introduction_for_a_message(alice: Workspace, carol: Workspace) -> None:
    with pytest.raises(NotAMessageError, match="this is an introduction") as raised:
        open_(carol, introduction(alice))
    assert raised.value.hint == "take it into the keyring: e2e import FILE"


def test_a_card_that_was_sent_as_a_message_is_no_introduction(alice: Workspace, carol: Workspace) -> None:
    message = send(alice, "carol", data=signed(card_of("Bob")).armored.encode())
    with pytest.raises(NotAMessageError, match="this is a message, not a card"):
        take_in(carol, message)
    assert carol.contacts.petnames() == ["alice"]


def test_a_message_of_no_known_type_is_not_taken_in(carol: Workspace) -> None:
    message = sealed_by_hand("Carol", None, data=signed(card_of("Bob")).armored.encode())
    with pytest.raises(NotAMessageError):
        take_in(carol, message)


def test_an_introduction_of_a_known_contact_keeps_how_they_are_known(
    alice: Workspace, carol: Workspace
) -> None:
    known = alice.contacts.get("bob").signed_card
    assert known is not None
    import_(carol, known)
    record_verification(carol, carol.contacts.get("bob"), "compared at the terminal")
    before = carol.contacts.get("bob")
    imported = take_in(carol, introduction(alice))
    assert (imported.kind, imported.status) == ("introduction", "unchanged")
    assert carol.contacts.get("bob") == before


def test_an_introduction_does_not_make_an_unverified_contact_introduced(
    alice: Workspace, carol: Workspace
) -> None:
    import_(carol, card_of("Bob", issued=NOW - DAY))
    imported = take_in(carol, introduction(alice))
    assert imported.status == "updated"
    assert (imported.contact.verified, imported.contact.introduced_by) == (None, None)


def test_an_introduction_is_no_way_round_a_changed_key(alice: Workspace, carol: Workspace) -> None:
    import_(carol, card_of("Eve"), "bob")
    with pytest.raises(RecipientError, match="THE KEY HAS CHANGED"):
        take_in(carol, introduction(alice))
    assert carol.contacts.get("bob").signing_key == signing_key_of("Eve")


def test_an_introduction_is_no_way_round_a_revocation(alice: Workspace, carol: Workspace) -> None:
    import_(carol, card_of("Bob", revoked=Revocation(NOW, "lost", None)))
    with pytest.raises(RollbackError, match="has revoked this identity"):
        take_in(carol, introduction(alice))


def test_your_own_card_is_no_introduction(alice: Workspace, carol: Workspace) -> None:
    with pytest.raises(RecipientError, match="your own identity “carol”"):
        take_in(carol, introduction_of(alice, carol.own_identity().signed_card.armored.encode()))


@pytest.mark.parametrize(("name", "to"), [("nobody", "carol"), ("bob", "nobody")])
def test_nobody_unknown_can_be_introduced_or_introduced_to(alice: Workspace, name: str, to: str) -> None:
    with pytest.raises(UnknownNameError, match="nobody"):
        prepare_introduction(alice, name, to)


def test_raw_keys_can_neither_be_introduced_nor_introduced_to(alice: Workspace) -> None:
    add_contact(alice, "raw", keys_of("Eve").x25519.value.hex(), signing_key_of("Eve").value.hex())
    with pytest.raises(RecipientError, match="“raw” has no card"):
        prepare_introduction(alice, "raw", "carol")
    with pytest.raises(RecipientError, match="“raw” uses other software"):
        prepare_introduction(alice, "bob", "raw")


def test_an_introduction_is_text_where_that_was_asked_for(alice: Workspace) -> None:
    assert io.BytesIO(introduction(alice, armored=True)).readline().startswith(b"BEGIN ")
