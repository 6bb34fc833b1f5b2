"""Reading packets off a stream: heads by hand, contents straight into their buffers.

Lengths are checked before anything is read or allocated; the end of the input within a packet is a
truncated message.
"""

import io
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from e2ecli import limits
from e2ecli.errors import TruncatedError
from e2ecli.saltpack.messagepack import MalformedError

_FIXED_SIZES = {
    **dict.fromkeys((0xC0, 0xC2, 0xC3), 0),
    **{0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xCA: 4, 0xCB: 8},
    **{0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17},
}
_LENGTH_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
_EXTENSION_HEADS = frozenset({0xC7, 0xC8, 0xC9})
_BIN_LENGTH_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_ARRAY_LENGTH_SIZES = {0xDC: 2, 0xDD: 4}
_MAP_LENGTH_SIZES = {0xDE: 2, 0xDF: 4}


FLAGS: Final = {False: b"\xc2", True: b"\xc3"}


class BinarySource(Protocol):
    """A buffered binary stream, such as `io.BufferedReader`."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; nothing at the end."""
        ...

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill up to the whole of `buffer`; return how many bytes, 0 at the end."""
        ...

    def peek(self, size: int = 0, /) -> bytes:
        """Return bytes that come next without consuming them; nothing at the end."""
        ...


class RewoundSource:
    """A source some of whose bytes have been read already, as if they had not."""

    def __init__(self, beginning: bytes, source: BinarySource) -> None:
        self._beginning = beginning
        self._source = source

    def read(self, size: int) -> bytes:
        """Return `size` bytes as far as the source does; nothing at the end."""
        data, self._beginning = self._beginning[:size], self._beginning[size:]
        return data + self._source.read(size - len(data)) if len(data) < size else data

    def readinto(self, buffer: memoryview) -> int:
        """Fill up to the whole of `buffer`; return how many bytes, 0 at the end."""
        if not self._beginning:
            return self._source.readinto(buffer) or 0
        data, self._beginning = self._beginning[: len(buffer)], self._beginning[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def peek(self, size: int = 0) -> bytes:
        """Return bytes that come next without consuming them; nothing at the end."""
        return self._beginning or self._source.peek(size)


class CountedSource:
    """A source that counts the bytes read from it, and tells of each reading's if it is to."""

    def __init__(self, source: BinarySource, tell: Callable[[int], object] | None = None) -> None:
        self._source = source
        self._tell = tell
        self.bytes = 0
        self.peek = source.peek

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes, and count."""
        data = self._source.read(size)
        self._count(len(data))
        return data

    def readinto(self, buffer: memoryview) -> int:
        """Read into `buffer`, and count."""
        count = self._source.readinto(buffer) or 0
        self._count(count)
        return count

    def _count(self, count: int) -> None:
        self.bytes += count
        if self._tell is not None:
            self._tell(count)


class PiecesReader(io.RawIOBase):
    """The bytes of pieces that are made one after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` with the next bytes; 0 at the end."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


def _cut_off() -> TruncatedError:
    return TruncatedError("the message is cut off: its end is missing", "get the whole of it once more")


class PacketStream:
    """The pieces of packets, read one after the other from a binary source."""

    def __init__(self, source: BinarySource) -> None:
        self._source = source
        self.bytes_read = 0

    def at_end(self) -> bool:
        """Whether the input has ended."""
        return not self._source.peek(1)

    def read(self, length: int) -> bytes:
        """Read exactly `length` bytes.

        Raises:
            TruncatedError: the input ends before.
        """
        data = self._source.read(length)
        while len(data) < length:
            piece = self._source.read(length - len(data))
            if not piece:
                raise _cut_off()
            data += piece
        self.bytes_read += length
        return data

    def readinto(self, target: memoryview) -> None:
        """Fill `target` exactly.

        Raises:
            TruncatedError: the input ends before.
        """
        if fill(self._source, target) < len(target):
            raise _cut_off()
        self.bytes_read += len(target)

    def array_length(self) -> int:
        """Read a list's head: how many fields follow."""
        head = self.read(1)[0]
        if head & 0xF0 == 0x90:
            return head & 0x0F
        return self._length(head, _ARRAY_LENGTH_SIZES, "a list")

    def bin_length(self, most: int) -> int:
        """Read a byte array's head: how many bytes follow, `most` at the most."""
        length = self._length(self.read(1)[0], _BIN_LENGTH_SIZES, "a byte array")
        if length > most:
            raise MalformedError(f"a packet holds {length} bytes where {most} are the most")
        return length

    def bin_length_or_nil(self, most: int) -> int:
        """Read a byte array's head, or nil, which stands for an empty one."""
        if self._source.peek(1)[:1] == b"\xc0":
            self.read(1)
            return 0
        return self.bin_length(most)

    def boolean(self) -> bool:
        """Read true or false."""
        head = self.read(1)
        if head not in {b"\xc2", b"\xc3"}:
            raise MalformedError("a packet's final flag is neither true nor false")
        return head == b"\xc3"

    def skip_fields(self, count: int) -> None:
        """Pass over surplus fields at a list's end, which readers ignore, within the limits."""
        end = self.bytes_read + limits.SURPLUS_BYTES
        self._skip(count, end, limits.MESSAGEPACK_NESTING - 1)

    def _skip(self, count: int, end: int, nesting: int) -> None:
        for _ in range(count):
            head = self.read(1)[0]
            inner = self._inner_fields(head)
            if self.bytes_read > end or (inner is not None and nesting == 0):
                raise MalformedError("a packet has too many surplus fields")
            if inner is not None:
                self._skip(inner, end, nesting - 1)
                continue
            size = self._scalar_size(head)
            if self.bytes_read + size > end:
                raise MalformedError("a packet has too many surplus fields")
            self.read(size)

    def _inner_fields(self, head: int) -> int | None:
        if head & 0xF0 == 0x90:
            return head & 0x0F
        if head in _ARRAY_LENGTH_SIZES:
            return self._length(head, _ARRAY_LENGTH_SIZES, "a list")
        if head & 0xF0 == 0x80:
            return 2 * (head & 0x0F)
        if head in _MAP_LENGTH_SIZES:
            return 2 * self._length(head, _MAP_LENGTH_SIZES, "a map")
        return None

    def _scalar_size(self, head: int) -> int:
        if head <= 0x7F or head >= 0xE0:
            return 0
        if head & 0xE0 == 0xA0:
            return head & 0x1F
        if head in _FIXED_SIZES:
            return _FIXED_SIZES[head]
        return self._length(head, _LENGTH_SIZES, "a field") + (head in _EXTENSION_HEADS)

    def _length(self, head: int, sizes: dict[int, int], what: str) -> int:
        if head not in sizes:
            raise MalformedError(f"a packet has something else where {what} should stand")
        return int.from_bytes(self.read(sizes[head]), "big")


def read_beginning(source: BinarySource, length: int) -> bytes:
    """Read `length` bytes, or all that there are where the input is shorter, however slowly they come."""
    beginning = b""
    while len(beginning) < length and (piece := source.read(length - len(beginning))):
        beginning += piece
    return beginning


def fill(source: BinarySource, target: memoryview) -> int:
    """Read until `target` is full or the input ends; return how many bytes were read."""
    filled = 0
    while filled < len(target):
        count = source.readinto(target[filled:])
        if not count:
            break
        filled += count
    return filled


def array_head(length: int) -> bytes:
    """Return the shortest MessagePack head of a list of `length` fields."""
    if length <= 0x0F:
        return bytes([0x90 | length])
    if length <= 0xFFFF:
        return b"\xdc" + length.to_bytes(2, "big")
    return b"\xdd" + length.to_bytes(4, "big")


def bin_head(length: int) -> bytes:
    """Return the shortest MessagePack head of a byte array of `length` bytes."""
    if length <= 0xFF:
        return b"\xc4" + length.to_bytes(1, "big")
    if length <= 0xFFFF:
        return b"\xc5" + length.to_bytes(2, "big")
    return b"\xc6" + length.to_bytes(4, "big")
