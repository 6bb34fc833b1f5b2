"""Headers of any other shape are refused before anything is allocated, and nothing else can happen."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError, TruncatedError
from e2ecli.primitives.hashes import sha512
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import EncryptionHeader, VersionError, header_packet, parse_header
from e2ecli.saltpack.messagepack import MalformedError
from tests.unit.saltpack import damage, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.support import pack, parsing
from tests.unit.saltpack.test_header import IDENTIFIER, KEY_BOX, METADATA, parse, read, sealed, signed
from tests.unit.saltpack.test_messagepack import everything

# What is refused

NO_TEXT: list[object] = [None, True, 7, 1.5, b"saltpack", [], {}]
NO_INTEGER: list[object] = [None, True, False, 2.0, "2", b"2", [2], {}]
NO_BINARY: list[object] = [None, True, 7, 1.5, "x" * 32, "x" * 48, [], [7] * 32, {}]
NO_LIST: list[object] = [None, True, 7, 1.5, "text", b"bytes", {}, {0: IDENTIFIER, 1: KEY_BOX}]

REFUSED: list[tuple[list[Any], type[DamagedError]]] = [
    *((sealed(format=value), NotAMessageError) for value in [*NO_TEXT, "", "Saltpack", "saltpack\0", "pgp"]),
    *((sealed(version=value), MalformedError) for value in [*NO_LIST, [], [2]]),
    *((sealed(version=[value, 0]), MalformedError) for value in NO_INTEGER),
    *((sealed(version=[2, value]), MalformedError) for value in NO_INTEGER),
    *((sealed(version=[value, 0]), VersionError) for value in (0, 3, 4, 127, -1, -2, 2**64 - 1)),
    *((sealed(version=[2, value]), VersionError) for value in (-1, -(2**63))),
    (sealed(version=[2, *[0] * 64]), MalformedError),
    (sealed(version=[1, 0]), VersionError),
    *((sealed(mode=value), MalformedError) for value in NO_INTEGER),
    *((sealed(mode=value), NotAMessageError) for value in (-1, 4, 5, 100, 2**64 - 1)),
    *((sealed(ephemeral=value), MalformedError) for value in NO_BINARY),
    *((sealed(ephemeral=bytes(length)), MalformedError) for length in (0, 31, 33, 64)),
    *((sealed(sender=value), MalformedError) for value in NO_BINARY),
    *((sealed(sender=bytes(length)), MalformedError) for length in (0, 32, 47, 49)),
    *((sealed(recipients=value), MalformedError) for value in NO_LIST),
    *((sealed(recipients=[value]), MalformedError) for value in [*NO_LIST, [], [IDENTIFIER]]),
    *((sealed(recipients=[[value, KEY_BOX]]), MalformedError) for value in NO_BINARY[1:]),
    *((sealed(recipients=[[IDENTIFIER, value]]), MalformedError) for value in NO_BINARY),
    (sealed(recipients=[[IDENTIFIER, KEY_BOX, *[None] * 63]]), MalformedError),
    (sealed(recipients=IDENTIFIER), MalformedError),
    (sealed(surplus=[None] * 59), NotAMessageError),
    (sealed()[:5], MalformedError),
    (sealed()[:4], NotAMessageError),
    (sealed()[:1], NotAMessageError),
    ([], NotAMessageError),
    *((signed(sender=value), MalformedError) for value in NO_BINARY),
    *((signed(sender=bytes(length)), MalformedError) for length in (0, 31, 33, 64)),
    *((signed(nonce=value), MalformedError) for value in NO_BINARY),
    *((signed(nonce=bytes(length)), MalformedError) for length in (0, 15, 17, 24, 31, 33)),
    (signed()[:4], NotAMessageError),
]


@pytest.mark.parametrize(("fields", "error"), REFUSED, ids=[f"{number}" for number in range(len(REFUSED))])
def test_a_header_of_another_shape_is_refused(fields: list[Any], error: type[DamagedError]) -> None:
    with pytest.raises(error):
        parse(fields)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xc0",
        b"\xc1",
        pack("saltpack"),
        pack(b"saltpack"),
        pack({"format": "saltpack"}),
        pack(dict(enumerate(sealed()))),
        pack([sealed()]),
    ],
    ids=[
        "nothing",
        "nil",
        "no messagepack",
        "a string",
        "a byte array",
        "a map",
        "a map of fields",
        "a list",
    ],
)
def test_what_is_no_list_of_fields_is_no_message(encoded: bytes) -> None:
    with pytest.raises(NotAMessageError):
        parse_header(encoded)


@pytest.mark.parametrize("fields", [sealed(), sealed(surplus=[METADATA]), signed()])
def test_a_header_that_is_cut_anywhere_is_refused(fields: list[Any]) -> None:
    encoded = pack(fields)
    for length in range(len(encoded)):
        with pytest.raises(DamagedError):
            parse_header(encoded[:length])


@pytest.mark.parametrize("fields", [sealed(), sealed(surplus=[METADATA]), signed()])
@pytest.mark.parametrize("rest", [b"\0", b"\xc0", b"\xc1"])
def test_bytes_after_the_fields_are_refused(fields: list[Any], rest: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_header(pack(fields) + rest)


@pytest.mark.parametrize(
    "data",
    [b"\xc0", b"saltpack", b"\x96", pack("saltpack"), pack(sealed()), b"BEGIN"],
    ids=["nil", "text", "a list", "a string", "once encoded", "armor"],
)
def test_an_input_that_begins_with_no_byte_array_is_no_message(data: bytes) -> None:
    with pytest.raises(NotAMessageError):
        read(data)


def test_an_input_that_ends_within_the_header_is_cut_off() -> None:
    packet, _hash = header_packet(sealed())
    for length in range(len(packet)):
        with pytest.raises(TruncatedError):
            read(packet[:length])


# Bounds (invariant 8)


@pytest.mark.parametrize(("count", "fine"), [(limits.RECIPIENTS, True), (limits.RECIPIENTS + 1, False)])
def test_invariant_8_a_message_has_up_to_10_000_recipients(count: int, fine: bool) -> None:
    fields = sealed(recipients=[[IDENTIFIER, KEY_BOX]] * count)
    if fine:
        header = parse(fields)
        assert isinstance(header, EncryptionHeader)
        assert len(header.recipients) == count
    else:
        with pytest.raises(MalformedError):
            parse(fields)


def test_invariant_8_a_header_is_up_to_16_mib_long() -> None:
    shorter = len(pack(sealed(recipients=[[bytes(2**16), KEY_BOX]]))) - 2**16
    fields = sealed(recipients=[[bytes(limits.HEADER_BYTES - shorter), KEY_BOX]])
    packet, _hash = header_packet(fields)
    assert len(packet) == limits.HEADER_BYTES + 5
    assert isinstance(read(packet), EncryptionHeader)


@pytest.mark.parametrize("length", [limits.HEADER_BYTES + 1, 2**31, 2**32 - 1])
def test_invariant_8_a_longer_header_is_refused_by_its_announcement(length: int) -> None:
    announced = b"\xc6" + length.to_bytes(4, "big") + pack(sealed())
    tracemalloc.start()
    try:
        with pytest.raises(NotAMessageError):
            read(announced)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300_000


@pytest.mark.parametrize(
    "field",
    [b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff"],
)
@pytest.mark.parametrize("number", range(8))
def test_invariant_8_an_enormous_field_in_a_header_is_refused_and_nothing_of_it_allocated(
    number: int, field: bytes
) -> None:
    parts = [pack(part) for part in sealed(surplus=[METADATA, None])]
    encoded = b"\x98" + b"".join([*parts[:number], field, *parts[number + 1 :]])
    tracemalloc.start()
    try:
        with pytest.raises(DamagedError):
            parse_header(encoded)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300_000


@pytest.mark.parametrize(("depth", "fine"), [(3, True), (4, False), (5000, False)])
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_invariant_8_surplus_fields_of_a_header_nest_to_the_limit(mode: int, depth: int, fine: bool) -> None:
    """The header's own list is the first level of four."""
    make = signed if mode in {1, 2} else sealed
    encoded = pack(make(mode=mode, surplus=[b"", None]))[:-1] + b"\x91" * depth + b"\xc0"
    if fine:
        assert parse_header(encoded).mode == mode
    else:
        with pytest.raises(MalformedError):
            parse_header(encoded)


