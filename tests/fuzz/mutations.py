"""Mutations that are the same in every run, for a bounded replay without a fuzzer."""

import random
from collections.abc import Iterator, Sequence

_INTERESTING: tuple[bytes, ...] = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xc0",
    b"\xc1",
    b"\xc4\xff",
    b"\xc6\xff\xff\xff\xff",
)
_INTERESTING += (
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x01",
    b"\xdb\xff\xff\xff\xff",
)
_INTERESTING += (
    b"'",
    b'"',
    b"\n",
    b".",
    b"=",
    b"[",
    b"]",
    b"'''",
    "\u202e".encode(),
    b"\xed\xa0\x80",
    b"9" * 20,
)


def mutations(name: str, seeds: Sequence[bytes], words: Sequence[bytes], count: int) -> Iterator[bytes]:
    """`count` inputs near the seeds, which depend on `name` and the seeds alone."""
    chooser = random.Random(name)
    pieces = [*_INTERESTING, *words]
    for _ in range(count):
        data = bytearray(chooser.choice(seeds))
        for _ in range(chooser.choice((1, 1, 2, 4, 8))):
            _mutate(data, chooser, pieces, seeds)
        yield bytes(data)


def _mutate(data: bytearray, chooser: random.Random, pieces: Sequence[bytes], seeds: Sequence[bytes]) -> None:
    at = chooser.randrange(len(data) + 1)
    length = chooser.choice((1, 1, 2, 4, 16, 64))
    kind = chooser.randrange(7)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << chooser.randrange(8)
    elif kind == 1:
        del data[at : at + length]
    elif kind == 2:
        data[at:at] = chooser.choice(pieces)
    elif kind == 3:
        piece = chooser.choice(pieces)
        data[at : at + len(piece)] = piece
    elif kind == 4:
        data[at:at] = data[at : at + length] * chooser.choice((1, 2, 40))
    elif kind == 5:
        data[at : at + length] = chooser.randbytes(length)
    else:
        other = chooser.choice(seeds)
        data[at:] = other[chooser.randrange(len(other) + 1) :]
