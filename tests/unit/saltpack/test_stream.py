"""Packets' heads and contents, read off a stream one after the other."""

import io
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, TruncatedError
from e2ecli.saltpack.messagepack import MalformedError
from e2ecli.saltpack.stream import PacketStream, RewoundSource, array_head, bin_head, fill, read_beginning
from tests.unit.saltpack import sources, support
from tests.unit.saltpack.sources import ShortReads
from tests.unit.saltpack.support import parsing
from tests.unit.saltpack.test_messagepack import BINARIES, ENORMOUS, LISTS, VALUES, everything

BOOLEANS = {"true": True, "false": False}
HEADS: dict[str, tuple[Callable[[PacketStream], object], dict[str, object]]] = {
    "a list": (PacketStream.array_length, {**LISTS}),
    "a byte array": (
        lambda packets: packets.bin_length(10),
        {name: len(value) for name, value in BINARIES.items()},
    ),
    "a byte array or nil": (
        lambda packets: packets.bin_length_or_nil(10),
        {**{name: len(value) for name, value in BINARIES.items()}, "nil": 0},
    ),
    "a boolean": (PacketStream.boolean, {**BOOLEANS}),
}


@pytest.mark.parametrize(("what", "name"), [(what, name) for what in HEADS for name in VALUES])
def test_a_head_is_read_as_its_own_type_and_refused_as_any_other(what: str, name: str) -> None:
    read, expected = HEADS[what]
    packets = sources.stream(VALUES[name])
    if name in expected:
        assert read(packets) == expected[name]
    else:
        with pytest.raises(MalformedError):
            read(packets)


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_is_not_there_is_a_message_cut_off(what: str) -> None:
    with pytest.raises(TruncatedError):
        HEADS[what][0](sources.stream(b""))


@pytest.mark.parametrize("head", [b"\xc4", b"\xc5\x00", b"\xc6\x00\x00\x00"])
def test_a_byte_arrays_head_that_is_cut_is_a_message_cut_off(head: bytes) -> None:
    with pytest.raises(TruncatedError):
        sources.stream(head).bin_length(100)


@pytest.mark.parametrize("head", [b"\xdc", b"\xdc\x00", b"\xdd\x00\x00\x00"])
def test_a_lists_head_that_is_cut_is_a_message_cut_off(head: bytes) -> None:
    with pytest.raises(TruncatedError):
        sources.stream(head).array_length()


@pytest.mark.parametrize(
    ("length", "fine"), [(0, True), (99, True), (100, True), (101, False), (70_000, False)]
)
def test_a_byte_array_is_no_longer_than_the_most(length: int, fine: bool) -> None:
    packets = sources.stream(bin_head(length))
    if fine:
        assert packets.bin_length(100) == length
    else:
        with pytest.raises(MalformedError):
            packets.bin_length(100)


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, b"\xc4\x00"),
        (255, b"\xc4\xff"),
        (256, b"\xc5\x01\x00"),
        (65_535, b"\xc5\xff\xff"),
        (65_536, b"\xc6\x00\x01\x00\x00"),
        (2**32 - 1, b"\xc6\xff\xff\xff\xff"),
    ],
)
def test_the_head_of_a_byte_array_is_the_shortest(length: int, head: bytes) -> None:
    assert bin_head(length) == head
    assert sources.stream(head).bin_length(length) == length


@pytest.mark.parametrize("length", [0, 1, 15, 16, 65_535, 65_536, 2**32 - 1])
def test_the_head_of_a_list_is_the_shortest(length: int) -> None:
    head = array_head(length)
    assert sources.stream(head).array_length() == length
    assert len(head) == (1 if length <= 15 else 3 if length <= 65_535 else 5)


# Contents


@pytest.mark.parametrize("most", [1, 3, 100])
def test_bytes_are_read_exactly_however_they_arrive(most: int) -> None:
    packets = PacketStream(ShortReads(b"0123456789", most))
    assert (packets.read(4), packets.read(0), packets.read(6)) == (b"0123", b"", b"456789")


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_buffer_is_filled_exactly_however_the_bytes_arrive(most: int) -> None:
    packets = PacketStream(ShortReads(b"0123456789", most))
    buffer = bytearray(6)
    packets.readinto(memoryview(buffer))
    assert buffer == b"012345"
    assert packets.read(4) == b"6789"


def test_reading_past_the_end_is_a_message_cut_off() -> None:
    with pytest.raises(TruncatedError):
        sources.stream(b"0123").read(5)


def test_filling_a_buffer_past_the_end_is_a_message_cut_off() -> None:
    with pytest.raises(TruncatedError):
        sources.stream(b"0123").readinto(memoryview(bytearray(5)))


@pytest.mark.parametrize(("length", "filled"), [(0, 0), (3, 3), (4, 4), (5, 4)])
@pytest.mark.parametrize("most", [1, 100])
def test_a_buffer_is_filled_as_far_as_the_input_goes(most: int, length: int, filled: int) -> None:
    assert fill(ShortReads(b"0123", most), memoryview(bytearray(length))) == filled


def test_a_source_that_has_nothing_ready_counts_as_ended() -> None:
    class NothingReady(io.BytesIO):
        def readinto(self, buffer: object, /) -> int:
            return None  # type: ignore[return-value]

    assert fill(NothingReady(b"0123"), memoryview(bytearray(4))) == 0  # type: ignore[arg-type]


