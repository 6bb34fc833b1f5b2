"""MessagePack, strictly: every field has its type, and no length is believed before it is checked."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError
from e2ecli.saltpack.messagepack import Fields, MalformedError, pack
from tests.unit.saltpack import support
from tests.unit.saltpack.support import parsing

VALUES: dict[str, bytes] = {
    "nil": b"\xc0",
    "true": b"\xc3",
    "false": b"\xc2",
    "a positive fixint": b"\x07",
    "a negative fixint": b"\xff",
    "uint8": b"\xcc\xff",
    "uint16": b"\xcd\xff\xff",
    "uint32": b"\xce\xff\xff\xff\xff",
    "uint64": b"\xcf" + b"\xff" * 8,
    "int8": b"\xd0\x80",
    "int16": b"\xd1\x80\x00",
    "int32": b"\xd2\x80\x00\x00\x00",
    "int64": b"\xd3\x80" + bytes(7),
    "float32": b"\xca" + bytes(4),
    "float64": b"\xcb" + bytes(8),
    "an empty fixstr": b"\xa0",
    "a fixstr": b"\xa3abc",
    "str8": b"\xd9\x03abc",
    "str16": b"\xda\x00\x03abc",
    "str32": b"\xdb\x00\x00\x00\x03abc",
    "bin8": b"\xc4\x03abc",
    "bin16": b"\xc5\x00\x03abc",
    "bin32": b"\xc6\x00\x00\x00\x03abc",
    "an empty bin": b"\xc4\x00",
    "an empty fixarray": b"\x90",
    "a fixarray": b"\x92\x01\x02",
    "array16": b"\xdc\x00\x02\x01\x02",
    "array32": b"\xdd\x00\x00\x00\x02\x01\x02",
    "an empty fixmap": b"\x80",
    "a fixmap": b"\x81\x01\x02",
    "map16": b"\xde\x00\x01\x01\x02",
    "map32": b"\xdf\x00\x00\x00\x01\x01\x02",
    "fixext1": b"\xd4\x01a",
    "fixext2": b"\xd5\x01ab",
    "fixext4": b"\xd6\x01abcd",
    "fixext8": b"\xd7\x01abcdefgh",
    "fixext16": b"\xd8\x01" + bytes(16),
    "ext8": b"\xc7\x03\x01abc",
    "ext16": b"\xc8\x00\x03\x01abc",
    "ext32": b"\xc9\x00\x00\x00\x03\x01abc",
    "a timestamp": b"\xd6\xff" + bytes(4),
}
"""One value of every MessagePack format."""

INTEGERS = {
    "a positive fixint": 7,
    "a negative fixint": -1,
    "uint8": 255,
    "uint16": 65_535,
    "uint32": 2**32 - 1,
    "uint64": 2**64 - 1,
    "int8": -128,
    "int16": -(2**15),
    "int32": -(2**31),
    "int64": -(2**63),
}
TEXTS = {"an empty fixstr": "", "a fixstr": "abc", "str8": "abc", "str16": "abc", "str32": "abc"}
BINARIES = {"bin8": b"abc", "bin16": b"abc", "bin32": b"abc", "an empty bin": b""}
LISTS = {"an empty fixarray": 0, "a fixarray": 2, "array16": 2, "array32": 2}
MAPS = {"an empty fixmap": 0, "a fixmap": 1, "map16": 1, "map32": 1}

READS: dict[str, tuple[Callable[[Fields], object], dict[str, Any]]] = {
    "an integer": (Fields.integer, INTEGERS),
    "a string": (Fields.text, TEXTS),
    "a byte array": (Fields.binary, BINARIES),
    "a byte array or nil": (Fields.binary_or_nil, {**BINARIES, "nil": None}),
    "a list": (lambda fields: fields.list_length(0, 10), LISTS),
    "a map": (lambda fields: fields.map_length(10), MAPS),
}
COMBINATIONS = [(what, name) for what in READS for name in VALUES]


def fields(encoded: bytes) -> Fields:
    return Fields(encoded, "the test")


@pytest.mark.parametrize(("what", "name"), COMBINATIONS)
def test_a_field_is_read_as_its_own_type_and_refused_as_any_other(what: str, name: str) -> None:
    """All formats against all readers. Every width of a type is read, also one that is not the shortest."""
    read, expected = READS[what]
    if name in expected:
        assert read(fields(VALUES[name])) == expected[name]
    else:
        with pytest.raises(MalformedError):
            read(fields(VALUES[name]))


@pytest.mark.parametrize("name", VALUES)
def test_a_field_of_any_type_is_passed_over(name: str) -> None:
    following = fields(VALUES[name] + b"\x2a")
    following.skip()
    assert following.integer() == 42
    following.end()


@pytest.mark.parametrize("name", VALUES)
def test_the_next_field_is_told_to_be_a_byte_array_or_a_string_without_reading_it(name: str) -> None:
    peeked = fields(VALUES[name])
    assert peeked.is_binary() == (name in BINARIES)
    assert peeked.is_text() == (name in TEXTS)
    peeked.skip()
    peeked.end()


@pytest.mark.parametrize("read", [read for read, _expected in READS.values()], ids=READS)
@pytest.mark.parametrize("encoded", [b"", b"\xc1", b"\xcd\x00", b"\xd9\x05abc", b"\xc4\x04abc", b"\xdc"])
def test_a_field_that_is_cut_off_or_no_messagepack_is_refused(
    read: Callable[[Fields], object], encoded: bytes
) -> None:
    with pytest.raises(MalformedError):
        read(fields(encoded))


@pytest.mark.parametrize("encoded", [b"", b"\xc1", b"\xcd\x00", b"\x92\x01", b"\x81\x01", b"\xc7\x05\x01a"])
def test_passing_over_a_field_that_is_cut_off_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedError):
        fields(encoded).skip()


def test_nothing_is_told_of_a_field_that_is_not_there() -> None:
    assert not fields(b"").is_binary()
    assert not fields(b"").is_text()


@pytest.mark.parametrize("text", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_a_string_that_is_no_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedError):
        fields(b"\xd9" + bytes([len(text)]) + text).text()


@pytest.mark.parametrize(("length", "fine"), [(0, False), (2, False), (3, True), (4, False), (32, False)])
def test_a_byte_array_of_fixed_length_has_that_length(length: int, fine: bool) -> None:
    encoded = fields(pack(bytes(length)))
    if fine:
        assert encoded.binary(3) == bytes(3)
    else:
        with pytest.raises(MalformedError):
            encoded.binary(3)


@pytest.mark.parametrize(("length", "fine"), [(0, False), (1, False), (2, True), (5, True), (6, False)])
def test_a_list_has_as_many_fields_as_it_may(length: int, fine: bool) -> None:
    encoded = fields(pack([0] * length))
    if fine:
        assert encoded.list_length(2, 5) == length
    else:
        with pytest.raises(MalformedError):
            encoded.list_length(2, 5)


@pytest.mark.parametrize(("length", "fine"), [(0, True), (5, True), (6, False)])
def test_a_map_has_as_many_entries_as_it_may(length: int, fine: bool) -> None:
    encoded = fields(pack(dict.fromkeys(range(length), 0)))
    if fine:
        assert encoded.map_length(5) == length
    else:
        with pytest.raises(MalformedError):
            encoded.map_length(5)


@pytest.mark.parametrize("rest", [b"\xc0", b"\0", b"\xc1"])
def test_bytes_after_the_end_are_refused(rest: bytes) -> None:
    ended = fields(b"\x07" + rest)
    ended.integer()
    with pytest.raises(MalformedError):
        ended.end()


# Bounds (invariant 8)

ENORMOUS: dict[str, bytes] = {
    "bin32 of 4 GiB": b"\xc6\xff\xff\xff\xff",
    "str32 of 4 GiB": b"\xdb\xff\xff\xff\xff",
    "array32 of 4 Gi fields": b"\xdd\xff\xff\xff\xff",
    "map32 of 4 Gi entries": b"\xdf\xff\xff\xff\xff",
    "ext32 of 4 GiB": b"\xc9\xff\xff\xff\xff\x01",
    "bin32 of 2 GiB": b"\xc6\x80\x00\x00\x00",
    "array16 of 65,535 fields": b"\xdc\xff\xff",
    "map16 of 65,535 entries": b"\xde\xff\xff",
}


@pytest.mark.parametrize(
    "read", [*(read for read, _expected in READS.values()), Fields.skip], ids=[*READS, "passed over"]
)
@pytest.mark.parametrize("encoded", ENORMOUS.values(), ids=ENORMOUS)
def test_invariant_8_an_enormous_length_is_refused_and_nothing_of_it_allocated(
    read: Callable[[Fields], object], encoded: bytes
) -> None:
    announced = fields(encoded + bytes(100))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError):
            read(announced)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize(
    "opening", [b"\x91", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01"], ids=["fix", "16", "32"]
)
@pytest.mark.parametrize(("depth", "fine"), [(0, True), (1, True), (3, True), (4, False), (1000, False)])
def test_invariant_8_lists_are_nested_to_the_limit_and_no_deeper(
    opening: bytes, depth: int, fine: bool
) -> None:
    """The list that a field stands in is the first level."""
    assert limits.MESSAGEPACK_NESTING == 4
    nested = fields(opening * depth + b"\xc0")
    if fine:
        nested.skip()
        nested.end()
    else:
        with pytest.raises(MalformedError):
            nested.skip()


@pytest.mark.parametrize(("depth", "fine"), [(1, True), (3, True), (4, False), (1000, False)])
def test_invariant_8_maps_are_nested_to_the_limit_and_no_deeper(depth: int, fine: bool) -> None:
    nested = fields(b"\x81\x01" * depth + b"\xc0")
    if fine:
        nested.skip()
        nested.end()
    else:
        with pytest.raises(MalformedError):
            nested.skip()


def test_lists_and_maps_may_be_keys_and_values_where_they_are_passed_over() -> None:
    passed = fields(b"\x82\x91\x01\x81\x02\x03\x04\x92\x05\x06" + b"\x07")
    passed.skip()
    assert passed.integer() == 7


# Writing


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (3, b"\x03"),
        ("saltpack", b"\xa8saltpack"),
        (b"", b"\xc4\x00"),
        (bytes(255), b"\xc4\xff" + bytes(255)),
        (bytes(256), b"\xc5\x01\x00" + bytes(256)),
        ([2, 0], b"\x92\x02\x00"),
        ([0] * 16, b"\xdc\x00\x10" + bytes(16)),
        (True, b"\xc3"),
        (None, b"\xc0"),
    ],
    ids=repr,
)
def test_what_is_written_is_the_shortest_encoding(value: object, encoded: bytes) -> None:
    assert pack(value) == encoded


# Anything at all

everything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 9), inner, max_size=2),
    max_leaves=8,
)


@given(encoded=st.one_of(st.binary(max_size=60), everything.map(pack)), what=st.sampled_from(sorted(READS)))
@parsing
def test_invariant_9_any_bytes_are_read_or_refused(encoded: bytes, what: str) -> None:
    read, _expected = READS[what]
    try:
        read(fields(encoded))
    except DamagedError:
        return


@given(value=everything)
@parsing
def test_any_value_within_the_limit_of_nesting_is_passed_over_whole(value: object) -> None:
    passed = fields(pack(value))
    if support.depth(value) < limits.MESSAGEPACK_NESTING:
        passed.skip()
        passed.end()
    else:
        with pytest.raises(MalformedError):
            passed.skip()
