"""Groups in the keyring: rosters as text, and what is kept of them (sections 3 and 5 of the design)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from e2ecli.errors import DamagedError, KeyringError, UnknownNameError
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.groups import Epoch, Group, GroupStore, epoch_of
from e2ecli.keyring.keyid import key_id
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.secret_keys import LocalKeys
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import DAY, NOW, card_of, directory_at, secrets_of, signed, signing_key_of

KEY = bytes(range(100, 132))
GROUP_ID = b"sixteen bytes, g"
CARDS = sorted((signed(card_of(name)) for name in ("Alice", "Bob")), key=lambda card: card.card.id)
ROSTER = Roster(
    GROUP_ID,
    "The Team",
    signing_key_of("Alice"),
    2,
    b"p" * 32,
    NOW,
    tuple(card.armored for card in CARDS),
    SecretBytes(KEY),
)
AT_REST = LocalKeys(secrets_of("Bob"))
GROUP = Group("team", GROUP_ID, "The Team", signing_key_of("Alice"), signing_key_of("Bob"), ())
FIRST = Epoch(1, b"1" * 32, None, NOW, None, GROUP.seal_key(1, SecretBytes(KEY), AT_REST))
SECOND = Epoch(
    2, b"2" * 32, b"1" * 32, NOW + DAY, NOW + 2 * DAY, GROUP.seal_key(2, SecretBytes(KEY), AT_REST)
)
TWO_EPOCHS = GROUP._replace(epochs=(FIRST, SECOND))


# Rosters


@pytest.mark.parametrize(
    "roster",
    [
        ROSTER,
        ROSTER._replace(epoch=1, previous=None),
        ROSTER._replace(epoch=2**53),
        ROSTER._replace(name="Überbau “7”\U0001f512"),
        ROSTER._replace(name="a'''b\\"),
        ROSTER._replace(members=()),
    ],
    ids=["second", "first", "last", "unicode", "quotes", "empty"],
)
def test_a_roster_reads_as_it_was_written(roster: Roster) -> None:
    read = parse_roster(roster.text())
    assert read._replace(key=roster.key) == roster
    assert read.key.reveal() == KEY
    assert read.fingerprint() == roster.fingerprint()


OTHERS: dict[str, Roster] = {
    "id": ROSTER._replace(group_id=b"x" * 16),
    "name": ROSTER._replace(name="The team"),
    "owner": ROSTER._replace(owner=signing_key_of("Bob")),
    "epoch": ROSTER._replace(epoch=3),
    "previous": ROSTER._replace(previous=b"q" * 32),
    "no previous": ROSTER._replace(previous=None),
    "issued": ROSTER._replace(issued=NOW + timedelta(seconds=1)),
    "fewer members": ROSTER._replace(members=tuple(ROSTER.members)[:1]),
    "order of members": ROSTER._replace(members=tuple(ROSTER.members)[::-1]),
    "key": ROSTER._replace(key=SecretBytes(b"k" * 32)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_change_of_any_field_changes_the_fingerprint(other: Roster) -> None:
    assert other.fingerprint() != ROSTER.fingerprint()


def line_replaced(start: str, line: str) -> bytes:
    """The roster's text with the line that begins in a certain way replaced."""
    lines = ROSTER.text().decode().splitlines(keepends=True)
    places = [place for place, old in enumerate(lines) if old.startswith(start)]
    assert len(places) == 1
    lines[places[0]] = line + "\n" if line else ""
    return "".join(lines).encode()


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no TOML": b"]]]",
    "no UTF-8": b"format = '\xff'",
    "NUL": ROSTER.text() + b"\0",
    "deep nesting": b"x = " + b"[" * 100_000,
    "a huge integer": line_replaced("epoch", "epoch = " + "9" * 10_000),
    "cut short": ROSTER.text()[:-3],
    "cut before the members": ROSTER.text().partition(b"members")[0],
    "a field twice": ROSTER.text() + b"epoch = 2\n",
    "another format": line_replaced("format", "format = 'e2e-group/2'"),
    "no format": line_replaced("format", ""),
    "a card's format": line_replaced("format", "format = 'e2e-card/1'"),
    "a list as format": line_replaced("format", "format = ['e2e-group/1']"),
    "no id": line_replaced("id", ""),
    "a short id": line_replaced("id", "id = 'AAAA'"),
    "an id that is no base64": line_replaced("id", "id = '!!!!'"),
    "an id that is no text": line_replaced("id", "id = 16"),
    "no name": line_replaced("name", ""),
    "an empty name": line_replaced("name", "name = ''"),
    "a name of two lines": line_replaced("name", 'name = "a\\nb"'),
    "a name with an escape": line_replaced("name", 'name = "a\\u001b[2Jb"'),
    "a name that isn't normal": line_replaced("name", 'name = "e\\u0301"'),
    "a long name": line_replaced("name", f"name = '{'x' * 10_000}'"),
    "a name that is no text": line_replaced("name", "name = 1"),
    "no owner": line_replaced("owner", ""),
    "an owner that is no key": line_replaced("owner", "owner = 'alice'"),
    "an owner that is a number": line_replaced("owner", "owner = 1"),
    "no epoch": line_replaced("epoch", ""),
    "epoch 0": line_replaced("epoch", "epoch = 0"),
    "a negative epoch": line_replaced("epoch", "epoch = -1"),
    "an epoch beyond the last": line_replaced("epoch", f"epoch = {2**53 + 1}"),
    "an epoch in quotes": line_replaced("epoch", "epoch = '2'"),
    "a fraction as epoch": line_replaced("epoch", "epoch = 2.0"),
    "true as epoch": line_replaced("epoch", "epoch = true"),
    "a first epoch after another": line_replaced("epoch", "epoch = 1"),
    "a second epoch after none": line_replaced("previous", ""),
    "a short previous": line_replaced("previous", "previous = 'AAAA'"),
    "an empty previous": line_replaced("previous", "previous = ''"),
    "no time": line_replaced("issued", ""),
    "a time without an offset": line_replaced("issued", "issued = 2026-11-23T10:00:00"),
    "a date": line_replaced("issued", "issued = 2026-11-23"),
    "a time before the calendar": line_replaced("issued", "issued = 0001-01-01T00:00:00+23:59"),
    "no key": line_replaced("key", ""),
    "an empty key": line_replaced("key", "key = ''"),
    "a short key": line_replaced("key", "key = 'AAAA'"),
    "members that are a table": ROSTER.text().partition(b"members")[0] + b"members = {}\n",
    "members that are numbers": ROSTER.text().partition(b"members")[0] + b"members = [1]\n",
    "members that are a text": ROSTER.text().partition(b"members")[0] + b"members = 'Bob'\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_roster_is_damaged(text: bytes) -> None:
    with pytest.raises(DamagedError):
        parse_roster(text)


