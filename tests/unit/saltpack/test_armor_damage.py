"""Armor that is cut off, mixed up or none at all is refused, named, and read no farther than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError, TruncatedError
from e2ecli.saltpack import armor
from e2ecli.saltpack.armor import ArmorError, NoArmorError
from e2ecli.saltpack.basex import InvalidCharactersError
from e2ecli.saltpack.messages import open_source
from tests.unit.saltpack import damage, sources, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.sources import Endless
from tests.unit.saltpack.support import parsing
from tests.unit.saltpack.test_armor import BEGIN, BODY, END, FRAME, MESSAGE, PIECE, TEXT, read, some_bytes

# What is wrong with a text


@pytest.mark.parametrize(
    "text",
    [
        BEGIN,
        f"{BEGIN} ",
        f"{BEGIN}{BODY.removesuffix('. ')}",
        f"{BEGIN}{BODY[:100]}",
        f"{BEGIN}{BODY}",
        f"{BEGIN}{BODY}END E2E SALTPACK",
        f"{BEGIN}{BODY}{END[:-1]}",
        f"{BEGIN}{BODY}\n\nYours, Alice",
    ],
    ids=[
        "the header alone",
        "nothing in it",
        "the last period missing",
        "cut in the body",
        "the footer missing",
        "cut in the footer",
        "the footer's period missing",
        "a signature in place of the footer",
    ],
)
def test_a_message_without_its_end_is_named_as_cut_off(text: str) -> None:
    with pytest.raises(TruncatedError, match="cut off") as caught:
        read(text)
    assert caught.value.hint is not None


def test_a_cut_anywhere_is_refused() -> None:
    lengths = range(len(TEXT.rstrip()))
    assert [length for length in lengths if not refused(TEXT[:length])] == []


def refused(text: str) -> bool:
    try:
        read(text)
    except DamagedError:
        return True
    return False


@pytest.mark.parametrize(
    "footer",
    [
        "END KEYBASE SALTPACK ENCRYPTED MESSAGE.",
        "END SALTPACK ENCRYPTED MESSAGE.",
        "END e2e SALTPACK ENCRYPTED MESSAGE.",
        "END E2E SALTPACK SIGNED MESSAGE.",
        "END E2E SALTPACK DETACHED SIGNATURE.",
        "BEGIN E2E SALTPACK ENCRYPTED MESSAGE.",
        "FIN E2E SALTPACK ENCRYPTED MESSAGE.",
        "x END E2E SALTPACK ENCRYPTED MESSAGE.",
        "END E2E SALTPACK ENCRYPTED MESSAGE x.",
        ".",
    ],
    ids=[
        "another brand",
        "no brand",
        "the brand in small letters",
        "another type",
        "yet another type",
        "another header",
        "another word",
        "something before it",
        "something behind it",
        "nothing",
    ],
)
def test_a_footer_that_does_not_belong_to_the_header_is_refused(footer: str) -> None:
    with pytest.raises(ArmorError):
        read(f"{BEGIN}{BODY}{footer}")


def test_a_period_within_the_body_ends_it_too_early_and_is_refused() -> None:
    with pytest.raises(ArmorError):
        read(f"{BEGIN}{BODY[:300]}.{BODY[300:]}{END}")


@pytest.mark.parametrize(
    "character", ["!", "_", "-", "+", "/", "=", "<", "…", "ä", "\N{NO-BREAK SPACE}", "\0"]
)
def test_a_character_in_the_body_that_does_not_belong_there_is_refused(character: str) -> None:
    with pytest.raises(InvalidCharactersError):
        read(f"{BEGIN}{BODY[:300]}{character}{BODY[300:]}{END}")


def test_a_missing_character_shows_where_the_last_block_becomes_one_of_an_impossible_length() -> None:
    """3 bytes behind whole blocks are 5 characters; 4 are an illegal block."""
    text = armor.armor(some_bytes(15 * 32 + 3), FRAME)
    assert len(read(text)) == 483
    with pytest.raises(InvalidCharactersError):
        read(f"{BEGIN} {text.removeprefix(BEGIN)[2:]}")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-16 in big endian with a mark"])
def test_utf_16_is_refused_and_named_with_the_command_that_mends_it(encoding: str) -> None:
    if encoding.endswith("mark"):
        data = b"\xfe\xff" + TEXT.encode("utf-16-be")
    else:
        data = TEXT.encode(encoding)
    with pytest.raises(NotAMessageError, match="UTF-16") as caught:
        read(data)
    assert "iconv" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0" * 1000,
        b"a\0b\0c\0",
        some_bytes(100_000),
        b"\x7fELF" + bytes(1000),
        b"Lorem ipsum.",
        b"BEGIN",
        b"\xc4\x10" + bytes(16),
        b"\xef\xbb\xbf",
    ],
    ids=["zero", "zeros", "utf-16 text", "random", "a program", "a text", "BEGIN", "a byte array", "a mark"],
)
def test_an_input_without_a_message_is_named_as_that(data: bytes) -> None:
    with pytest.raises(NoArmorError):
        read(data)


def test_an_empty_input_is_named_as_empty() -> None:
    with pytest.raises(NotAMessageError, match="empty"):
        read(b"")


@given(data=st.binary(max_size=400))
@parsing
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    refused(data.decode("latin-1"))


@given(changes=damage.edits(len(TEXT)))
@parsing
def test_an_edited_text_is_read_or_refused(changes: list[Edit]) -> None:
    try:
        read(damage.edited(TEXT.encode(), changes))
    except DamagedError:
        return


# Binary messages

BINARY = support.seal(b"", [support.x25519_recipient("bob")], signer=support.signing_key("alice"))


def test_a_binary_message_is_taken_as_it_is() -> None:
    assert armor.dearmor(BINARY, most=10_000) == (None, BINARY)


def test_a_binary_message_has_no_armor() -> None:
    assert open_source(sources.source(BINARY)).armor is None


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_a_binary_message_is_told_from_armor_however_slowly_it_arrives(most: int) -> None:
    """A pipe gives what its writer has written so far, and peeking reads no more than once."""
    assert open_source(sources.arriving(BINARY, most)).binary.read(10_000) == BINARY


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_utf_16_is_named_however_slowly_it_arrives(most: int) -> None:
    with pytest.raises(NotAMessageError, match="UTF-16"):
        open_source(sources.arriving(TEXT.encode("utf-16"), most))


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_armor_is_read_however_slowly_it_arrives(most: int) -> None:
    assert open_source(sources.arriving(TEXT.encode(), most)).binary.read(10_000) == MESSAGE


# Bounds (invariant 8)


def test_invariant_8_text_without_a_message_is_searched_so_far_and_no_farther() -> None:
    source = Endless(b"", b"Lorem ipsum dolor sit amet. ")
    with pytest.raises(NoArmorError):
        open_source(source)
    assert limits.TEXT_BEFORE_ARMOR_BYTES < source.given <= limits.TEXT_BEFORE_ARMOR_BYTES + 2 * PIECE


def test_invariant_8_text_made_to_keep_the_search_busy_is_searched_so_far_and_no_farther() -> None:
    source = Endless(b"", b"BEGIN" + b" " * 400 + b"Z" * 128 + b" " * 400 + b"SALTPACK" + b">" * 400)
    with pytest.raises(NoArmorError):
        open_source(source)
    assert source.given <= limits.TEXT_BEFORE_ARMOR_BYTES + 2 * PIECE


def test_invariant_8_a_footer_is_searched_for_its_period_so_far_and_no_farther() -> None:
    source = Endless(f"{BEGIN}{BODY}END E2E ".encode(), b" ")
    with pytest.raises(TruncatedError):
        open_source(source).binary.read(10_000)
    assert source.given <= len(TEXT) + 4 * PIECE


def test_invariant_8_a_message_that_never_ends_is_read_as_it_is_asked_for() -> None:
    source = Endless(BEGIN.encode(), b"0123456789 ")
    binary = open_source(source).binary
    for megabytes in range(1, 4):
        assert len(binary.read(limits.MIB)) == limits.MIB
        assert source.given <= 1.5 * megabytes * limits.MIB + 4 * PIECE


def test_invariant_8_endless_text_behind_a_message_is_not_read() -> None:
    source = Endless(TEXT.encode(), b"Lorem ipsum ")
    opened = open_source(source)
    assert opened.binary.read(10_000) == MESSAGE
    assert opened.armor is not None
    assert opened.armor.text_around
    assert source.given <= len(TEXT) + 4 * PIECE


def test_a_short_message_that_is_longer_than_allowed_is_refused() -> None:
    assert armor.dearmor(TEXT.encode(), most=500)[1] == MESSAGE
    with pytest.raises(NotAMessageError, match="longer than 499 bytes"):
        armor.dearmor(TEXT.encode(), most=499)
