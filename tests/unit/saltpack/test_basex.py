"""BaseX: many blocks at once give what the specification's digit-by-digit steps give.

The reference below is those steps word for word. The blocks that it is compared on are random ones, and
those whose numbers lie where the division by multiplication could go wrong by one.
"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.errors import DamagedError
from e2ecli.saltpack import basex
from e2ecli.saltpack.basex import ALPHABET, BASE, BLOCK_BYTES, BLOCK_CHARACTERS, InvalidCharactersError
from tests.unit.saltpack.support import parsing

LARGEST = 256**BLOCK_BYTES - 1
HALVINGS = [BASE**digits for digits in (32, 16, 8, 4, 2, 1)]
"""What the numbers in every lane are divided by, step by step, until each lane is one digit."""


def characters_for(byte_count: int) -> int:
    """Step 1 of encoding: the smallest C for which 256^B <= A^C."""
    return next(count for count in range(100) if 256**byte_count <= BASE**count)


def encode_block(block: bytes) -> bytes:
    """Steps 2 to 4 of encoding."""
    number = int.from_bytes(block, "big")
    digits = []
    for _position in range(characters_for(len(block))):
        number, digit = divmod(number, BASE)
        digits.append(ALPHABET[digit])
    return bytes(reversed(digits))


def encode(data: bytes) -> bytes:
    blocks = [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)]
    return b"".join(map(encode_block, blocks))


def block_of(number: int) -> bytes:
    return number.to_bytes(BLOCK_BYTES, "big")


def characters_of(number: int, count: int = BLOCK_CHARACTERS) -> bytes:
    """A number in base 62, also one that is too large for its block."""
    digits = []
    for _position in range(count):
        number, digit = divmod(number, BASE)
        digits.append(ALPHABET[digit])
    return bytes(reversed(digits))


# The specification's examples


@pytest.mark.parametrize(
    ("data", "characters"),
    [
        (b"", b""),
        (b"\x00", b"00"),
        (b"\x01", b"01"),
        (b"\x02", b"02"),
        (b"\xff", b"47"),
        (b"\x00\xff", b"047"),
        (b"\xff\xff", b"H31"),
        (bytes(32), b"0" * 43),
    ],
)
def test_short_blocks_lean_right(data: bytes, characters: bytes) -> None:
    """ "Comparison to Base64": 0x00, 0x01, 0x02 are 00, 01, 02."""
    assert basex.encode(data) == characters
    assert basex.decode(characters) == data


@pytest.mark.parametrize(
    ("byte_count", "character_count"),
    [(1, 2), (2, 3), (5, 7), (8, 11), (11, 15), (14, 19), (17, 23), (20, 27), (23, 31), (26, 35), (29, 39),
     (32, 43), (227, 305)],
)  # fmt: skip
def test_block_sizes_are_those_of_the_specifications_table(byte_count: int, character_count: int) -> None:
    assert basex.encoded_length(byte_count) == character_count


@pytest.mark.parametrize("byte_count", range(33))
def test_a_block_is_as_short_as_it_can_be(byte_count: int) -> None:
    assert basex.encoded_length(byte_count) == characters_for(byte_count)


def test_the_alphabet_is_the_digits_and_letters_in_the_order_of_ascii() -> None:
    assert bytes(sorted(ALPHABET)) == ALPHABET
    assert ALPHABET.isalnum()
    assert BASE == len(set(ALPHABET)) == 62


# Round trips


@pytest.mark.parametrize("length", range(201))
def test_every_length_comes_back(length: int) -> None:
    data = random.Random(length).randbytes(length)
    assert basex.decode(basex.encode(data)) == data


@given(data=st.binary(max_size=200))
@parsing
def test_any_bytes_come_back(data: bytes) -> None:
    assert basex.decode(basex.encode(data)) == data


@given(data=st.binary(max_size=200))
@parsing
def test_any_bytes_are_encoded_as_digit_by_digit(data: bytes) -> None:
    assert basex.encode(data) == encode(data)


@pytest.mark.parametrize("blocks", [1, 2, 63, 64, 65, 127, 128, 129, 1000])
@pytest.mark.parametrize("rest", [0, 1, 31])
def test_batches_of_every_size_are_encoded_as_digit_by_digit(blocks: int, rest: int) -> None:
    data = random.Random(blocks).randbytes(blocks * BLOCK_BYTES + rest)
    assert basex.encode(data) == encode(data)
    assert basex.decode(encode(data)) == data


# Numbers at the edges of the divisions


def near(number: int) -> Iterator[int]:
    yield from (near for near in range(number - 2, number + 3) if 0 <= near <= LARGEST)


def multiples(divisor: int, chance: random.Random) -> Iterator[int]:
    most = LARGEST // divisor
    yield from (0, divisor, 2 * divisor, most * divisor, max(most - 1, 0) * divisor)
    yield from (chance.randint(0, most) * divisor for _multiple in range(200))


def extreme_numbers() -> list[int]:
    """Below, at and above multiples of every divisor, and numbers whose digits are all first or all last."""
    chance = random.Random(62)
    numbers = {number for divisor in HALVINGS for m in multiples(divisor, chance) for number in near(m)}
    for _number in range(2000):
        digits = chance.choices((0, 1, BASE - 2, BASE - 1), (5, 1, 1, 5), k=42)
        numbers |= set(near(sum(digit * BASE**place for place, digit in enumerate(digits))))
    for bits in range(257):
        numbers |= set(near(2**bits)) | set(near(2**256 - 2**bits))
    return sorted(numbers)


EXTREMES = extreme_numbers()


def test_there_are_many_numbers_at_the_edges() -> None:
    assert len(EXTREMES) > 10_000
    assert (EXTREMES[0], EXTREMES[-1]) == (0, LARGEST)


def test_numbers_at_the_edges_of_the_divisions_are_encoded_as_digit_by_digit() -> None:
    """In one stream, so that each lane has others beside it."""
    data = b"".join(map(block_of, EXTREMES))
    assert basex.encode(data) == encode(data)


def test_numbers_at_the_edges_of_the_divisions_come_back() -> None:
    data = b"".join(map(block_of, EXTREMES))
    assert basex.decode(encode(data)) == data


def test_numbers_at_the_edges_beside_random_ones_are_encoded_as_digit_by_digit() -> None:
    chance = random.Random(43)
    data = b"".join(block_of(number) + chance.randbytes(BLOCK_BYTES) for number in EXTREMES[::7])
    assert basex.encode(data) == encode(data)


@pytest.mark.parametrize("byte", [0, 0xFF], ids=["zeros", "ones"])
@pytest.mark.parametrize("blocks", [1, 64, 65])
def test_blocks_of_all_zeros_and_all_ones_are_encoded_as_digit_by_digit(byte: int, blocks: int) -> None:
    data = bytes([byte]) * BLOCK_BYTES * blocks
    assert basex.encode(data) == encode(data)
    assert basex.decode(encode(data)) == data


@given(
    blocks=st.lists(
        st.one_of(
            st.binary(min_size=BLOCK_BYTES, max_size=BLOCK_BYTES),
            st.sampled_from(EXTREMES).map(block_of),
            st.integers(0, LARGEST).map(block_of),
        ),
        max_size=70,
    )
)
@parsing
def test_any_mixture_of_blocks_is_encoded_as_digit_by_digit(blocks: list[bytes]) -> None:
    data = b"".join(blocks)
    assert basex.encode(data) == encode(data)


# Illegal blocks

TOO_LARGE = [2**256, 2**256 + 1, (2**256 + BASE**43) // 2, BASE**43 - 2, BASE**43 - 1]


@pytest.mark.parametrize("number", TOO_LARGE, ids=hex)
@pytest.mark.parametrize("before", [0, 1, 63, 64])
@pytest.mark.parametrize("behind", [0, 1])
def test_a_block_whose_number_is_too_large_for_32_bytes_is_refused(
    number: int, before: int, behind: int
) -> None:
    fine = encode(b"\xff" * BLOCK_BYTES)
    with pytest.raises(InvalidCharactersError):
        basex.decode(fine * before + characters_of(number) + fine * behind)


def test_the_largest_block_of_32_bytes_is_not_too_large() -> None:
    assert basex.decode(characters_of(LARGEST)) == b"\xff" * BLOCK_BYTES


@pytest.mark.parametrize("byte_count", range(1, 32))
def test_a_short_block_whose_number_is_too_large_for_its_bytes_is_refused(byte_count: int) -> None:
    count = characters_for(byte_count)
    assert basex.decode(characters_of(256**byte_count - 1, count)) == b"\xff" * byte_count
    with pytest.raises(InvalidCharactersError):
        basex.decode(characters_of(256**byte_count, count))
    with pytest.raises(InvalidCharactersError):
        basex.decode(b"z" * count)


@pytest.mark.parametrize("blocks", [0, 1])
@pytest.mark.parametrize("length", [1, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40])
def test_a_last_block_of_an_impossible_length_is_refused(blocks: int, length: int) -> None:
    with pytest.raises(InvalidCharactersError):
        basex.decode(b"0" * (blocks * BLOCK_CHARACTERS + length))


@pytest.mark.parametrize("length", sorted(set(range(1, 43)) - {1, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40}))
def test_a_last_block_of_any_other_length_is_read(length: int) -> None:
    decoded = basex.decode(b"0" * length)
    assert decoded == bytes(len(decoded))
    assert characters_for(len(decoded)) == length


@pytest.mark.parametrize("character", sorted(set(range(256)) - set(ALPHABET)))
def test_a_character_outside_the_alphabet_is_refused(character: int) -> None:
    for position in (0, 21, 42, 43, 44):
        characters = bytearray(b"0" * 45)
        characters[position] = character
        with pytest.raises(InvalidCharactersError):
            basex.decode(bytes(characters))


@given(characters=st.binary(max_size=200))
@parsing
def test_any_characters_are_decoded_or_refused(characters: bytes) -> None:
    try:
        decoded = basex.decode(characters)
    except InvalidCharactersError:
        return
    assert encode(decoded) == characters


@given(characters=st.text(ALPHABET.decode(), max_size=200).map(str.encode))
@parsing
def test_any_characters_of_the_alphabet_are_the_one_encoding_of_their_bytes_or_refused(
    characters: bytes,
) -> None:
    try:
        decoded = basex.decode(characters)
    except InvalidCharactersError:
        return
    assert encode(decoded) == characters


def test_invalid_characters_count_as_damage() -> None:
    assert issubclass(InvalidCharactersError, DamagedError)
