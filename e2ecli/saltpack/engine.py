"""The one engine of all modes: chunks in order, on all cores, in a bounded window of re-used buffers.

A mode says how one packet is made, read and opened (`PacketSealer`, `PacketOpener`); reading, chunking,
the final flag, ordering, the rule on empty chunks and the end of the message are decided here.
"""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from e2ecli import limits
from e2ecli.errors import DamagedError
from e2ecli.in_order import run_in_order
from e2ecli.primitives.hashes import running_sha512
from e2ecli.records import Record
from e2ecli.saltpack.buffers import Buffers
from e2ecli.saltpack.stream import BinarySource, PacketStream, fill

WINDOW = 4
"""Chunks in work at a time: as few as keep the cores busy, since each holds 1 MiB. There is a buffer more,
since a chunk is read ahead to know which is the last."""


Job = TypeVar("Job")


class PlainChunk(Record):
    """A chunk of plaintext in its buffer, with the mode's headroom before it and tailroom behind."""

    number: int
    final: bool
    buffer: memoryview
    length: int


class Packet(Record):
    """A payload packet as read: its authenticating field, where that stands apart, and its body."""

    number: int
    final: bool
    authenticator: bytes
    body: memoryview


class PacketSealer(Protocol):
    """How a mode makes a payload packet of a chunk."""

    @property
    def headroom(self) -> int:
        """Bytes that a packet needs before the chunk, at the most."""
        ...

    @property
    def tailroom(self) -> int:
        """Bytes that a packet needs behind the chunk."""
        ...

    def seal(self, chunk: PlainChunk) -> memoryview:
        """Make the packet around the chunk, in its buffer, and return that part of the buffer."""
        ...


class PacketOpener(Protocol):
    """How a mode reads a payload packet and opens it."""

    @property
    def overhead(self) -> int:
        """Bytes by which a packet's body is longer than its chunk."""
        ...

    @property
    def ends_with_empty_packet(self) -> bool:
        """Whether an empty packet marks the end (version 1), in place of a final flag."""
        ...

    def read(self, stream: PacketStream, number: int, buffer: memoryview) -> Packet:
        """Read the next packet, its body into `buffer`."""
        ...

    def open(self, packet: Packet) -> memoryview:
        """Authenticate and decrypt a packet where it lies; return the plaintext chunk."""
        ...


def seal_packets(source: BinarySource, sealer: PacketSealer) -> Iterator[memoryview]:
    """Yield the payload packets of everything in `source`; each is valid until the next is asked for."""
    return run_in_order(_ready_to_be_hashed(_chunks(source, sealer)), sealer.seal, WINDOW)


def open_packets(
    stream: PacketStream, opener: PacketOpener, chunk_bytes: int = limits.CHUNK_BYTES
) -> Iterator[memoryview]:
    """Yield the plaintext chunks of a message, each authenticated; valid until the next is asked for.

    Arguments:
        chunk_bytes: the longest chunk that is expected, which buffers are made for.

    Raises:
        DamagedError: a packet was altered, moved, cut off or added. Chunks yielded before are authentic.
    """
    packets = _ready_to_be_hashed(read_packets(stream, opener, chunk_bytes))

    def open_checked(packet: Packet) -> memoryview:
        chunk = opener.open(packet)
        check_emptiness(packet, len(chunk), opener)
        return chunk

    return run_in_order(packets, open_checked, WINDOW)


def _ready_to_be_hashed(jobs: Iterator[Job]) -> Iterator[Job]:
    """Load what hashes long chunks before several threads do: an import of one of them that Ctrl-C interrupts
    would keep the others waiting for ever."""
    for number, job in enumerate(jobs):
        if number == 1:
            running_sha512()
        yield job


def _chunks(source: BinarySource, sealer: PacketSealer) -> Iterator[PlainChunk]:
    start = sealer.headroom
    buffers = Buffers(WINDOW + 1, start + limits.CHUNK_BYTES + sealer.tailroom)

    def read_chunk(number: int) -> int:
        return fill(source, buffers[number][start : start + limits.CHUNK_BYTES])

    number, length = 0, read_chunk(0)
    while length == limits.CHUNK_BYTES and (following := read_chunk(number + 1)):
        yield PlainChunk(number, final=False, buffer=buffers[number], length=length)
        number, length = number + 1, following
    yield PlainChunk(number, final=True, buffer=buffers[number], length=length)


def read_packets(stream: PacketStream, opener: PacketOpener, chunk_bytes: int) -> Iterator[Packet]:
    """Yield the packets of a message, still to be opened; each is valid until `WINDOW` more were asked for.

    Raises:
        DamagedError: a packet is malformed or cut off, or something follows the last one.
    """
    buffers = Buffers(WINDOW + 1, chunk_bytes + opener.overhead)
    number, final = 0, False
    while not final:
        packet = opener.read(stream, number, buffers[number])
        final = packet.final
        if final and not stream.at_end():
            raise DamagedError("there is something after the end of the message")
        yield packet
        number += 1


def check_emptiness(packet: Packet, length: int, opener: PacketOpener) -> None:
    """Check that a chunk has bytes in it, or is the only one of an empty message.

    Raises:
        DamagedError: it is empty where none may be.
    """
    if opener.ends_with_empty_packet or length:
        return
    if packet.number or not packet.final:
        raise DamagedError("the message has an empty chunk where none may be")
