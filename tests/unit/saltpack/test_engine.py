"""The engine: chunks in order, on all cores, in few buffers, and never one that isn't authentic."""

import ctypes
import subprocess
import sys
from hashlib import shake_128

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, TruncatedError
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import (
    WINDOW,
    Packet,
    PlainChunk,
    open_packets,
    seal_packets,
)
from e2ecli.saltpack.signcryption import SigncryptionOpener, SigncryptionSealer
from e2ecli.saltpack.stream import PacketStream, bin_head
from tests.unit.saltpack import sources, support
from tests.unit.saltpack.sources import ShortReads

MIB = limits.CHUNK_BYTES
SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3]

ALICE = support.signing_key("alice")
BOB = support.x25519_reader("bob")
TO_BOB = [support.x25519_recipient("bob")]

DATA = shake_128(b"the plaintext of these tests").digest(10 * MIB)


def sealed(length: int) -> bytes:
    return support.seal(DATA[:length], TO_BOB, signer=ALICE)


def sealer_and_header() -> tuple[bytes, SigncryptionSealer]:
    return signcryption.seal_header(ALICE, TO_BOB, support.message_keys())


# Sizes


@pytest.mark.parametrize("size", SIZES)
def test_a_message_of_any_size_comes_out_as_it_went_in(size: int) -> None:
    assert support.open_message(sealed(size), BOB).plaintext == DATA[:size]


@pytest.mark.parametrize(
    ("size", "lengths"),
    [
        (0, [0]),
        (1, [1]),
        (MIB - 1, [MIB - 1]),
        (MIB, [MIB]),
        (MIB + 1, [MIB, 1]),
        (2 * MIB, [MIB, MIB]),
        (5 * MIB + 3, [MIB, MIB, MIB, MIB, MIB, 3]),
    ],
)
def test_a_message_is_cut_into_chunks_of_1_mib_without_an_empty_one_at_the_end(
    size: int, lengths: list[int]
) -> None:
    packets = support.unpack_all(support.split_header(sealed(size))[1])
    assert [len(body) - 80 for body, _final in packets] == lengths
    assert [final for _body, final in packets] == [False] * (len(lengths) - 1) + [True]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [65_521, MIB - 1])
def test_a_source_that_gives_less_than_it_is_asked_for_is_read_all_the_same(size: int, most: int) -> None:
    header, sealer = sealer_and_header()
    packets = b"".join(map(bytes, seal_packets(ShortReads(DATA[:size], most), sealer)))
    assert header + packets == support.seal(DATA[:size], TO_BOB, signer=ALICE, keys=support.message_keys())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [65_521, MIB - 1])
def test_a_message_that_arrives_in_pieces_opens(size: int, most: int) -> None:
    message = sealed(size)
    assert support.open_source_of(ShortReads(message, most), BOB).plaintext == DATA[:size]


def test_a_short_message_opens_when_it_arrives_byte_by_byte() -> None:
    assert support.open_source_of(sources.arriving(sealed(100), 1), BOB).plaintext == DATA[:100]


# Chunks that are cut otherwise


@given(lengths=st.lists(st.integers(1, 300), min_size=1, max_size=12))
@support.streaming
def test_chunks_may_be_shorter_than_1_mib(lengths: list[int]) -> None:
    header, sealer = sealer_and_header()
    chunks = [DATA[:length] for length in lengths]
    message = header + b"".join(support.seal_chunks(sealer, chunks))
    assert support.released_before_error(message, BOB) == (chunks, None)


def test_a_hundred_small_chunks_come_out_in_order() -> None:
    header, sealer = sealer_and_header()
    chunks = [f"chunk {number}".encode() for number in range(100)]
    message = header + b"".join(support.seal_chunks(sealer, chunks))
    assert support.released_before_error(message, BOB) == (chunks, None)


# Damage in a long message


@pytest.mark.parametrize("number", range(8))
def test_invariant_1_chunks_before_a_damaged_one_come_out_and_none_after_it(number: int) -> None:
    header, sealer = sealer_and_header()
    chunks = [f"chunk {index}".encode() for index in range(8)]
    packets = support.seal_chunks(sealer, chunks)
    packets[number] = packets[number][:-2] + bytes([packets[number][-2] ^ 1]) + packets[number][-1:]
    released, error = support.released_before_error(header + b"".join(packets), BOB)
    assert released == chunks[:number]
    assert isinstance(error, DamagedError)


