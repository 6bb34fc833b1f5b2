"""Buffers: as many as are said, apart from each other, and not taken before they are needed."""

import ctypes
import mmap
from pathlib import Path

import pytest

from e2ecli import limits
from e2ecli.saltpack import buffers as buffers_module
from e2ecli.saltpack.buffers import Buffers, zeroed

SIZES = [1, limits.KIB, 64 * limits.KIB - 1, 64 * limits.KIB, limits.MIB + 81, 3 * limits.MIB]


@pytest.mark.parametrize("all_used", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_buffer_is_zeroed_and_as_long_as_asked_for(size: int, *, all_used: bool) -> None:
    buffer = zeroed(size, all_used=all_used)
    assert len(buffer) == size
    assert bytes(buffer) == bytes(size)


def test_a_system_without_large_pages_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmap, "MADV_HUGEPAGE", 12345, raising=False)  # which no system knows
    assert len(zeroed(limits.MIB, all_used=True)) == limits.MIB
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE")
    assert len(zeroed(limits.MIB, all_used=True)) == limits.MIB


def flags_of(buffer: memoryview) -> list[str]:
    """What the kernel notes of a buffer's pages, as proc_pid_smaps(5) has it."""
    smaps = Path("/proc/self/smaps")
    if not smaps.exists() or "VmFlags:" not in smaps.read_text():
        pytest.skip("this system doesn't tell of its pages")
    address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    within = False
    for words in map(str.split, smaps.read_text().splitlines()):
        if not words[0].endswith(":"):
            start, end = (int(bound, 16) for bound in words[0].split("-"))
            within = start <= address < end
        elif within and words[0] == "VmFlags:":
            return words[1:]
    raise AssertionError("the buffer is nowhere")


def test_a_long_buffer_comes_in_large_pages_if_all_of_it_is_used() -> None:
    if not Path("/sys/kernel/mm/transparent_hugepage").exists():
        pytest.skip("this system has no large pages")
    assert "hg" in flags_of(zeroed(4 * limits.MIB, all_used=True))
    assert "hg" not in flags_of(zeroed(4 * limits.MIB))


def test_the_first_buffer_is_taken_alone_and_the_others_together(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def noted(size: int, *, all_used: bool = False) -> memoryview:
        taken.append((size, all_used))
        return zeroed(size, all_used=all_used)

    monkeypatch.setattr(buffers_module, "zeroed", noted)
    buffers = Buffers(5, 8)
    assert taken == []
    for number in (0, 5, 10):
        assert bytes(buffers[number]) == bytes(8)
    assert taken == [(8, False)]
    for number in range(1, 10):
        assert bytes(buffers[number]) == bytes(8)
    assert taken == [(8, False), (32, True)]


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