JOINED = "''',\n'''\n".join(ROSTER.members).replace("\n", "\\n")
REWRITTEN: dict[str, bytes] = {
    "another field": b"extra = 1\n" + ROSTER.text(),
    "a comment": b"# a comment\n" + ROSTER.text(),
    "a time in another zone": line_replaced("issued", "issued = 2026-11-23T11:00:00+01:00"),
    "two members in one text": ROSTER.text().partition(b"members")[0] + f'members = ["{JOINED}"]\n'.encode(),
}


@pytest.mark.parametrize("text", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_a_roster_not_written_as_rosters_are_is_damaged(text: bytes) -> None:
    """Else two texts, or two lists of members, would have one fingerprint."""
    with pytest.raises(DamagedError):
        parse_roster(text)


def test_an_epoch_expires_with_the_first_of_its_members_cards() -> None:
    members = [
        signed(card_of("Alice", expires=NOW + 3 * DAY)),
        signed(card_of("Bob", expires=NOW + 2 * DAY)),
        signed(card_of("Carol")),
    ]
    assert epoch_of(ROSTER, members, b"sealed") == Epoch(
        2, ROSTER.fingerprint(), b"p" * 32, NOW, NOW + 2 * DAY, b"sealed"
    )


def test_an_epoch_whose_members_cards_never_expire_never_expires() -> None:
    assert epoch_of(ROSTER, CARDS, b"sealed").expires is None


# What is kept


def by_id(cards: Sequence[SignedCard]) -> dict[str, str]:
    return {card.card.id: card.armored for card in cards}


@pytest.fixture
def directory(tmp_path: Path) -> KeyringDirectory:
    return directory_at(tmp_path)


@pytest.fixture
def store(directory: KeyringDirectory) -> GroupStore:
    store = GroupStore(directory)
    with directory.writing():
        store.write_members("team", 1, by_id(CARDS))
        store.write_members("team", 2, by_id(CARDS))
        store.write(TWO_EPOCHS)
    return store


def state_path(store: GroupStore) -> Path:
    return store.directory.path / "groups" / "team" / "group.toml"


def members_path(store: GroupStore, epoch: int = 2) -> Path:
    return store.directory.path / "groups" / "team" / f"{epoch}.members"


@pytest.mark.parametrize(
    "group",
    [
        TWO_EPOCHS,
        TWO_EPOCHS._replace(title="The “Team”\U0001f512"),
        TWO_EPOCHS._replace(epochs=(SECOND,)),
        TWO_EPOCHS._replace(revoked=(signing_key_of("Carol"), signing_key_of("Dave"))),
        TWO_EPOCHS._replace(owner=signing_key_of("Bob"), handed_over_by=signing_key_of("Alice")),
    ],
    ids=["two epochs", "title", "forgotten epoch", "revoked members", "handed over"],
)
def test_a_group_reads_as_it_was_written(store: GroupStore, group: Group) -> None:
    with store.directory.writing():
        store.write(group)
    assert store.get("team") == group
    assert store.all() == [group]
    assert store.find_by_id(GROUP_ID) == group


def test_groups_are_listed_by_name(store: GroupStore) -> None:
    with store.directory.writing():
        store.write_members("choir", 1, by_id(CARDS))
        store.write(TWO_EPOCHS._replace(name="choir", group_id=b"c" * 16))
    assert store.names() == ["choir", "team"]
    assert [group.name for group in store.all()] == ["choir", "team"]


def test_a_group_whose_state_was_never_written_is_none(store: GroupStore) -> None:
    with store.directory.writing():
        store.write_members("choir", 1, by_id(CARDS))
    assert store.names() == ["team"]
    assert store.find("choir") is None


@pytest.mark.parametrize("name", ["choir", "..", "../groups/team", "", "Team", "team/", "a\0b"])
def test_no_group_goes_by_another_name(store: GroupStore, name: str) -> None:
    assert store.find(name) is None
    with pytest.raises(UnknownNameError):
        store.get(name)


def test_no_group_goes_by_another_id(store: GroupStore) -> None:
    assert store.find_by_id(b"x" * 16) is None


def test_a_keyring_that_does_not_exist_has_no_groups(tmp_path: Path) -> None:
    store = GroupStore(KeyringDirectory(tmp_path / "none"))
    assert (store.names(), store.find("team")) == ([], None)


def test_the_newest_epoch_is_the_last_and_an_epoch_is_found_by_its_number() -> None:
    assert TWO_EPOCHS.newest == SECOND
    assert TWO_EPOCHS.epoch(1) == FIRST
    assert TWO_EPOCHS.epoch(3) is None


def test_a_removed_group_leaves_nothing(store: GroupStore) -> None:
    with store.directory.writing():
        store.remove(TWO_EPOCHS)
    assert store.names() == []
    assert list((store.directory.path / "groups").iterdir()) == []


def test_a_forgotten_epochs_members_are_removed(store: GroupStore) -> None:
    with store.directory.writing():
        store.write(TWO_EPOCHS._replace(epochs=(SECOND,)))
    assert not members_path(store, 1).exists()
    assert len(store.members(TWO_EPOCHS, 2)) == 2


def test_nobody_else_can_read_what_is_kept(store: GroupStore) -> None:
    for path in (store.directory.path / "groups").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


STATE_DAMAGE: dict[str, tuple[str, str]] = {
    "another format": ("e2e-group-state/1", "e2e-group-state/2"),
    "no epochs": ("[[epochs]]", "[[others]]"),
    "an epoch in quotes": ("number = 1", 'number = "1"'),
    "epoch 0": ("number = 1", "number = 0"),
    "no owner": ("owner =", "owned ="),
    "no id": ("\nid =", "\nidea ="),
    "no key": ("\nkey =", "\nkeys ="),
    "no TOML": ("title =", "title ]"),
    "a fingerprint that is no base64": ('fingerprint = "', 'fingerprint = "!'),
}


@pytest.mark.parametrize(("old", "new"), STATE_DAMAGE.values(), ids=STATE_DAMAGE.keys())
def test_a_damaged_state_is_the_keyrings_fault(store: GroupStore, old: str, new: str) -> None:
    text = state_path(store).read_text()
    assert old in text
    state_path(store).write_text(text.replace(old, new))
    with pytest.raises(KeyringError, match=r"group\.toml"):
        store.get("team")


# Members


def many_members(count: int) -> list[SignedCard]:
    """Members whose key ids differ; the cards are one, since only whoever reads them verifies them."""
    one = CARDS[0]
    return [
        SignedCard(
            one.card._replace(signing_key=signing_key_of(f"member {n}")),
            f"card of {n}\n".encode() * (n % 7 + 1),
            bytes.decode,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_every_member_is_found_and_nobody_else(store: GroupStore, count: int) -> None:
    members = many_members(count)
    with store.directory.writing():
        store.write_members("team", 2, by_id(members))
    in_order = sorted(members, key=lambda member: member.card.id)
    for member in (in_order[0], in_order[-1], in_order[count // 2], *members[:100]):
        assert store.member(TWO_EPOCHS, 2, member.card.signing_key) == member.armored
    for absent in range(100):
        assert store.member(TWO_EPOCHS, 2, signing_key_of(f"absent {absent}")) is None
    assert store.member_ids(TWO_EPOCHS, 2) == [member.card.id for member in in_order]
    assert list(store.members(TWO_EPOCHS, 2)) == [member.armored for member in in_order]


def test_those_before_the_first_and_after_the_last_member_are_absent(store: GroupStore) -> None:
    keys = sorted((signing_key_of(f"member {n}") for n in range(9)), key=key_id)
    with store.directory.writing():
        store.write_members("team", 2, {key_id(key): "card" for key in keys[1:-1]})
    found = [store.member(TWO_EPOCHS, 2, key) is not None for key in keys]
    assert found == [False, *[True] * 7, False]


def test_epochs_have_members_of_their_own(store: GroupStore) -> None:
    with store.directory.writing():
        store.write_members("team", 1, by_id(CARDS[:1]))
    assert len(store.member_ids(TWO_EPOCHS, 1)) == 1
    assert len(store.member_ids(TWO_EPOCHS, 2)) == 2


MEMBERS_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut within the first line": lambda content: content[:40],
    "no number": lambda content: content[:63] + b"x" * 10 + content[73:],
    "bytes that are no text": lambda content: b"\xff" * len(content),
}
READS: dict[str, Callable[[GroupStore], object]] = {
    "member": lambda store: store.member(TWO_EPOCHS, 2, CARDS[0].card.signing_key),
    "members": lambda store: store.members(TWO_EPOCHS, 2),
    "ids": lambda store: store.member_ids(TWO_EPOCHS, 2),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize("damage", MEMBERS_DAMAGE.values(), ids=MEMBERS_DAMAGE.keys())
def test_damaged_members_are_the_keyrings_fault(
    store: GroupStore, damage: Callable[[bytes], bytes], read: Callable[[GroupStore], object]
) -> None:
    members_path(store).write_bytes(damage(members_path(store).read_bytes()))
    with pytest.raises(KeyringError, match=r"2\.members"):
        read(store)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_missing_members_are_the_keyrings_fault(
    store: GroupStore, read: Callable[[GroupStore], object]
) -> None:
    members_path(store).unlink()
    with pytest.raises(KeyringError, match=r"2\.members"):
        read(store)


# Keys at rest


def test_an_epochs_key_is_opened_by_the_identity_it_was_sealed_for(store: GroupStore) -> None:
    group = store.get("team")
    assert group.open_key(group.newest, AT_REST).reveal() == KEY


WRONG: dict[str, Callable[[], tuple[Group, Epoch, LocalKeys]]] = {
    "another identity": lambda: (GROUP, SECOND, LocalKeys(secrets_of("Carol"))),
    "another group": lambda: (GROUP._replace(group_id=b"x" * 16), SECOND, AT_REST),
    "another epoch": lambda: (GROUP, FIRST._replace(number=2), AT_REST),
    "altered": lambda: (GROUP, SECOND._replace(sealed_key=altered(SECOND.sealed_key)), AT_REST),
    "cut": lambda: (GROUP, SECOND._replace(sealed_key=SECOND.sealed_key[:-1]), AT_REST),
    "empty": lambda: (GROUP, SECOND._replace(sealed_key=b""), AT_REST),
}


def altered(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_an_epochs_key_is_opened_by_nothing_else(
    wrong: Callable[[], tuple[Group, Epoch, LocalKeys]],
) -> None:
    group, epoch, at_rest = wrong()
    with pytest.raises(KeyringError, match="the key of the group"):
        group.open_key(epoch, at_rest)


def test_an_epochs_key_lies_in_no_file(store: GroupStore) -> None:
    import base64

    files = [path.read_bytes() for path in store.directory.path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for form in (KEY, KEY.hex().encode(), base64.b64encode(KEY)):
        assert not any(form in content for content in files)


def test_one_key_sealed_twice_looks_different() -> None:
    assert len({GROUP.seal_key(1, SecretBytes(KEY), AT_REST) for _ in range(3)}) == 3
