"""BaseX with 62 characters and blocks of 32 bytes (`specs/saltpack_armor.md`, "BaseX Encoding").

A block is a number: 32 bytes in base 256, 43 characters in base 62. Whole blocks are converted many at a
time, as the lanes of one big integer, so that Python's big-number arithmetic does in C what a loop over
characters would do digit by digit: encoding halves the digits of every lane's number at each step (64,
32, 16, 8, 4, 2, 1 digits a lane, the first 21 always zero), and decoding goes the same way back.
"""

from collections.abc import Iterator
from functools import cache

from e2ecli.errors import DamagedError
from e2ecli.records import Record

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(ALPHABET)
BLOCK_BYTES = 32
BLOCK_CHARACTERS = 43

_BATCH_BLOCKS = 64
_LANE_BYTES = 64
_LANE_DIGITS = 64
_PADDING = bytes(_LANE_BYTES - BLOCK_BYTES)
_DIGIT_PADDING = bytes(_LANE_DIGITS - BLOCK_CHARACTERS)
_INVALID = 0xFF
_DIGIT_VALUES = bytes(ALPHABET.find(character) % 256 for character in range(256))


class InvalidCharactersError(DamagedError):
    """Characters that are no BaseX encoding."""


def encode(data: bytes) -> bytes:
    """Return the characters of `data`: whole blocks of 32 bytes, then a short one where bytes remain."""
    blocks = b"".join(map(_encode_blocks, _batches(data, BLOCK_BYTES)))
    return blocks + _encode_short(_rest(data, BLOCK_BYTES))


def decode(characters: bytes) -> bytes:
    """Return the bytes that `characters` encode: whole blocks of 43, then a short one where some remain.

    Raises:
        InvalidCharactersError: a character outside the alphabet, a block whose number is too large for
            its bytes, or a last block of an impossible length ("Illegal Blocks").
    """
    digits = characters.translate(_DIGIT_VALUES)
    if _INVALID in digits:
        raise InvalidCharactersError("the armor holds a character that can't stand there")
    blocks = b"".join(map(_decode_blocks, _batches(digits, BLOCK_CHARACTERS)))
    return blocks + _decode_short(_rest(digits, BLOCK_CHARACTERS))


@cache
def encoded_length(byte_count: int) -> int:
    """Return how many characters encode a block of `byte_count` bytes: the least that can."""
    length = 0
    while BASE**length < 256**byte_count:
        length += 1
    return length


def _batches(data: bytes, block: int) -> Iterator[list[bytes]]:
    """Yield the whole blocks of `data`, a batch at a time."""
    whole = len(data) - len(data) % block
    for start in range(0, whole, block * _BATCH_BLOCKS):
        end = min(start + block * _BATCH_BLOCKS, whole)
        yield [data[at : at + block] for at in range(start, end, block)]


def _rest(data: bytes, block: int) -> bytes:
    return data[len(data) - len(data) % block :]


class _Halving(Record):
    """One step of encoding: every lane divided by `divisor`, with multiplication and shifts alone.

    The quotient is estimated as `(value >> shift) * reciprocal >> precision`, which is right or one too
    small, then corrected where the remainder has reached the divisor.
    """

    divisor: int
    shift: int
    reciprocal: int
    precision: int
    half: int
    """Bits of half a lane."""
    ones: int
    """1 in every lane; the masks below are likewise repeated in every lane."""
    estimated_mask: int
    quotient_mask: int
    complement: int
    """What carries a remainder into the upper half once it has reached the divisor."""


@cache
def _halvings(total: int) -> tuple[_Halving, ...]:
    """Return the six steps for big integers of `total` bits."""
    steps = []
    digits, bits, largest = _LANE_DIGITS, _LANE_BYTES * 8, 256**BLOCK_BYTES - 1
    while digits > 1:
        half = bits // 2
        divisor = BASE ** (digits // 2)
        shift = divisor.bit_length() - 5
        estimated = largest >> shift
        precision = min(estimated.bit_length() + 3, bits - 6)
        ones = _ones(bits, total)
        steps.append(
            _Halving(
                divisor,
                shift,
                (1 << precision + shift) // divisor,
                precision,
                half,
                ones,
                estimated_mask=ones * ((1 << bits - shift) - 1),
                quotient_mask=ones * ((1 << bits - precision) - 1),
                complement=ones * ((1 << half) - divisor),
            )
        )
        digits, bits, largest = digits // 2, half, divisor - 1
    return tuple(steps)


@cache
def _ones(bits: int, total: int) -> int:
    """Return the integer with 1 in each of its `total // bits` lanes."""
    return ((1 << total) - 1) // ((1 << bits) - 1)


@cache
def _low_halves(half: int, total: int) -> int:
    """Return the mask of the lower half, `half` bits, of each lane."""
    return _ones(2 * half, total) * ((1 << half) - 1)


def _encode_blocks(blocks: list[bytes]) -> bytes:
    lanes = int.from_bytes(_PADDING + _PADDING.join(blocks), "big")
    total = len(blocks) * _LANE_BYTES * 8
    for step in _halvings(total):
        lanes = _halve(lanes, step)
    digits = lanes.to_bytes(total // 8, "big").translate(ALPHABET.ljust(256))
    skip = len(_DIGIT_PADDING)
    return b"".join([digits[at + skip : at + _LANE_DIGITS] for at in range(0, len(digits), _LANE_DIGITS)])


def _halve(lanes: int, step: _Halving) -> int:
    quotients = (lanes >> step.shift & step.estimated_mask) * step.reciprocal
    quotients = quotients >> step.precision & step.quotient_mask
    remainders = lanes - quotients * step.divisor
    reached = remainders + step.complement >> step.half & step.ones
    if reached:
        quotients += reached
        remainders -= reached * step.divisor
    return (quotients << step.half) + remainders


def _decode_blocks(blocks: list[bytes]) -> bytes:
    lanes = int.from_bytes(_DIGIT_PADDING + _DIGIT_PADDING.join(blocks), "big")
    total = len(blocks) * _LANE_BYTES * 8
    half, weight = 8, BASE
    while half < _LANE_BYTES * 8:
        low = _low_halves(half, total)
        lanes = (lanes >> half & low) * weight + (lanes & low)
        half, weight = 2 * half, weight * weight
    decoded = lanes.to_bytes(total // 8, "big")
    if lanes & _low_halves(256, total) << 256:
        raise InvalidCharactersError("the armor holds a block of characters that is no block of bytes")
    return b"".join(
        [decoded[at - BLOCK_BYTES : at] for at in range(_LANE_BYTES, len(decoded) + 1, _LANE_BYTES)]
    )


def _encode_short(block: bytes) -> bytes:
    number = int.from_bytes(block, "big")
    characters = bytearray(encoded_length(len(block)))
    for position in reversed(range(len(characters))):
        number, digit = divmod(number, BASE)
        characters[position] = ALPHABET[digit]
    return bytes(characters)


def _decode_short(digits: bytes) -> bytes:
    length = 0
    while encoded_length(length) < len(digits):
        length += 1
    number = 0
    for digit in digits:
        number = number * BASE + digit
    if encoded_length(length) != len(digits) or number >= 256**length:
        raise InvalidCharactersError("the armor ends in characters that are no block of bytes")
    return number.to_bytes(length, "big")
