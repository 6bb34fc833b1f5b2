"""Buffers: as many as are said, apart from each other, and not taken before they are needed."""

import mmap

import pytest

from e2ecli import limits
from e2ecli.saltpack.buffers import Buffers, zeroed

SIZES = [1, limits.KIB, 64 * limits.KIB - 1, 64 * limits.KIB, limits.MIB + 81, 3 * limits.MIB]


@pytest.mark.parametrize("all_used", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_buffer_is_zeroed_and_as_long_as_asked_for(size: int, *, all_used: bool) -> None:
    buffer = memoryview(zeroed(size, all_used=all_used))
    assert len(buffer) == size
    assert bytes(buffer) == bytes(size)


def test_a_system_without_large_pages_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmap, "MADV_HUGEPAGE", 12345)  # which no system knows
    assert len(memoryview(zeroed(limits.MIB, all_used=True))) == limits.MIB
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE")
    assert len(memoryview(zeroed(limits.MIB, all_used=True))) == limits.MIB


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_buffers_come_in_turn_and_do_not_overlap(size: int, count: int) -> None:
    buffers = Buffers(count, size)
    for number in range(count):
        assert len(buffers[number]) == size
        buffers[number][:] = bytes([number + 1]) * size
    for number in range(2 * count):
        assert bytes(buffers[number]) == bytes([number % count + 1]) * size


def test_a_later_buffer_may_be_asked_for_first() -> None:
    buffers = Buffers(3, 8)
    buffers[2][:] = b"the last"
    assert bytes(buffers[2]) == b"the last"
    assert bytes(buffers[0]) == bytes(8)