def test_whichever_of_two_damages_is_met_first_nothing_wrong_comes_out() -> None:
    header, sealer = sealer_and_header()
    chunks = [b"one", b"two", b"three", b"four", b"five", b"six"]
    packets = support.seal_chunks(sealer, chunks)
    empty, cut = support.seal_chunk(sealer, 2, b"", final=False), packets[4][:-3]
    released, error = support.released_before_error(
        header + b"".join([*packets[:2], empty, packets[3], cut]), BOB
    )
    assert released == chunks[: len(released)]
    assert isinstance(error, DamagedError)


@pytest.mark.parametrize("size", [2 * MIB, 5 * MIB + 3])
def test_a_long_message_that_is_cut_off_ends_in_an_error_and_not_in_silence(size: int) -> None:
    released, error = support.released_before_error(sealed(size)[:-1], BOB)
    assert isinstance(error, TruncatedError)
    assert DATA.startswith(b"".join(released))


# Buffers


def address(buffer: memoryview) -> int:
    return int(ctypes.addressof(ctypes.c_char.from_buffer(buffer)))


class WatchedSealer(SigncryptionSealer):
    """Notes which buffers it is given."""

    def __init__(self, sealer: SigncryptionSealer) -> None:
        super().__init__(sealer.cipher, sealer.signer)
        self.addresses: set[int] = set()
        self.count = 0

    def seal(self, chunk: PlainChunk) -> memoryview:
        self.addresses.add(address(chunk.buffer))
        self.count += 1
        return super().seal(chunk)


class WatchedOpener(SigncryptionOpener):
    """Notes which buffers it is given."""

    def __init__(self, opener: SigncryptionOpener) -> None:
        super().__init__(opener.cipher, opener.sender)
        self.addresses: set[int] = set()
        self.count = 0

    def open(self, packet: Packet) -> memoryview:
        self.addresses.add(address(packet.body))
        self.count += 1
        return super().open(packet)


def test_invariant_8_sealing_uses_one_buffer_more_than_the_window_however_long_the_message() -> None:
    sealer = WatchedSealer(sealer_and_header()[1])
    for _packet in seal_packets(sources.source(DATA), sealer):
        pass
    assert sealer.count == 10
    assert len(sealer.addresses) == WINDOW + 1


def test_invariant_8_opening_uses_one_buffer_more_than_the_window_however_long_the_message() -> None:
    packets = sources.stream(sealed(10 * MIB))
    start = signcryption.open_header(support.read_encryption_header(packets), BOB)
    opener = WatchedOpener(start.payload)
    for _chunk in open_packets(packets, opener):
        pass
    assert opener.count == 10
    assert len(opener.addresses) <= WINDOW + 1


def test_a_short_message_uses_one_buffer() -> None:
    sealer = WatchedSealer(sealer_and_header()[1])
    list(seal_packets(sources.source(b"short"), sealer))
    assert len(sealer.addresses) == 1


def test_a_packet_is_intact_until_the_next_one_is_asked_for() -> None:
    header, sealer = sealer_and_header()
    packets = seal_packets(sources.source(DATA), sealer)
    message = bytearray(header)
    for packet in packets:
        message += packet
    assert support.open_message(bytes(message), BOB).plaintext == DATA


# What is too long


def test_invariant_8_a_packet_longer_than_a_chunk_is_refused_by_its_announcement() -> None:
    header, _sealer = sealer_and_header()
    announced = bytes([0x92]) + bin_head(MIB + 81)
    with pytest.raises(DamagedError, match="the most"):
        support.open_message(header + announced, BOB)


def test_a_packet_stream_counts_what_it_read() -> None:
    message = sealed(100)
    packets = PacketStream(sources.source(message))
    start = signcryption.open_header(support.read_encryption_header(packets), BOB)
    list(open_packets(packets, start.payload))
    assert packets.bytes_read == len(message)


LOADING = """
import io, sys
from e2ecli.saltpack.engine import seal_packets

loaded = []

class Sealer:
    headroom = tailroom = 0

    def seal(self, chunk):
        loaded.append("hashlib" in sys.modules)
        return chunk.buffer

for _ in seal_packets(io.BufferedReader(io.BytesIO(bytes(int(sys.argv[1])))), Sealer()):
    pass
print(*set(loaded))
"""


@pytest.mark.parametrize(("length", "loaded"), [(MIB, "False"), (5 * MIB, "True")])
def test_what_hashes_long_chunks_is_loaded_before_several_threads_work(length: int, loaded: str) -> None:
    """An import that Ctrl-C interrupts in one of them would keep the others waiting for ever."""
    command = [sys.executable, "-c", LOADING, str(length)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == loaded
