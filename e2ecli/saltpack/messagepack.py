"""MessagePack, strictly: types are checked and lengths bounded before anything is allocated.

`Fields` walks the bytes of a header; `stream` reads the heads of payload packets by itself, so that a
chunk goes straight into its buffer.
"""

from typing import Any

import msgpack

from e2ecli import limits
from e2ecli.errors import DamagedError

_BIN_HEADS = frozenset({0xC4, 0xC5, 0xC6})
_NIL = 0xC0
_EXT32 = 0xC9


class MalformedError(DamagedError):
    """A packet is no MessagePack of the expected shape."""


def pack(value: object) -> bytes:
    """Return the shortest MessagePack encoding of `value`."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


class Fields:
    """The fields of a MessagePack list, read one after the other, each as the type that it must have."""

    def __init__(self, encoded: bytes, what: str) -> None:
        self._encoded = encoded
        self._what = what
        # No list or map may come where a scalar is expected, so nothing grows beyond the input's size.
        self._unpacker = msgpack.Unpacker(
            max_buffer_size=max(len(encoded), 1),
            max_array_len=0,
            max_map_len=0,
            max_ext_len=0,
            strict_map_key=True,
        )
        self._unpacker.feed(encoded)

    def list_length(self, least: int, most: int) -> int:
        """Read a list's head: how many fields follow, between `least` and `most`."""
        length = self._scalar(self._unpacker.read_array_header)
        if not least <= length <= most:
            raise MalformedError(f"{self._what} has a list of {length} fields")
        return int(length)

    def map_length(self, most: int) -> int:
        """Read a map's head: how many pairs follow."""
        length = self._scalar(self._unpacker.read_map_header)
        if length > most:
            raise MalformedError(f"{self._what} has a map of {length} entries")
        return int(length)

    def integer(self) -> int:
        """Read an integer."""
        value = self.scalar()
        if type(value) is not int:
            raise MalformedError(f"{self._what} has a field that should be an integer")
        return value

    def text(self) -> str:
        """Read a UTF-8 string."""
        value = self.scalar()
        if type(value) is not str:
            raise MalformedError(f"{self._what} has a field that should be a string")
        return value

    def binary(self, length: int | None = None) -> bytes:
        """Read a byte array, of `length` bytes where that is fixed."""
        if self._head() not in _BIN_HEADS:
            raise MalformedError(f"{self._what} has a field that should be a byte array")
        value: bytes = self.scalar()
        if length is not None and len(value) != length:
            raise MalformedError(f"{self._what} has a field of {len(value)} bytes in place of {length}")
        return value

    def binary_or_nil(self) -> bytes | None:
        """Read a byte array, or nil as None."""
        if self._head() == _NIL:
            self.scalar()
            return None
        return self.binary()

    def is_binary(self) -> bool:
        """Whether the next field is a byte array."""
        return self._head() in _BIN_HEADS

    def is_text(self) -> bool:
        """Whether the next field is a string."""
        head = self._head()
        return head is not None and (head & 0xE0 == 0xA0 or head in {0xD9, 0xDA, 0xDB})

    def skip(self, nesting: int = limits.MESSAGEPACK_NESTING - 1) -> None:
        """Pass over one field of any type, nested no deeper and no longer than the limits."""
        self._skip(nesting, self._unpacker.tell() + limits.SURPLUS_BYTES)

    def _skip(self, nesting: int, end: int) -> None:
        head = self._head()
        count = None
        if head is not None and (head & 0xF0 == 0x90 or head in {0xDC, 0xDD}):
            count = self._scalar(self._unpacker.read_array_header)
        elif head is not None and (head & 0xF0 == 0x80 or head in {0xDE, 0xDF}):
            count = 2 * self._scalar(self._unpacker.read_map_header)
        if count is None:
            self._check_extension(head)
            self._scalar(self._unpacker.skip)
        elif nesting == 0:
            raise MalformedError(f"{self._what} is nested too deep")
        for _ in range(count or 0):
            self._skip(nesting - 1, end)
        if self._unpacker.tell() > end:
            raise MalformedError(f"{self._what} has surplus fields of more than {limits.SURPLUS_BYTES} bytes")

    def end(self) -> None:
        """Check that nothing follows."""
        if self._unpacker.tell() != len(self._encoded):
            raise MalformedError(f"{self._what} has bytes after its end")

    def scalar(self) -> Any:
        """Read one scalar of any type."""
        return self._scalar(self._unpacker.unpack)

    def _check_extension(self, head: int | None) -> None:
        # The library adds the type's byte to this length in 32 bits, where the largest becomes nothing.
        position = self._unpacker.tell()
        length = int.from_bytes(self._encoded[position + 1 : position + 5], "big")
        if head == _EXT32 and length > len(self._encoded):
            raise MalformedError(f"{self._what} is malformed")

    def _head(self) -> int | None:
        position = self._unpacker.tell()
        return self._encoded[position] if position < len(self._encoded) else None

    def _scalar(self, read: Any) -> Any:
        try:
            return read()
        except (msgpack.UnpackException, ValueError, UnicodeDecodeError, OverflowError):
            raise MalformedError(f"{self._what} is malformed") from None