@pytest.mark.parametrize(("depth", "fine"), [(1, True), (2, False), (5000, False)])
def test_invariant_8_surplus_fields_of_a_recipient_pair_nest_to_the_limit(depth: int, fine: bool) -> None:
    """The header, the recipients list and the pair are the first three levels of four."""
    encoded = pack(sealed(recipients=[[IDENTIFIER, KEY_BOX, None]]))[:-1] + b"\x91" * depth + b"\xc0"
    if fine:
        assert parse_header(encoded).mode is Mode.SIGNCRYPTION
    else:
        with pytest.raises(MalformedError):
            parse_header(encoded)


# Anything at all (invariant 9)

VALID = [
    pack(sealed(surplus=[METADATA])),
    pack(sealed(mode=0, recipients=[[None, KEY_BOX]] * 3)),
    pack(signed(surplus=["a purpose"])),
    support.widest(sealed(surplus=[METADATA])),
]


@given(data=st.binary(max_size=200))
@parsing
def test_invariant_9_any_bytes_are_a_header_or_damaged(data: bytes) -> None:
    try:
        read(data)
    except DamagedError:
        return


@given(data=st.one_of(st.binary(max_size=200), everything.map(pack), st.lists(everything).map(pack)))
@parsing
def test_invariant_9_any_contents_of_a_header_packet_are_a_header_or_damaged(data: bytes) -> None:
    try:
        read(support.twice_encoded(data))
    except DamagedError:
        return


@given(header=st.sampled_from(VALID), changes=damage.edits(300))
@parsing
def test_invariant_9_an_edited_header_is_a_header_or_damaged(header: bytes, changes: list[Edit]) -> None:
    try:
        read(support.twice_encoded(damage.edited(header, changes)))
    except DamagedError:
        return


@given(number=st.integers(0, 7), value=everything)
@parsing
def test_invariant_9_a_header_with_any_value_in_any_field_is_a_header_or_damaged(
    number: int, value: object
) -> None:
    fields = sealed(surplus=[METADATA, None])
    fields[number] = value
    try:
        parse(fields)
    except DamagedError:
        return


def test_every_flipped_bit_of_a_header_gives_a_header_or_damage() -> None:
    hashes = set()
    for _bit, encoded in damage.flipped_bits(VALID[0]):
        try:
            hashes.add(parse_header(encoded).header_hash)
        except DamagedError:
            continue
    assert hashes
    assert sha512(VALID[0]) not in hashes
