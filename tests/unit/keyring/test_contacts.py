"""Contacts: one file each, found by petname or key without an index (section 3 of the design)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from e2ecli.errors import KeyringError, UnknownNameError
from e2ecli.keyring import toml
from e2ecli.keyring.cards import Revocation
from e2ecli.keyring.contacts import Contact, ContactStore, RawKeys, Verification
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.keyid import key_id
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from tests.unit.keyring.support import (
    DAY,
    NOW,
    card_of,
    contact_of,
    directory_at,
    keys_of,
    signed,
    signing_key_of,
    store_at,
)

BOB = contact_of("Bob")
CAROL_X25519 = keys_of("Carol").x25519
CAROL = Contact("carol", RawKeys(CAROL_X25519, signing_key_of("Carol")), NOW)
DAVE = Contact("dave", RawKeys(keys_of("Dave").x25519, None), NOW)


def stored(store: ContactStore, *contacts: Contact) -> None:
    with store.directory.writing():
        for contact in contacts:
            store.write(contact)


def names_of_files(store: ContactStore) -> list[str]:
    return sorted(store.directory.names("contacts"))


KINDS = {
    "a card": BOB,
    "a card without a hybrid key": contact_of("Bob", hybrid=False),
    "verified": BOB._replace(verified=Verification(NOW + DAY, "compared at the terminal")),
    "introduced": BOB._replace(introduced_by=signing_key_of("Carol")),
    "with former keys": BOB._replace(former_x25519=(CAROL_X25519, keys_of("Dave").x25519)),
    "replacing another": BOB._replace(replaces=key_id(signing_key_of("Carol"))),
    "revoked": BOB._replace(source=signed(card_of("Bob", revoked=Revocation(NOW, "lost", None)))),
    "raw keys": CAROL,
    "raw keys, verified": CAROL._replace(verified=Verification(NOW, "digits given with --check")),
    "a raw encryption key alone": DAVE,
    "added within a second": BOB._replace(added=NOW + timedelta(microseconds=123456)),
}


@pytest.mark.parametrize("contact", KINDS.values(), ids=KINDS.keys())
def test_a_contact_reads_as_it_was_written(tmp_path: Path, contact: Contact) -> None:
    store = store_at(tmp_path)
    stored(store, contact)
    assert store.get(contact.petname) == contact
    assert store.all() == [contact]


def test_a_card_is_read_armored_as_well(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    assert BOB.signed_card is not None
    path = store.directory.path / "contacts" / names_of_files(store)[0]
    in_base64 = f'"{toml.encode_base64(BOB.signed_card.message)}"'
    assert in_base64 in path.read_text()
    path.write_text(path.read_text().replace(in_base64, f"'''\n{BOB.signed_card.armored}'''"))
    assert store.get("bob") == BOB


def test_the_name_of_the_file_carries_petname_and_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB, CAROL, DAVE)
    assert names_of_files(store) == [
        f"bob.{key_id(signing_key_of('Bob'))}.toml",
        f"carol.{key_id(signing_key_of('Carol'))}.toml",
        f"dave.x25519-{keys_of('Dave').x25519.value.hex()}.toml",
    ]


def test_a_contact_is_found_by_its_signing_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB, CAROL, DAVE)
    assert store.find_by_key(signing_key_of("Bob")) == BOB
    assert store.find_by_key(signing_key_of("Carol")) == CAROL
    assert store.find_by_key(signing_key_of("Dave")) is None


def test_a_contact_is_found_by_the_encryption_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB, CAROL, DAVE)
    for contact in (BOB, CAROL, DAVE):
        assert contact.encryption_keys is not None
        assert store.find_by_x25519(contact.encryption_keys.x25519) == [contact]
    assert store.find_by_x25519(keys_of("Mallory").x25519) == []


def test_a_contact_is_found_by_a_former_encryption_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    former = keys_of("Bob", 0).x25519
    bob = BOB._replace(source=signed(card_of("Bob", generation=1)), former_x25519=(former,))
    stored(store, bob)
    assert store.find_by_x25519(former) == [bob]


def test_a_revoked_contact_is_found_by_a_former_encryption_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    former = keys_of("Bob").x25519
    bob = KINDS["revoked"]._replace(former_x25519=(former,))
    stored(store, bob)
    assert store.find_by_x25519(former) == [bob]
    assert bob.encryption_keys is None


@pytest.mark.parametrize("name", ["nobody", "bo", "bob.", "BOB", "../contacts/bob", ""])
def test_nobody_is_called(tmp_path: Path, name: str) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    assert store.find(name) is None
    with pytest.raises(UnknownNameError):
        store.get(name)


def test_contacts_come_in_the_order_of_their_petnames(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, DAVE, BOB, CAROL)
    assert store.all() == [BOB, CAROL, DAVE]
    assert store.petnames() == ["bob", "carol", "dave"]


def test_a_petname_with_dots_is_told_from_the_key(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    bob = contact_of("Bob", petname="bob.toml.e2e1")
    stored(store, bob)
    assert store.all() == [bob]
    assert store.find("bob") is None


@pytest.mark.parametrize(
    "name", ["README", "notes.txt", "bob.toml", "Bob.e2e1.toml", ".hidden.x.toml", "x.y.toml~"]
)
def test_other_files_are_no_contacts(tmp_path: Path, name: str) -> None:
    store = store_at(tmp_path)
    (store.directory.part("contacts") / name).write_text("something else")
    assert store.all() == []


def test_a_renamed_contact_is_the_same_under_the_new_name(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    store.rename(BOB, "robert")
    assert store.all() == [BOB._replace(petname="robert")]


def test_a_removed_contact_is_gone(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB, CAROL)
    store.remove(BOB)
    assert store.all() == [CAROL]


# Replacing a key: two steps, and a crash may come between them (invariant 7)

OLD = contact_of("Bob")._replace(verified=Verification(NOW, "compared at the terminal"))
NEW = contact_of("Robert", petname="bob", added=NOW + DAY)._replace(replaces=OLD.shown_id)


def test_a_replaced_key_finds_nobody(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, OLD)
    with store.directory.writing():
        store.replace(OLD, NEW)
    assert store.all() == [NEW]
    assert store.find_by_key(signing_key_of("Bob")) is None


@pytest.fixture
def crashed(tmp_path: Path) -> ContactStore:
    """A keyring whose writer crashed between the two steps of replacing Bob's key: both files are there."""
    store = store_at(tmp_path)
    stored(store, OLD, NEW)
    assert len(names_of_files(store)) == 2
    return store


