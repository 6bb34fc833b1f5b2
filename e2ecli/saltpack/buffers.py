"""Memory for chunks: taken once and used again, in as few and as large pages as serve."""

import mmap
from contextlib import suppress
from typing import Final

from e2ecli import limits

_LONG_BYTES: Final = 64 * limits.KIB


def zeroed(size: int, *, all_used: bool = False) -> memoryview:
    """Return `size` zeroed bytes to write in.

    Pages of a long buffer come as they are written to, so that it costs a short message nothing. Where
    all of it is sure to be used, they come large: a page fault costs as much as a kilobyte's encryption.
    """
    if size < _LONG_BYTES:
        return memoryview(bytearray(size))
    # Private ones: those that could be shared come slowly, and never large.
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if all_used and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system that is built without large pages
            pages.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(pages)


class Buffers:
    """`count` buffers of `size` bytes, used in turn: one at first, since most messages need no more.

    Whoever needs a second one soon needs them all, and they come together.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._buffers: list[memoryview] = []

    def __getitem__(self, number: int) -> memoryview:
        turn = number % self._count
        while turn >= len(self._buffers):
            self._take()
        return self._buffers[turn]

    def _take(self) -> None:
        if not self._buffers:
            self._buffers.append(zeroed(self._size))
            return
        others = zeroed((self._count - 1) * self._size, all_used=True)
        self._buffers += (others[start : start + self._size] for start in range(0, len(others), self._size))
