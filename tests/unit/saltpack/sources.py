"""Sources of bytes: well-behaved ones, slow ones, and ones that never end."""

import io
from dataclasses import dataclass

from e2ecli.saltpack.stream import PacketStream


def source(data: bytes) -> io.BufferedReader:
    """A buffered binary stream, as a file is."""
    return io.BufferedReader(io.BytesIO(data))


class _Pieces(io.RawIOBase):
    def __init__(self, data: bytes, most: int) -> None:
        self._data = memoryview(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(self._most, len(buffer), len(self._data))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


def arriving(data: bytes, most: int) -> io.BufferedReader:
    """A stream as a slow pipe is: `most` bytes arrive at a time."""
    return io.BufferedReader(_Pieces(data, most))


@dataclass
class ShortReads:
    """A source that never gives more than `most` bytes at once, whatever it is asked for."""

    data: bytes
    most: int
    position: int = 0

    def read(self, size: int, /) -> bytes:
        piece = self.data[self.position : self.position + min(size, self.most)]
        self.position += len(piece)
        return piece

    def readinto(self, buffer: memoryview, /) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def peek(self, size: int = 0, /) -> bytes:
        return self.data[self.position : self.position + max(size, 1)]


@dataclass
class Endless:
    """A source that begins with `beginning`, repeats `pattern` forever, and counts what it gave."""

    beginning: bytes
    pattern: bytes
    given: int = 0

    def _next(self, size: int) -> bytes:
        start = self.beginning[self.given : self.given + size]
        offset = max(self.given - len(self.beginning), 0) % len(self.pattern)
        rest = size - len(start)
        return start + (self.pattern * (rest // len(self.pattern) + 2))[offset : offset + rest]

    def read(self, size: int, /) -> bytes:
        piece = self._next(size)
        self.given += len(piece)
        return piece

    def readinto(self, buffer: memoryview, /) -> int:
        piece = self.read(len(buffer))
        buffer[:] = piece
        return len(piece)

    def peek(self, size: int = 0, /) -> bytes:
        return self._next(max(size, 1))


def stream(data: bytes) -> PacketStream:
    return PacketStream(source(data))