def test_after_a_crash_the_new_key_counts(crashed: ContactStore) -> None:
    assert crashed.get("bob") == NEW
    assert crashed.all() == [NEW]
    assert crashed.petnames() == ["bob"]
    assert crashed.find_by_key(signing_key_of("Robert")) == NEW


def test_after_a_crash_the_old_keys_find_nobody(crashed: ContactStore) -> None:
    assert crashed.find_by_key(signing_key_of("Bob")) is None
    assert crashed.find_by_x25519(keys_of("Bob").x25519) == []


def test_after_a_crash_replacing_once_more_brings_the_old_key_back(crashed: ContactStore) -> None:
    back = OLD._replace(added=NOW + 2 * DAY, verified=None, replaces=NEW.shown_id)
    with crashed.directory.writing():
        crashed.replace(NEW, back)
    assert crashed.all() == [back]


def test_after_a_crash_removing_the_contact_leaves_nobody(crashed: ContactStore) -> None:
    crashed.remove(crashed.get("bob"))
    assert crashed.all() == []


def test_after_a_crash_renaming_the_contact_does_not_bring_the_old_key_back(crashed: ContactStore) -> None:
    crashed.rename(crashed.get("bob"), "robert")
    assert crashed.petnames() == ["robert"]
    assert crashed.find_by_key(signing_key_of("Bob")) is None


@pytest.mark.parametrize("added", [NOW, NOW - DAY], ids=["that stood still", "that went back"])
@pytest.mark.parametrize(("old", "new"), [("Bob", "Robert"), ("Robert", "Bob")])
def test_after_a_crash_the_new_key_counts_with_a_clock(
    tmp_path: Path, added: datetime, old: str, new: str
) -> None:
    store = store_at(tmp_path)
    first = contact_of(old, petname="bob")
    second = contact_of(new, petname="bob", added=added)._replace(replaces=first.shown_id)
    stored(store, first, second)
    assert store.get("bob") == second


# Files that contradict each other, or that were altered


@pytest.mark.parametrize("replaces", [None, key_id(signing_key_of("Carol"))], ids=["nobody", "somebody else"])
def test_two_files_with_one_petname_are_an_error_that_names_both(
    tmp_path: Path, replaces: str | None
) -> None:
    store = store_at(tmp_path)
    stored(store, OLD, NEW._replace(replaces=replaces))
    with pytest.raises(KeyringError) as raised:
        store.get("bob")
    for contact in (OLD, NEW):
        assert f"bob.{contact.shown_id}.toml" in raised.value.message
    with pytest.raises(KeyringError):
        store.all()


def test_three_files_with_one_petname_are_an_error(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, OLD, NEW, contact_of("Carol", petname="bob"))
    with pytest.raises(KeyringError, match="two contacts have the petname “bob”"):
        store.get("bob")


def test_two_files_with_one_key_are_an_error(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB, contact_of("Bob", petname="robert"))
    with pytest.raises(KeyringError, match="two contacts have the key"):
        store.find_by_key(signing_key_of("Bob"))


