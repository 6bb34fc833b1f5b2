"""Filing cards: new, newer, or refused (sections 2.5 and 4 of the design)."""

from datetime import timedelta
from pathlib import Path

import pytest

from e2ecli.errors import (
    DamagedError,
    KeyChangedError,
    KeyringError,
    NotAMessageError,
    RecipientError,
    RollbackError,
    UnknownNameError,
    UsageError,
)
from e2ecli.keyring.cards import Card, Revocation, format_card
from e2ecli.keyring.contacts import ContactEntry, ContactStore, RawKeys
from e2ecli.operations.add_contact import add_contact
from e2ecli.operations.cards import PURPOSE
from e2ecli.operations.contacts import (
    contacts_by_id,
    find_contact,
    find_contacts,
    remove_contact,
    rename_contact,
    status_of,
)
from e2ecli.operations.export import export_card
from e2ecli.operations.import_text import import_text
from e2ecli.operations.sign import sign_attached
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack.armor import Frame, armor
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.signing import sign_text
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import at, import_, person, send, source, workspace_at

LOST = Revocation(NOW, "lost", None)
BOB = card_of("Bob")
NEWER = card_of("Bob", issued=NOW + DAY, generation=1)


@pytest.fixture
def alice(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Alice")


def test_a_new_card_is_filed_unverified_under_the_slug_of_its_name(alice: Workspace) -> None:
    imported = import_(alice, card_of("Bob Builder"))
    assert imported.status == "new"
    assert imported.contact.petname == "bob-builder"
    assert imported.contact.verified is None
    assert imported.contact.introduced_by is None
    assert imported.contact.added == NOW
    assert alice.contacts.all() == [imported.contact]


def test_a_new_card_is_filed_under_the_name_that_is_given(alice: Workspace) -> None:
    assert import_(alice, BOB, "builder").contact.petname == "builder"


@pytest.mark.parametrize("petname", ["me", "../bob", "Bob", ""])
def test_a_name_that_can_be_none_is_refused(alice: Workspace, petname: str) -> None:
    with pytest.raises(UsageError):
        import_(alice, BOB, petname)


def test_a_card_is_found_within_other_text(alice: Workspace) -> None:
    text = f"Dear Alice,\n\n> {signed(BOB).armored}\nBob".encode()
    assert import_text(alice, text).status == "new"
    assert alice.contacts.get("bob").card == BOB


def test_a_binary_card_is_read(alice: Workspace) -> None:
    binary = sign_text(format_card(BOB), secrets_of("Bob").signing_key(), PURPOSE)
    assert import_text(alice, binary).status == "new"
    assert alice.contacts.get("bob").card == BOB


def test_the_same_card_again_changes_nothing(alice: Workspace) -> None:
    first = import_(alice, BOB)
    again = import_(at(alice, NOW + DAY), first.contact.signed_card or BOB)
    assert again.status == "unchanged"
    assert again.contact == first.contact


def test_a_newer_card_updates_the_contact_and_leaves_what_you_know_of_it(alice: Workspace) -> None:
    import_(alice, BOB, "builder")
    verified = record_verification(alice, alice.contacts.get("builder"), "compared at the terminal")
    updated = import_(at(alice, NOW + 2 * DAY), NEWER)
    assert updated.status == "updated"
    assert updated.contact.card == NEWER
    assert updated.contact.petname == "builder"
    assert updated.contact.verified == verified.verified
    assert updated.contact.added == NOW
    assert alice.contacts.all() == [updated.contact]


def test_the_former_encryption_key_is_kept_once(alice: Workspace) -> None:
    import_(alice, BOB)
    import_(alice, card_of("Bob", issued=NOW + DAY, email="new@example.org"))
    import_(alice, card_of("Bob", issued=NOW + 2 * DAY, generation=1))
    contact = import_(alice, card_of("Bob", issued=NOW + 3 * DAY, revoked=LOST)).contact
    assert contact.former_x25519 == (keys_of("Bob", 0).x25519, keys_of("Bob", 1).x25519)


@pytest.mark.parametrize(
    "older",
    [
        card_of("Bob", issued=NOW - timedelta(seconds=1)),
        card_of("Bob", issued=NOW, email="other@example.org"),
    ],
    ids=["by a second", "of the same second"],
)
def test_an_older_card_never_replaces_a_later_one(alice: Workspace, older: Card) -> None:
    before = import_(alice, BOB).contact
    with pytest.raises(RollbackError, match="not newer"):
        import_(alice, older)
    assert alice.contacts.all() == [before]


def test_replacing_does_not_bring_an_older_card_back(alice: Workspace) -> None:
    import_(alice, NEWER)
    with pytest.raises(RollbackError):
        import_(alice, BOB, replace_key=True)


def test_a_card_that_has_lost_its_hybrid_key_is_a_downgrade(alice: Workspace) -> None:
    import_(alice, BOB)
    with pytest.raises(RollbackError, match="lacks the post-quantum key"):
        import_(alice, card_of("Bob", issued=NOW + DAY, hybrid=False))
    assert alice.contacts.get("bob").card == BOB


def test_a_card_may_gain_a_hybrid_key(alice: Workspace) -> None:
    import_(alice, card_of("Bob", hybrid=False))
    assert import_(alice, NEWER).status == "updated"


@pytest.mark.parametrize("issued", [NOW + DAY, NOW, NOW - DAY], ids=["later", "at once", "earlier"])
def test_a_revocation_wins_whenever_it_was_issued(alice: Workspace, issued: object) -> None:
    import_(alice, BOB)
    revoked = card_of("Bob", issued=issued, revoked=LOST)  # type: ignore[arg-type]
    assert import_(alice, revoked).status == "updated"
    assert alice.contacts.get("bob").revoked == LOST
    assert status_of(alice.contacts.get("bob"), alice) == "revoked"


@pytest.mark.parametrize(
    "card",
    [NEWER, card_of("Bob", issued=NOW + DAY, revoked=Revocation(NOW, "retired", None))],
    ids=["a newer card", "another revocation"],
)
def test_a_revoked_id_never_comes_back(alice: Workspace, card: Card) -> None:
    import_(alice, card_of("Bob", revoked=LOST))
    with pytest.raises(RollbackError, match="has revoked this identity"):
        import_(alice, card)
    with pytest.raises(RollbackError):
        import_(alice, card, replace_key=True)
    assert alice.contacts.get("bob").revoked == LOST


def test_the_same_revocation_again_changes_nothing(alice: Workspace) -> None:
    revocation = signed(card_of("Bob", revoked=LOST))
    import_(alice, revocation)
    assert import_(alice, revocation).status == "unchanged"


def test_your_own_card_is_no_contacts(alice: Workspace) -> None:
    with pytest.raises(RecipientError, match="your own identity “alice”"):
        import_(alice, alice.own_identity().signed_card, "friend")
    assert alice.contacts.all() == []


def test_a_card_that_is_known_under_another_name_is_not_filed_twice(alice: Workspace) -> None:
    import_(alice, BOB)
    with pytest.raises(RecipientError, match="already, as “bob”") as raised:
        import_(alice, NEWER, "builder")
    assert raised.value.hint == "e2e contacts rename bob builder"


MALLORY = signed(card_of("Mallory"))


def test_another_key_under_the_same_name_is_refused(alice: Workspace) -> None:
    before = import_(alice, BOB).contact
    with pytest.raises(KeyChangedError, match="THE KEY HAS CHANGED: “bob”") as raised:
        import_(alice, MALLORY, "bob")
    assert before.shown_id in raised.value.message
    assert MALLORY.card.id in raised.value.message
    assert "--replace" in (raised.value.hint or "")
    assert alice.contacts.all() == [before]


def test_replacing_the_key_makes_the_contact_unverified_again(alice: Workspace) -> None:
    import_(alice, BOB)
    record_verification(alice, alice.contacts.get("bob"), "compared at the terminal")
    imported = import_(alice, MALLORY, "bob", replace_key=True)
    assert imported.status == "updated"
    assert imported.contact.verified is None
    assert imported.contact.signing_key == signing_key_of("Mallory")
    assert alice.contacts.all() == [imported.contact]
    assert alice.contacts.find_by_key(signing_key_of("Bob")) is None


def test_replacing_where_nothing_is_to_be_replaced_files_a_new_contact(alice: Workspace) -> None:
    assert import_(alice, BOB, replace_key=True).status == "new"


@pytest.mark.parametrize("replace_key", [False, True])
def test_a_contact_can_not_take_the_name_of_an_identity(alice: Workspace, replace_key: bool) -> None:
    with pytest.raises(KeyringError, match="an identity is called “alice”"):
        import_(alice, BOB, "alice", replace_key=replace_key)


# What is no card (section 2.7)


def test_a_document_that_looks_like_a_card_is_none(alice: Workspace) -> None:
    message = bytearray()
    sign_attached(secrets_of("Bob").signing_key(), source(format_card(BOB)), message.extend, armored=True)
    with pytest.raises(NotAMessageError, match="a signed document, not a card"):
        import_text(alice, bytes(message))


def test_a_message_that_looks_like_a_card_is_none(alice: Workspace, tmp_path: Path) -> None:
    bob = person(tmp_path, "Bob", knows=["Alice"])
    import_(alice, BOB)
    with pytest.raises(NotAMessageError):
        import_text(alice, send(bob, "alice", data=signed(card_of("Carol")).armored.encode()))
    assert alice.contacts.petnames() == ["bob"]


@pytest.mark.parametrize("purpose", ["e2e-card/2", "e2e-card/1 ", "E2E-CARD/1", "", "e2e-group/1"])
def test_a_signature_for_another_purpose_is_no_card(alice: Workspace, purpose: str) -> None:
    text = sign_text(format_card(BOB), secrets_of("Bob").signing_key(), purpose)
    with pytest.raises(DamagedError):
        import_text(alice, armor(text, Frame("E2ECARD", Frame.of(Mode.ATTACHED).type)).encode())


def test_a_card_that_somebody_else_signed_is_refused(alice: Workspace) -> None:
    forged = sign_text(format_card(BOB), secrets_of("Mallory").signing_key(), PURPOSE)
    with pytest.raises(DamagedError, match="another key than its own"):
        import_text(alice, forged)


def test_a_card_of_any_altered_byte_is_refused(alice: Workspace) -> None:
    card = sign_text(format_card(card_of("Bob", hybrid=False)), secrets_of("Bob").signing_key(), PURPOSE)
    for place in range(0, len(card), 7):
        altered = card[:place] + bytes([card[place] ^ 1]) + card[place + 1 :]
        with pytest.raises(DamagedError):
            import_text(alice, altered)
    assert alice.contacts.all() == []


def test_a_card_longer_than_the_limit_is_refused(alice: Workspace) -> None:
    text = format_card(BOB) + b"\n# " + b"x" * 16 * 1024
    with pytest.raises(NotAMessageError, match="longer"):
        import_text(alice, sign_text(text, secrets_of("Bob").signing_key(), PURPOSE))


@pytest.mark.parametrize("text", [b"", b"hello", b"\x93\x00", b"BEGIN E2ECARD SALTPACK SIGNED MESSAGE. abc"])
def test_invariant_9_what_is_no_message_is_refused(alice: Workspace, text: bytes) -> None:
    with pytest.raises(DamagedError):
        import_text(alice, text)


# Export


def test_your_card_and_those_of_your_contacts_are_given_out_as_they_were_signed(alice: Workspace) -> None:
    bob = signed(BOB)
    import_(alice, bob)
    own = alice.own_identity().signed_card
    for name in (None, "me", "alice"):
        assert export_card(alice, name) == own
    assert export_card(alice, "bob") == bob
    assert export_card(alice, BOB.id) == bob


def test_a_contact_with_raw_keys_has_no_card_to_give_out(alice: Workspace) -> None:
    add_contact(alice, "carol", keys_of("Carol").x25519.value.hex(), None)
    with pytest.raises(RecipientError, match="“carol” has no card"):
        export_card(alice, "carol")


@pytest.mark.parametrize(
    ("name", "error"), [(None, KeyringError), ("me", KeyringError), ("bob", RecipientError)]
)
def test_without_anybody_there_is_no_card(tmp_path: Path, name: str | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        export_card(workspace_at(tmp_path), name)


# Raw keys

CAROL_X25519 = keys_of("Carol").x25519.value.hex()
CAROL_ED25519 = signing_key_of("Carol").value.hex()
LOW_ORDER = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"


def test_raw_keys_are_filed_unverified(alice: Workspace) -> None:
    added = add_contact(alice, "carol", CAROL_X25519.upper(), CAROL_ED25519)
    assert added.status == "new"
    assert added.contact.source == RawKeys(keys_of("Carol").x25519, signing_key_of("Carol"))
    assert added.contact.verified is None
    assert alice.contacts.all() == [added.contact]


def test_the_same_raw_keys_again_change_nothing(alice: Workspace) -> None:
    add_contact(alice, "carol", CAROL_X25519, CAROL_ED25519)
    assert add_contact(alice, "carol", CAROL_X25519, CAROL_ED25519).status == "unchanged"


@pytest.mark.parametrize("key", ["", "00", CAROL_X25519[2:], CAROL_X25519 + "00", "x" * 64, "é" * 64])
def test_a_raw_key_is_64_hexadecimal_digits(alice: Workspace, key: str) -> None:
    with pytest.raises(UsageError, match="--x25519"):
        add_contact(alice, "carol", key, None)
    with pytest.raises(UsageError, match="--ed25519"):
        add_contact(alice, "carol", CAROL_X25519, key)


@pytest.mark.parametrize(
    ("x25519", "ed25519"),
    [("00" * 32, None), (LOW_ORDER, None), (CAROL_X25519, "00" * 32), (CAROL_X25519, "01" + "00" * 31)],
)
def test_a_key_of_low_order_is_refused(alice: Workspace, x25519: str, ed25519: str | None) -> None:
    with pytest.raises(RecipientError):
        add_contact(alice, "carol", x25519, ed25519)
    assert alice.contacts.all() == []


def test_raw_keys_never_take_the_place_of_a_card(alice: Workspace) -> None:
    import_(alice, card_of("Carol"))
    with pytest.raises(RollbackError):
        add_contact(alice, "carol", CAROL_X25519, CAROL_ED25519, replace_key=True)


def test_raw_keys_never_bring_a_revoked_id_back(alice: Workspace) -> None:
    import_(alice, card_of("Carol", revoked=LOST))
    remove_contact(alice, "carol")
    with pytest.raises(RollbackError, match="has revoked this identity"):
        add_contact(alice, "carol", CAROL_X25519, CAROL_ED25519)
    assert alice.contacts.all() == []


def test_a_card_takes_the_place_of_raw_keys(alice: Workspace) -> None:
    add_contact(alice, "caro", CAROL_X25519, CAROL_ED25519)
    imported = import_(alice, card_of("Carol", generation=1))
    assert (imported.status, imported.contact.petname) == ("updated", "caro")
    assert imported.contact.former_x25519 == (keys_of("Carol").x25519,)


def test_raw_keys_known_under_another_name_are_not_filed_twice(alice: Workspace) -> None:
    add_contact(alice, "carol", CAROL_X25519, CAROL_ED25519)
    with pytest.raises(RecipientError, match="already, as “carol”"):
        add_contact(alice, "caro", CAROL_X25519, CAROL_ED25519)


def test_other_raw_keys_under_the_same_name_are_a_key_change(alice: Workspace) -> None:
    add_contact(alice, "carol", CAROL_X25519, None)
    other = keys_of("Mallory").x25519
    with pytest.raises(KeyChangedError):
        add_contact(alice, "carol", other.value.hex(), None)
    replaced = add_contact(alice, "carol", other.value.hex(), None, replace_key=True)
    assert alice.contacts.all() == [replaced.contact]


def test_your_own_raw_keys_are_no_contacts(alice: Workspace) -> None:
    own = alice.own_identity().card
    with pytest.raises(RecipientError):
        add_contact(alice, "friend", keys_of("Alice").x25519.value.hex(), own.signing_key.value.hex())


# Renaming and removing


def test_a_contact_is_found_by_petname_and_key_id(alice: Workspace) -> None:
    contact = import_(alice, BOB).contact
    assert (
        find_contact(alice, "bob")
        == find_contact(alice, BOB.id)
        == find_contact(alice, BOB.id.upper())
        == contact
    )


def renaming_at_first_sight(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another process rename Bob once the directory has been listed, and before it is read."""
    listing = ContactStore.entries

    def entries(store: ContactStore) -> list[ContactEntry]:
        listed = listing(store)
        monkeypatch.undo()
        rename_contact(workspace, "bob", "builder")
        return listed

    monkeypatch.setattr(ContactStore, "entries", entries)


def test_many_contacts_are_found_while_one_is_renamed(
    alice: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [import_(alice, card_of(name)).contact for name in ("Bob", "Carol", "Dave")]
    renaming_at_first_sight(alice, monkeypatch)
    with pytest.raises(UnknownNameError, match="“bob”"):
        find_contacts(alice, [person.petname for person in people])


def test_contacts_are_found_by_their_ids_while_one_is_renamed(
    alice: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = import_(alice, BOB).contact
    renaming_at_first_sight(alice, monkeypatch)
    assert contacts_by_id(alice, [BOB.id]) == {BOB.id: bob._replace(petname="builder")}


def test_a_contact_can_be_renamed(alice: Workspace) -> None:
    contact = import_(alice, BOB).contact
    assert rename_contact(alice, "bob", "builder") == contact._replace(petname="builder")
    assert alice.contacts.petnames() == ["builder"]


@pytest.mark.parametrize(
    ("new", "error"),
    [
        ("alice", KeyringError),
        ("carol", KeyringError),
        ("bob", KeyringError),
        ("me", UsageError),
        ("../b", UsageError),
    ],
)
def test_a_contact_can_not_take_a_name(alice: Workspace, new: str, error: type[Exception]) -> None:
    import_(alice, BOB)
    import_(alice, card_of("Carol"))
    with pytest.raises(error):
        rename_contact(alice, "bob", new)
    assert alice.contacts.petnames() == ["bob", "carol"]


def test_a_contact_can_be_removed(alice: Workspace) -> None:
    contact = import_(alice, BOB).contact
    assert remove_contact(alice, BOB.id) == contact
    assert alice.contacts.all() == []


def test_the_status_of_a_contact_says_what_matters_most(alice: Workspace) -> None:
    contact = import_(alice, card_of("Bob", expires=NOW + DAY)).contact
    introduced = contact._replace(introduced_by=signing_key_of("Carol"))
    verified = record_verification(alice, contact, "compared at the terminal")
    assert status_of(contact, alice) == "unverified"
    assert status_of(introduced, alice) == "introduced"
    assert status_of(verified, alice) == "verified"
    assert status_of(verified, at(alice, NOW + DAY)) == "expired"
