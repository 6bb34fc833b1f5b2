"""Cards are TOML text (section 2.5 of the design), written by strangers: it is read, or refused."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2ecli.errors import DamagedError
from e2ecli.keyring.cards import (
    Card,
    Revocation,
    RevocationReason,
    check_email,
    check_name,
    format_card,
    next_issue,
    parse_card,
    whole_second,
)
from e2ecli.keyring.keyid import key_id
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, signing_key_of

ALICE = signing_key_of("Alice")
KEYS = keys_of("Alice")
CARD = card_of("Alice", expires=NOW + 365 * DAY, email="alice@example.org")
TEXT = format_card(CARD).decode()
BARE = format_card(card_of("Alice", hybrid=False)).decode()


def is_name(text: str) -> bool:
    try:
        return check_name(text) == text
    except DamagedError:
        return False


seconds = st.datetimes(timezones=st.just(UTC)).map(whole_second)
names = st.text(min_size=1, max_size=128).filter(is_name)
emails = st.emails().filter(lambda email: len(email) <= 254)
revocations = st.builds(
    Revocation,
    seconds,
    st.sampled_from(get_args(RevocationReason)),
    st.none() | st.just(signing_key_of("Alice's successor")),
)


def parse(text: str) -> Card:
    return parse_card(text.encode(), ALICE)


def changed(old: str, new: str, text: str = TEXT) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


@settings(deadline=None)
@given(names, st.none() | emails, seconds, st.none() | seconds, st.booleans(), st.none() | revocations)
def test_a_card_reads_as_it_was_written(
    name: str,
    email: str | None,
    issued: datetime,
    expires: datetime | None,
    hybrid: bool,
    revoked: Revocation | None,
) -> None:
    keys = None if revoked else KEYS if hybrid else KEYS._replace(hybrid=None)
    card = Card(name, email, ALICE, issued, expires, keys, revoked)
    assert parse_card(format_card(card), ALICE) == card


def test_a_card_is_the_document_of_the_design() -> None:
    lines = TEXT.splitlines()
    assert lines[:6] == [
        'format = "e2e-card/1"',
        'name = "Alice"',
        'email = "alice@example.org"',
        f'id = "{key_id(ALICE)}"',
        "issued = 2026-11-23 10:00:00+00:00",
        "expires = 2027-11-23 10:00:00+00:00",
    ]
    assert [line.partition(" = ")[0] for line in lines[6:]] == ["", "[keys]", "x25519", "mlkem768x25519"]


def test_a_revoked_card_shows_no_keys() -> None:
    revoked = Revocation(NOW, "lost", signing_key_of("Bob"))
    text = format_card(card_of("Alice")._replace(revoked=revoked)).decode()
    assert "x25519" not in text
    assert parse(text).encryption_keys is None
    assert parse(text).revoked == revoked


def test_unknown_keys_are_ignored() -> None:
    text = 'nickname = "Al"\n' + TEXT + 'future = "key"\n[future]\nkeys = [1, {deep = [1.5]}]\n'
    assert parse(text) == CARD


HOSTILE = {
    "nothing": "",
    "no TOML": "this is no TOML",
    "a format of another kind": changed("e2e-card/1", "e2e-contact/1"),
    "a later format": changed("e2e-card/1", "e2e-card/2"),
    "no format": changed('format = "e2e-card/1"\n', ""),
    "a format that is a number": changed('"e2e-card/1"', "1"),
    "no name": changed('name = "Alice"\n', ""),
    "a name that is a number": changed('"Alice"', "1"),
    "a name that is a list": changed('"Alice"', '["Alice"]'),
    "an empty name": changed('"Alice"', '""'),
    "a name of spaces": changed('"Alice"', '"  "'),
    "a name of 129 characters": changed("Alice", "a" * 129, BARE),
    "a name that is not NFC": changed('"Alice"', '"Ali\\u0063\\u0327e"'),
    "a name with a tab": changed('"Alice"', '"Al\\tice"'),
    "a name of two lines": changed('"Alice"', '"Al\\nice"'),
    "a name with an escape sequence": changed('"Alice"', '"Al\\u001b[2Jice"'),
    "a name with a C1 control": changed('"Alice"', '"Al\\u009bice"'),
    "a name with a null": changed('"Alice"', '"Al\\u0000ice"'),
    "a name with a line separator": changed('"Alice"', '"Al\\u2028ice"'),
    "an address without an at": changed("alice@example.org", "alice"),
    "an address with a space": changed("alice@example.org", "al ice@example.org"),
    "an address with a line's end": changed("alice@example.org", "alice@example.org\\n"),
    "an address of 255 characters": changed("alice@example.org", "a" * 253 + "@b"),
    "an address that is a table": changed('"alice@example.org"', "{}"),
    "no id": changed(f'id = "{key_id(ALICE)}"\n', ""),
    "the id of somebody else": changed(key_id(ALICE), key_id(signing_key_of("Bob"))),
    "an id with a typing error": changed(key_id(ALICE), key_id(ALICE)[:-1] + "b"),
    "an id that is a number": changed(f'"{key_id(ALICE)}"', "0"),
    "no time of issue": changed("issued", "published"),
    "a time of issue without an offset": changed(
        "issued = 2026-11-23 10:00:00+00:00", "issued = 2026-11-23T10:00:00"
    ),
    "a day of issue": changed("issued = 2026-11-23 10:00:00+00:00", "issued = 2026-11-23"),
    "a hour of issue": changed("issued = 2026-11-23 10:00:00+00:00", "issued = 10:00:00"),
    "a time of issue that is text": changed("2026-11-23 10:00:00+00:00", '"2026-11-23T10:00:00Z"'),
    "a time of issue that is a number": changed("2026-11-23 10:00:00+00:00", "1795428000"),
    "a time of issue before the calendar": changed("2026-11-23 10:00:00+00:00", "0001-01-01T00:00:00+00:01"),
    "a time of issue in the year 0": changed("2026-11-23 10:00:00+00:00", "0000-01-01T00:00:00Z"),
    "a time of issue after the calendar": changed("2026-11-23 10:00:00+00:00", "9999-12-31T23:59:59-00:01"),
    "the 30th of February": changed("2026-11-23 10:00:00+00:00", "2026-02-30T10:00:00Z"),
    "an expiry without an offset": changed("2027-11-23 10:00:00+00:00", "2027-11-23T10:00:00"),
    "an expiry after the calendar": changed("2027-11-23 10:00:00+00:00", "9999-12-31T23:59:59-23:59"),
    "an expiry that is false": changed("2027-11-23 10:00:00+00:00", "false"),
    "no keys": TEXT.partition("[keys]")[0],
    "keys that are text": TEXT.partition("[keys]")[0] + 'keys = "keys"\n',
    "a list of keys": changed("[keys]", "[[keys]]"),
    "no X25519 key": BARE.partition("x25519")[0],
    "an X25519 key of 31 bytes": BARE.partition("x25519")[0] + 'x25519 = "' + "A" * 40 + 'AA=="\n',
    "an X25519 key that is no base64": BARE.partition("x25519")[0] + 'x25519 = "' + "*" * 44 + '"\n',
    "an X25519 key beyond ASCII": BARE.partition("x25519")[0] + 'x25519 = "' + "é" * 44 + '"\n',
    "an X25519 key that is a number": BARE.partition("x25519")[0] + "x25519 = 1\n",
    "a hybrid key of 32 bytes": BARE + 'mlkem768x25519 = "' + "A" * 43 + '="\n',
    "a hybrid key that is empty": BARE + 'mlkem768x25519 = ""\n',
    "a revocation that is true": TEXT.partition("[keys]")[0] + "revoked = true\n",
    "a revocation for no reason": TEXT.partition("[keys]")[0] + "revoked = {at = 2026-11-23T10:00:00Z}\n",
    "a revocation for an unknown reason": TEXT.partition("[keys]")[0]
    + 'revoked = {at = 2026-11-23T10:00:00Z, reason = "boredom"}\n',
    "a revocation at no time": TEXT.partition("[keys]")[0] + 'revoked = {reason = "lost"}\n',
    "a revocation at a time without an offset": TEXT.partition("[keys]")[0]
    + 'revoked = {at = 2026-11-23T10:00:00, reason = "lost"}\n',
    "a revocation with a successor that is no key": TEXT.partition("[keys]")[0]
    + 'revoked = {at = 2026-11-23T10:00:00Z, reason = "lost", successor = "bob"}\n',
    "a revoked card with wrong keys": changed("[keys]", '[keys]\nx = 1\n[revoked]\nreason = "lost"\n[other]'),
    "a key twice": TEXT.replace('name = "Alice"', 'name = "Alice"\nname = "Bob"'),
    "lists nested 5,000 deep": "a = " + "[" * 5000 + "]" * 5000 + "\n" + BARE,
    "tables nested 5,000 deep": "a = " + "{a = " * 3000 + "1" + "}" * 3000 + "\n" + BARE,
    "an integer of 5,000 digits": "a = " + "1" * 5000 + "\n" + BARE,
    "a byte-order mark": "\ufeff" + BARE,
    "a null": BARE + "\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_invariant_9_no_card_is(text: str) -> None:
    with pytest.raises(DamagedError):
        parse(text)


def test_invariant_9_no_card_is_text_that_is_not_utf_8() -> None:
    with pytest.raises(DamagedError):
        parse_card(BARE.replace("Alice", "Élise").encode("latin-1"), ALICE)


@pytest.mark.parametrize("depth", [500, 2000])
def test_a_dotted_key_of_any_depth_ends_in_a_card_or_an_error(depth: int) -> None:
    try:
        card = parse(".".join("a" * depth) + " = 1\n" + BARE)
    except DamagedError:
        return
    assert card.name == "Alice"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_invariant_9_any_bytes_end_in_the_defined_error(data: bytes) -> None:
    with pytest.raises(DamagedError):
        parse_card(data, ALICE)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BARE) - 1), st.integers(0, 20), st.text(max_size=8))
def test_invariant_9_any_edit_of_a_card_ends_in_a_card_or_the_defined_error(
    at: int, length: int, text: str
) -> None:
    edited = BARE[:at] + text + BARE[at + length :]
    try:
        card = parse_card(edited.encode(errors="replace"), ALICE)
    except DamagedError:
        return
    assert card.signing_key == ALICE
    assert check_name(card.name) == card.name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T12:00:00+02:00", NOW),
        ("2026-11-23t10:00:00z", NOW),
        ("2026-11-23 05:00:00-05:00", NOW),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T23:59:00+23:59", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T00:00:59-23:59", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_any_offset(written: str, meant: datetime) -> None:
    issued = parse(changed("2026-11-23 10:00:00+00:00", written)).issued
    assert issued == meant
    assert issued.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", ["Al\u202eice", "Al\u200bice", "爱丽丝", "👩\u200d🚀", "a" * 128, " Alice"])
def test_a_name_is_free_unicode_text(name: str) -> None:
    assert check_name(name) == name


@given(st.text(min_size=1, max_size=60))
def test_a_name_that_somebody_chooses_is_put_into_normal_form_c(name: str) -> None:
    try:
        checked = check_name(name)
    except DamagedError:
        return
    assert unicodedata.is_normalized("NFC", checked)
    assert checked == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "character", [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
)
def test_control_characters_stand_neither_in_names_nor_in_addresses(character: str) -> None:
    with pytest.raises(DamagedError):
        check_name(f"a{character}b")
    with pytest.raises(DamagedError):
        check_email(f"a{character}@b")


@pytest.mark.parametrize("email", ["a@b", "alice@example.org", "ålice@exämple.org", "a" * 252 + "@b"])
def test_an_address_is(email: str) -> None:
    assert check_email(email) == email


@pytest.mark.parametrize(
    ("expires", "now", "expired"),
    [
        (NOW, NOW - timedelta(microseconds=1), False),
        (NOW, NOW, True),
        (NOW, NOW + DAY, True),
        (None, datetime(9999, 12, 31, tzinfo=UTC), False),
    ],
    ids=["before", "at the time", "after", "never"],
)
def test_a_card_expires_at_its_time(expires: datetime | None, now: datetime, expired: bool) -> None:
    assert card_of("Alice", expires=expires).expired(now) is expired


@pytest.mark.parametrize(
    ("now", "previous", "issued"),
    [
        (NOW + timedelta(microseconds=999_999), None, NOW),
        (NOW + DAY, NOW, NOW + DAY),
        (NOW, NOW, NOW + timedelta(seconds=1)),
        (NOW - DAY, NOW, NOW + timedelta(seconds=1)),
    ],
    ids=["the first", "a later one", "within the same second", "with a clock that went back"],
)
def test_a_new_card_is_issued_later_than_the_one_it_replaces(
    now: datetime, previous: datetime | None, issued: datetime
) -> None:
    assert next_issue(now, None if previous is None else card_of("Alice", issued=previous)) == issued
