"""What is done to messages: every bit flipped, and edits of any kind."""

from collections.abc import Iterator
from typing import Literal

from hypothesis import strategies as st


def flipped_bits(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data with each of its bits flipped in turn, and that bit's number."""
    changed = bytearray(data)
    for bit in range(8 * len(data)):
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)
        changed[bit // 8] ^= 1 << bit % 8


Edit = tuple[Literal["cut", "insert", "overwrite"], int, bytes]


def edits(length: int) -> st.SearchStrategy[list[Edit]]:
    """One to four edits, anywhere within `length` bytes."""
    kinds: st.SearchStrategy[Literal["cut", "insert", "overwrite"]] = st.sampled_from(
        ["cut", "insert", "overwrite"]
    )
    edit = st.tuples(kinds, st.integers(0, length), st.binary(min_size=1, max_size=8))
    return st.lists(edit, min_size=1, max_size=4)


def edited(data: bytes, changes: list[Edit]) -> bytes:
    for kind, at, piece in changes:
        kept = at + (0 if kind == "insert" else len(piece))
        data = data[:at] + (b"" if kind == "cut" else piece) + data[kept:]
    return data
