"""The one engine of all modes: chunks in order, on all cores, in a bounded window of re-used buffers.

A mode says how one packet is made, read and opened (`PacketSealer`, `PacketOpener`); reading, chunking,
the final flag, ordering, the rule on empty chunks and the end of the message are decided here.
"""

import mmap
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple, Protocol, TypeVar

from e2ecli import limits
from e2ecli.errors import DamagedError
from e2ecli.saltpack.stream import BinarySource, PacketStream, fill

WINDOW = 4
"""Chunks in work at a time: as few as keep the cores busy, since each holds 1 MiB."""

_LONG_BUFFER_BYTES = 64 * limits.KIB

Job = TypeVar("Job")
Result = TypeVar("Result")


class PlainChunk(NamedTuple):
    """A chunk of plaintext in its buffer, with the mode's headroom before it and tailroom behind."""

    number: int
    final: bool
    buffer: memoryview
    length: int


class Packet(NamedTuple):
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
    return run_in_order(_chunks(source, sealer), sealer.seal)


def open_packets(
    stream: PacketStream, opener: PacketOpener, chunk_bytes: int = limits.CHUNK_BYTES
) -> Iterator[memoryview]:
    """Yield the plaintext chunks of a message, each authenticated; valid until the next is asked for.

    Arguments:
        chunk_bytes: the longest chunk that is expected, which buffers are made for.

    Raises:
        DamagedError: a packet was altered, moved, cut off or added. Chunks yielded before are authentic.
    """
    packets = read_packets(stream, opener, chunk_bytes)

    def open_checked(packet: Packet) -> memoryview:
        chunk = opener.open(packet)
        check_emptiness(packet, len(chunk), opener)
        return chunk

    return run_in_order(packets, open_checked)


def run_in_order(jobs: Iterable[Job], work: Callable[[Job], Result]) -> Iterator[Result]:
    """Yield `work(job)` for each job, in order, `WINDOW` jobs at a time on all cores.

    A single job is worked on the spot: short messages pay for no threads.
    """
    jobs = iter(jobs)
    beginning = list(islice(jobs, 2))
    if len(beginning) < 2:
        yield from map(work, beginning)
        return
    from concurrent.futures import Future, ThreadPoolExecutor  # noqa: PLC0415

    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, WINDOW))
    waits = True
    try:
        for job in chain(beginning, jobs):
            pending.append(pool.submit(work, job))
            if len(pending) == WINDOW:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except GeneratorExit:
        # What was given up may be collected within any call, also one that threading makes while it holds a
        # lock which waiting takes.
        waits = False
        raise
    finally:
        pool.shutdown(waits, cancel_futures=True)


class _Buffers:
    """Buffers used in turn. One more than the window: a chunk is read ahead to know which is the last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._buffers: list[memoryview] = []

    def __getitem__(self, number: int) -> memoryview:
        turn = number % (WINDOW + 1)
        if turn == len(self._buffers):
            self._buffers.append(memoryview(_zeros(self._size)))
        return self._buffers[turn]


def _zeros(size: int) -> "bytearray | mmap.mmap":
    """Return a buffer: pages of a long one come as they are written to, so that short messages are quick."""
    return bytearray(size) if size < _LONG_BUFFER_BYTES else mmap.mmap(-1, size)


def _chunks(source: BinarySource, sealer: PacketSealer) -> Iterator[PlainChunk]:
    start = sealer.headroom
    buffers = _Buffers(start + limits.CHUNK_BYTES + sealer.tailroom)

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
    buffers = _Buffers(chunk_bytes + opener.overhead)
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
