"""Bytes as a program: decisions on how to build a message that is hostile, and signed all the same.

A fuzzer that flips bits in a message never gets past its signatures. One that flips bits in such a program
changes what is written before it is signed.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgpack

Option = TypeVar("Option")

_LENGTHS = (0, 1, 15, 16, 31, 32, 33, 48, 64, 255, 256, 1168, 1169)
_INTEGERS = (
    0,
    1,
    2,
    3,
    16,
    127,
    128,
    255,
    256,
    2**31,
    2**32 - 1,
    2**53,
    2**63,
    2**64 - 1,
    -1,
    -32,
    -33,
    -(2**63),
)


class Program:
    """Decisions read off some bytes, one after the other; zeros when these have run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def byte(self) -> int:
        value = self._data[self._position] if self._position < len(self._data) else 0
        self._position += 1
        return value

    def number(self, below: int) -> int:
        """A number below `below`, itself at most 65,536."""
        return (self.byte() if below <= 256 else self.byte() << 8 | self.byte()) % below

    def choice(self, options: Sequence[Option]) -> Option:
        return options[self.number(len(options))]

    def often(self) -> bool:
        """True three times in four; a program of zeros says True."""
        return self.byte() & 3 != 3

    def some_bytes(self, most: int) -> bytes:
        """Up to `most` bytes of the program's own."""
        length = self.number(most + 1)
        piece = self._data[self._position : self._position + length]
        self._position += length
        return piece

    def rest(self) -> bytes:
        """All that is left."""
        piece, self._position = self._data[self._position :], len(self._data)
        return piece

    def edited(self, data: bytes) -> bytes:
        """Up to three edits of `data`."""
        for _ in range(self.number(4)):
            at = self.number(min(len(data) + 1, 65_536))
            kind, piece = self.number(3), self.some_bytes(8)
            kept = at + (0 if kind == 0 else len(piece))
            data = data[:at] + (b"" if kind == 1 else piece) + data[kept:]
        return data

    def value(self, depth: int = 5) -> Any:
        """Anything that MessagePack can hold."""
        makers: list[Callable[[], Any]] = [
            lambda: None,
            lambda: self.byte() & 1 == 1,
            lambda: self.choice(_INTEGERS),
            lambda: self.some_bytes(40),
            lambda: bytes(self.choice(_LENGTHS)),
            lambda: self.some_bytes(40).decode(errors="replace"),
            lambda: struct.unpack(">d", self.some_bytes(8).ljust(8, b"\0"))[0],
            lambda: msgpack.ExtType(self.number(128), self.some_bytes(20)),
            lambda: [self.value(depth - 1) for _ in range(self.number(4) if depth else 0)],
            lambda: {self.byte(): self.value(depth - 1) for _ in range(self.number(4) if depth else 0)},
        ]
        return self.choice(makers)()

    def edit_list(self, fields: list[Any]) -> None:
        """One edit of a list, or of a list or byte array within it."""
        if not fields:
            fields.append(self.value())
            return
        place = self.number(len(fields))
        inner = fields[place]
        kind = self.number(6)
        if kind == 0:
            fields[place] = self.value()
        elif kind == 1:
            fields.insert(place, self.value())
        elif kind == 2:
            del fields[place]
        elif kind == 3:
            fields.append(self.value())
        elif kind == 4 and isinstance(inner, list):
            self.edit_list(inner)
        elif isinstance(inner, bytes):
            fields[place] = self.edited(inner)
        elif isinstance(inner, list):
            inner.append(inner[0] if inner else self.value())