def test_the_end_is_known_without_reading_on() -> None:
    packets = sources.stream(b"01")
    assert not packets.at_end()
    assert packets.read(2) == b"01"
    assert packets.at_end()


def test_the_bytes_that_were_read_are_counted() -> None:
    packets = sources.stream(b"\x92\xc4\x03abc\xc3\x07")
    assert packets.array_length() == 2
    packets.readinto(memoryview(bytearray(packets.bin_length(3))))
    assert packets.boolean()
    packets.skip_fields(1)
    assert packets.bytes_read == 8


# A source whose beginning was looked at


@given(
    data=st.binary(max_size=40),
    looked_at=st.integers(0, 50),
    most=st.integers(1, 20),
    sizes=st.lists(st.tuples(st.booleans(), st.integers(1, 15)), max_size=20),
)
@parsing
def test_a_source_reads_as_if_nobody_had_looked_at_its_beginning(
    data: bytes, looked_at: int, most: int, sizes: list[tuple[bool, int]]
) -> None:
    below = ShortReads(data, most)
    beginning = read_beginning(below, looked_at)
    assert beginning == data[:looked_at]
    rewound = RewoundSource(beginning, below)
    position = 0
    for into_buffer, size in sizes:
        assert data[position:].startswith(rewound.peek(1)[:1])
        buffer = bytearray(size)
        piece = buffer[: rewound.readinto(memoryview(buffer))] if into_buffer else rewound.read(size)
        assert piece == data[position : position + len(piece)]
        assert piece or position == len(data)
        position += len(piece)
    assert bool(rewound.peek(1)) == (position < len(data))


# Surplus fields


@pytest.mark.parametrize("name", VALUES)
def test_a_surplus_field_of_any_type_is_passed_over(name: str) -> None:
    packets = sources.stream(VALUES[name] + b"end")
    packets.skip_fields(1)
    assert packets.read(3) == b"end"


@given(values=st.lists(everything, max_size=5))
@parsing
def test_any_surplus_fields_within_the_limit_of_nesting_are_passed_over_whole(values: list[object]) -> None:
    packets = sources.stream(b"".join(map(support.pack, values)) + b"end")
    if max(map(support.depth, values), default=0) < limits.MESSAGEPACK_NESTING:
        packets.skip_fields(len(values))
        assert packets.read(3) == b"end"
    else:
        with pytest.raises(MalformedError):
            packets.skip_fields(len(values))


@pytest.mark.parametrize("encoded", [b"\xc1", b"\xc1\x00"])
def test_a_surplus_field_that_is_no_messagepack_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedError):
        sources.stream(encoded).skip_fields(1)


@pytest.mark.parametrize("name", [name for name in VALUES if len(VALUES[name]) > 1])
def test_a_surplus_field_that_is_cut_is_a_message_cut_off(name: str) -> None:
    with pytest.raises(TruncatedError):
        sources.stream(VALUES[name][:-1]).skip_fields(1)


@pytest.mark.parametrize(
    ("length", "fine"), [(limits.SURPLUS_BYTES, True), (limits.SURPLUS_BYTES + 1, False)]
)
@pytest.mark.parametrize("kind", ["one field", "many fields", "a list"])
def test_invariant_8_surplus_fields_are_read_to_the_limit_and_no_farther(
    kind: str, length: int, fine: bool
) -> None:
    encoded, count = {
        "one field": (b"\xc6" + (length - 5).to_bytes(4, "big") + bytes(length - 5), 1),
        "many fields": (bytes(length), length),
        "a list": (b"\xdd" + (length - 5).to_bytes(4, "big") + bytes(length - 5), 1),
    }[kind]
    assert len(encoded) == length
    packets = sources.stream(encoded)
    if fine:
        packets.skip_fields(count)
        assert packets.at_end()
    else:
        with pytest.raises(MalformedError):
            packets.skip_fields(count)


@pytest.mark.parametrize("opening", [b"\x91", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01", b"\x81\x01"])
@pytest.mark.parametrize(("depth", "fine"), [(1, True), (3, True), (4, False), (30_000, False)])
def test_invariant_8_surplus_fields_are_nested_to_the_limit_and_no_deeper(
    opening: bytes, depth: int, fine: bool
) -> None:
    """The packet's own list is the first level of four."""
    assert limits.MESSAGEPACK_NESTING == 4
    packets = sources.stream(opening * depth + b"\xc0" + b"end")
    if fine:
        packets.skip_fields(1)
        assert packets.read(3) == b"end"
    else:
        with pytest.raises(MalformedError):
            packets.skip_fields(1)


@pytest.mark.parametrize("encoded", ENORMOUS.values(), ids=ENORMOUS)
@pytest.mark.parametrize("what", [*HEADS, "a surplus field"])
def test_invariant_8_an_enormous_length_is_refused_and_nothing_of_it_allocated(
    what: str, encoded: bytes
) -> None:
    packets = sources.stream(encoded + bytes(100))

    def read_as_far_as_a_packet_goes() -> None:
        if what == "a surplus field":
            packets.skip_fields(1)
        elif HEADS[what][0](packets) not in {0xFFFF_FFFF, 0xFFFF}:
            raise AssertionError("a length of no list")
        else:  # a list's length alone means nothing: its fields are bounded
            packets.skip_fields(0xFFFF_FFFF)

    tracemalloc.start()
    try:
        with pytest.raises(DamagedError):
            read_as_far_as_a_packet_goes()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300_000
