"""Whatever can stand on a card or in a roster reads as it was written; anything else is an error."""

import unicodedata
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from e2ecli.errors import DamagedError
from e2ecli.keyring.cards import (
    NAME_CHARACTERS,
    Card,
    EncryptionKeys,
    Revocation,
    RevocationReason,
    check_name,
    format_card,
    parse_card,
)
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from tests.unit.saltpack import damage
from tests.unit.saltpack.damage import Edit

properties = settings(deadline=None, max_examples=200)


def _is_name(text: str) -> bool:
    try:
        return check_name(text) == text
    except DamagedError:
        return False


characters = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
names = (
    st.text(characters, min_size=1, max_size=NAME_CHARACTERS)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(_is_name)
)
emails = st.tuples(st.text("abc.-é", min_size=1), st.text("abc.", min_size=1)).map("@".join)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
signing_keys = st.binary(min_size=32, max_size=32).map(SigningPublicKey)
encryption_keys = st.builds(
    EncryptionKeys,
    st.binary(min_size=32, max_size=32).map(X25519PublicKey),
    st.none() | st.binary(min_size=1, max_size=32).map(lambda piece: (piece * 1216)[:1216]),
)
reasons: st.SearchStrategy[RevocationReason] = st.sampled_from(
    ["lost", "compromised", "superseded", "retired"]
)
revocations = st.builds(Revocation, times, reasons, st.none() | signing_keys)
cards = st.builds(
    Card,
    names,
    st.none() | emails,
    signing_keys,
    times,
    st.none() | times,
    encryption_keys,
    st.none() | revocations,
    st.none() | signing_keys,
).map(lambda card: card if card.revoked is None else card._replace(encryption_keys=None))
members = st.lists(st.text("BEGIN E2ECARD.\n0aZ>", max_size=60), max_size=4).map(tuple)
rosters = st.builds(
    Roster,
    st.binary(min_size=16, max_size=16),
    names,
    signing_keys,
    st.integers(2, 2**53),
    st.binary(min_size=32, max_size=32),
    times,
    members,
    st.binary(min_size=32, max_size=32).map(SecretBytes),
)


@given(cards)
@properties
def test_any_card_reads_as_it_was_written(card: Card) -> None:
    assert parse_card(format_card(card), card.signing_key) == card


@given(rosters)
@properties
def test_any_roster_reads_as_it_was_written(roster: Roster) -> None:
    read = parse_roster(roster.text())
    assert read == roster
    assert read.fingerprint() == roster.fingerprint()


@given(rosters, damage.edits(700))
@properties
def test_invariant_9_any_edit_of_a_roster_ends_in_the_defined_error_or_in_what_it_says(
    roster: Roster, changes: list[Edit]
) -> None:
    text = damage.edited(roster.text(), changes)
    try:
        read = parse_roster(text)
    except DamagedError:
        return
    assert read.text() == text


@given(st.binary(max_size=300))
@properties
def test_invariant_9_any_bytes_are_no_roster(text: bytes) -> None:
    try:
        parse_roster(text)
    except DamagedError:
        return
    raise AssertionError("a roster of so few bytes")