def test_a_file_that_holds_another_key_than_its_name_says_is_an_error(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    (path,) = store.directory.part("contacts").iterdir()
    path.rename(path.with_name(f"bob.{key_id(signing_key_of('Mallory'))}.toml"))
    with pytest.raises(KeyringError, match="holds another key than its name says"):
        store.get("bob")
    with pytest.raises(KeyringError):
        store.find_by_key(signing_key_of("Mallory"))


RAW_TEXT = (
    f'format = "e2e-contact/1"\nadded = 2026-11-23T10:00:00Z\nx25519 = "{CAROL_X25519.value.hex()}"\n'
    f'ed25519 = "{signing_key_of("Carol").value.hex()}"\n'
)
DAMAGE = {
    "nothing": "",
    "no TOML": "added =",
    "another format": RAW_TEXT.replace("contact/1", "contact/2"),
    "no time": RAW_TEXT.replace("added", "taken"),
    "a naive time": RAW_TEXT.replace("00Z", "00"),
    "neither card nor keys": RAW_TEXT.partition("x25519")[0],
    "a key that is not hexadecimal": RAW_TEXT.replace('x25519 = "', 'x25519 = "x'),
    "a key of 31 bytes": RAW_TEXT.replace(CAROL_X25519.value.hex(), CAROL_X25519.value.hex()[2:]),
    "a card that is none": RAW_TEXT + 'card = "no card"\n',
    "a card that is a number": RAW_TEXT + "card = 7\n",
    "an introducer that is no key": RAW_TEXT + 'introduced_by = "bob"\n',
    "former keys that are no list": RAW_TEXT + 'former_x25519 = "00"\n',
    "former keys that are numbers": RAW_TEXT + "former_x25519 = [1]\n",
    "a former key of 1 byte": RAW_TEXT + 'former_x25519 = ["00"]\n',
    "a replaced key that is a number": RAW_TEXT + "replaces = 1\n",
    "verified without a time": RAW_TEXT + 'verified = {method = "believed"}\n',
    "verified without a method": RAW_TEXT + "verified = {at = 2026-11-23T10:00:00Z}\n",
    "verified by decree": RAW_TEXT + "verified = true\n",
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_an_error_of_the_keyring_that_names_it(tmp_path: Path, text: str) -> None:
    store = store_at(tmp_path)
    stored(store, CAROL)
    (path,) = store.directory.part("contacts").iterdir()
    path.write_text(text)
    with pytest.raises(KeyringError) as raised:
        store.get("carol")
    assert str(path) in raised.value.message
    path.write_text(RAW_TEXT)
    assert store.get("carol") == CAROL


def test_a_card_that_was_altered_in_its_file_is_an_error_of_the_keyring(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    (path,) = store.directory.part("contacts").iterdir()
    text = path.read_text()
    at = len(text) // 2
    path.write_text(text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :])
    with pytest.raises(KeyringError, match="is damaged"):
        store.get("bob")


def test_a_contact_that_others_may_change_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stored(store, BOB)
    (path,) = store.directory.part("contacts").iterdir()
    path.chmod(0o622)
    with pytest.raises(KeyringError) as raised:
        store.get("bob")
    assert raised.value.hint == f"chmod 600 {path}"


# Looking somebody up costs the same with 10 contacts and with 2,000


def number_of_files_read_by(store: ContactStore, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    read: list[Path] = []
    real = KeyringDirectory.read_private

    def counting(self: KeyringDirectory, path: Path) -> bytes:
        read.append(path)
        return real(self, path)

    monkeypatch.setattr(KeyringDirectory, "read_private", counting)
    return read


def test_looking_up_among_2000_contacts_opens_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = directory_at(tmp_path)
    keys = [SigningPublicKey(number.to_bytes(32, "big")) for number in range(2000)]
    for number, key in enumerate(keys):
        path = directory.part("contacts") / f"c{number}.{key_id(key)}.toml"
        path.write_text(RAW_TEXT.replace(signing_key_of("Carol").value.hex(), key.value.hex()))
        path.chmod(0o600)
    store = ContactStore(directory, lambda _: pytest.fail("there is no card to read"))
    read = number_of_files_read_by(store, monkeypatch)

    by_name = store.find("c1234")
    assert by_name == Contact("c1234", RawKeys(CAROL_X25519, keys[1234]), NOW)
    assert len(read) == 1

    read.clear()
    assert store.find_by_key(keys[1234]) == by_name
    assert len(read) == 1

    read.clear()
    assert store.find("nobody") is None
    assert store.find_by_key(signing_key_of("Bob")) is None
    assert read == []


# What a contact says of itself


def test_raw_keys_say_little(tmp_path: Path) -> None:
    assert CAROL.card is None
    assert CAROL.signed_card is None
    assert CAROL.revoked is None
    assert not CAROL.expired(NOW + 10_000 * DAY)
    assert CAROL.id == CAROL.shown_id == key_id(signing_key_of("Carol"))
    assert CAROL.encryption_keys is not None
    assert CAROL.encryption_keys.hybrid is None


def test_without_a_signing_key_the_encryption_key_tells_contacts_apart() -> None:
    other = Contact("dave", RawKeys(X25519PublicKey(bytes(32)), None), NOW)
    assert DAVE.id is None
    assert DAVE.shown_id != other.shown_id
