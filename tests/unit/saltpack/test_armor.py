"""Armor: what is written, and everything that mail, chats and people do to it before it is read."""

import random
import re
import textwrap
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError, TruncatedError
from e2ecli.saltpack import armor
from e2ecli.saltpack.armor import ArmorError, ArmorReader, ArmorWriter, Frame, NoArmorError, open_source
from e2ecli.saltpack.basex import InvalidCharactersError
from e2ecli.saltpack.constants import Mode
from tests.unit.saltpack import support
from tests.unit.saltpack.support import Edit, Endless, ShortReads, parsing

FRAME = Frame("E2E", "ENCRYPTED MESSAGE")
BEGIN, END = "BEGIN E2E SALTPACK ENCRYPTED MESSAGE.", "END E2E SALTPACK ENCRYPTED MESSAGE."

PIECE = 64 * limits.KIB


def some_bytes(length: int) -> bytes:
    return random.Random(length).randbytes(length)


MESSAGE = some_bytes(500)
TEXT = armor.armor(MESSAGE, FRAME)
BODY = TEXT.removeprefix(BEGIN).removesuffix(f"{END}\n")


def read(text: str | bytes) -> bytes:
    return armor.dearmor(text.encode() if isinstance(text, str) else text, most=10_000_000)[1]


def text_around(text: str) -> bool:
    reader = ArmorReader(support.source(text.encode()))
    reader.readall()
    return reader.text_around


# Writing


def armored_body(data: bytes) -> str:
    text = armor.armor(data, FRAME)
    return text.removeprefix(f"{BEGIN} ").removesuffix(f". {END}\n")


def test_a_message_stands_between_its_header_and_its_footer() -> None:
    """0x000102 is 258, which is 4 times 62 and 10: the digits 0, 0, 0, 4, A."""
    assert armor.armor(b"\0\1\2", FRAME) == f"{BEGIN} 0004A. {END}\n"


@pytest.mark.parametrize("length", [0, 1, 11, 12, 32, 500, 2232, 2233, 4464, 10_000])
def test_words_have_15_characters_and_lines_200_words(length: int) -> None:
    lines = armored_body(some_bytes(length)).split("\n")
    words = [line.split(" ") for line in lines]
    assert [len(line) for line in words[:-1]] == [200] * (len(words) - 1)
    assert 1 <= len(words[-1]) <= 200
    in_order = [word for line in words for word in line]
    assert {len(word) for word in in_order[:-1]} <= {15}
    assert len(in_order[-1]) in range(1 if length else 0, 16)


@pytest.mark.parametrize(
    ("length", "characters"),
    [(11, 15), (22, 30), (2232, 3000), (4465, 6000)],
    ids=["a full word", "two full words", "a full line", "two full lines"],
)
def test_the_period_follows_the_last_word_also_where_it_is_full(length: int, characters: int) -> None:
    body = armored_body(some_bytes(length))
    assert len("".join(body.split())) == characters
    assert re.search(r"[0-9A-Za-z]{15}\Z", body)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.SIGNCRYPTION, "ENCRYPTED MESSAGE"),
        (Mode.ENCRYPTION, "ENCRYPTED MESSAGE"),
        (Mode.ATTACHED, "SIGNED MESSAGE"),
        (Mode.DETACHED, "DETACHED SIGNATURE"),
    ],
)
def test_each_mode_has_its_frame(mode: Mode, words: str) -> None:
    text = armor.armor(b"", Frame.of(mode))
    assert text == f"BEGIN E2E SALTPACK {words}. . END E2E SALTPACK {words}.\n"


def test_a_frame_may_go_without_a_brand() -> None:
    text = armor.armor(b"\0", Frame(None, "SIGNED MESSAGE"))
    assert text == "BEGIN SALTPACK SIGNED MESSAGE. 00. END SALTPACK SIGNED MESSAGE.\n"


@given(
    data=st.binary(max_size=8000),
    cuts=st.lists(st.integers(0, 8000), max_size=8),
)
@parsing
def test_a_message_written_in_pieces_is_armored_as_if_it_were_written_at_once(
    data: bytes, cuts: list[int]
) -> None:
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append, FRAME)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        writer.write(memoryview(data)[start:end])
    writer.finish()
    assert b"".join(pieces).decode() == armor.armor(data, FRAME)


def test_a_long_message_is_written_as_it_comes() -> None:
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append, FRAME)
    writer.write(bytes(100_000))
    assert sum(map(len, pieces)) > 130_000


# Reading


@given(data=st.binary(max_size=3000))
@parsing
def test_what_was_armored_is_read_again(data: bytes) -> None:
    assert armor.dearmor(armor.armor(data, FRAME).encode(), most=3000) == (FRAME, data)


REWRITINGS: dict[str, Callable[[str], str]] = {
    "without the last line's end": str.rstrip,
    "with CRLF": lambda text: text.replace("\n", "\r\n"),
    "all in one line": lambda text: text.replace("\n", " "),
    "without any spaces in the body": lambda text: BEGIN + "".join(BODY.split()) + END,
    "a character a line": lambda text: BEGIN + "\n".join("".join(BODY.split())) + END,
    "wrapped at 72 columns": lambda text: textwrap.fill(text, 72, break_long_words=False),
    "wrapped at 20 columns": lambda text: textwrap.fill(text, 20, break_long_words=False),
    "wrapped within words": lambda text: "\n".join(
        [BEGIN, *(BODY[at : at + 7] for at in range(0, len(BODY), 7)), END]
    ),
    "quoted": lambda text: textwrap.indent(textwrap.fill(text, 60), "> "),
    "quoted twice": lambda text: textwrap.indent(textwrap.fill(text, 60), "> > ", lambda _line: True),
    "quoted and with CRLF": lambda text: textwrap.indent(textwrap.fill(text, 60), ">").replace("\n", "\r\n"),
    "indented by tabs": lambda text: textwrap.indent(textwrap.fill(text, 60), "\t"),
    "a space before the last period, as Go writes it": lambda text: text.replace(f". {END}", f" . {END}"),
    "a line's end before the last period": lambda text: text.replace(f". {END}", f"\n. {END}"),
    "a byte order mark before it": lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text,
    "empty lines before and after it": lambda text: "\n\n" + text + "\n\n",
    "the header over many lines": lambda text: text.replace(BEGIN, "\n> ".join(BEGIN.split(" "))),
    "the footer over many lines": lambda text: text.replace(END, "\r\n> ".join(END.split(" "))),
    "100 spaces between the header's words": lambda text: text.replace(
        BEGIN, (" " * 100).join(BEGIN.split(" "))
    ),
    "no space after the header": lambda text: text.replace(f"{BEGIN} ", BEGIN),
    "another message after it": lambda text: text + text,
}


@pytest.mark.parametrize("rewrite", REWRITINGS.values(), ids=REWRITINGS)
def test_a_message_survives(rewrite: Callable[[str], str]) -> None:
    assert read(rewrite(TEXT)) == MESSAGE


@pytest.mark.parametrize("rewrite", REWRITINGS.values(), ids=REWRITINGS)
@pytest.mark.parametrize("most", [1, 7, 43])
def test_a_message_survives_in_pieces(rewrite: Callable[[str], str], most: int) -> None:
    source = open_source(ShortReads(rewrite(TEXT).encode(), most))
    assert source.binary.read(10_000) == MESSAGE


AROUND: dict[str, tuple[str, str]] = {
    "a line before": ("Dear Bob,\n", ""),
    "a line behind": ("", "Yours, Alice\n"),
    "lines before and behind": ("Dear Bob,\n\n", "\n-- \nAlice\n"),
    "on the same line": ("see: ", " (end)"),
    "sentences with periods": ("Hello. How are you. BEGIN at the beginning. ", " The end. Really."),
    "a long mail": ("Lorem ipsum. " * 20_000, ""),
    "a longer mail than one piece": ("x" * (PIECE - 10) + " ", "x" * PIECE),
    "a line far before": ("Dear Bob," + "\n" * 4 * PIECE, ""),
    "other PGP text": ("-----BEGIN PGP SIGNED MESSAGE-----\n", "-----END PGP SIGNATURE-----"),
    "binary rubbish": ("\1\2\3 ", "\0"),
}


@pytest.mark.parametrize(("before", "behind"), AROUND.values(), ids=AROUND)
def test_a_message_is_found_within_other_text(before: str, behind: str) -> None:
    assert read(before + TEXT + behind) == MESSAGE


@pytest.mark.parametrize(("before", "behind"), AROUND.values(), ids=AROUND)
def test_text_around_a_message_is_noticed(before: str, behind: str) -> None:
    assert text_around(before + TEXT + behind)


@pytest.mark.parametrize(
    "rewrite",
    [rewrite for name, rewrite in REWRITINGS.items() if name != "another message after it"],
    ids=[name for name in REWRITINGS if name != "another message after it"],
)
def test_spacing_and_quoting_are_not_text_around_a_message(rewrite: Callable[[str], str]) -> None:
    assert not text_around(rewrite(TEXT))


@pytest.mark.parametrize("length", range(PIECE - 60, PIECE + 5))
def test_a_header_is_found_wherever_a_piece_of_the_text_ends(length: int) -> None:
    assert read(" " * length + TEXT) == MESSAGE


@pytest.mark.parametrize(
    "brand", ["E2E", "KEYBASE", "e2e", "0", "SALTPACK", "BEGIN", "Z" * 128, None], ids=str
)
def test_any_brand_is_read(brand: str | None) -> None:
    frame = Frame(brand, "ENCRYPTED MESSAGE")
    assert armor.dearmor(armor.armor(MESSAGE, frame).encode(), most=500) == (frame, MESSAGE)


@pytest.mark.parametrize(
    "header",
    [
        "BEGIN TWO BRANDS SALTPACK ENCRYPTED MESSAGE.",
        "BEGIN A-B SALTPACK ENCRYPTED MESSAGE.",
        "BEGIN BRÄND SALTPACK ENCRYPTED MESSAGE.",
        f"BEGIN {'Z' * 129} SALTPACK ENCRYPTED MESSAGE.",
        "BEGIN SALTPACK ENCRYPTED SIGNATURE.",
        "BEGIN SALTPACK MESSAGE.",
        "BEGIN SALTPACKENCRYPTED MESSAGE.",
        "BEGIN ENCRYPTED MESSAGE.",
        "begin saltpack encrypted message.",
        "XBEGIN SALTPACK ENCRYPTED MESSAGE.",
        "BEGIN SALTPACK ENCRYPTED MESSAGE",
        "BEGIN SALTPACK ENCRYPTED MESSAGE:",
        "BEGIN SALTPACK\N{NO-BREAK SPACE}ENCRYPTED MESSAGE.",
    ],
)
def test_what_only_looks_like_a_header_is_none(header: str) -> None:
    with pytest.raises(NoArmorError):
        read(f"{header}{BODY}{header.replace('BEGIN', 'END')}")


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


@given(changes=support.edits(len(TEXT)))
@parsing
def test_an_edited_text_is_read_or_refused(changes: list[Edit]) -> None:
    try:
        read(support.edited(TEXT.encode(), changes))
    except DamagedError:
        return


# Binary messages

BINARY = support.seal(b"", [support.x25519_recipient("bob")], signer=support.signing_key("alice"))


def test_a_binary_message_is_taken_as_it_is() -> None:
    assert armor.dearmor(BINARY, most=10_000) == (None, BINARY)


def test_a_binary_message_has_no_armor() -> None:
    assert open_source(support.source(BINARY)).armor is None


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_a_binary_message_is_told_from_armor_however_slowly_it_arrives(most: int) -> None:
    """A pipe gives what its writer has written so far, and peeking reads no more than once."""
    assert open_source(support.arriving(BINARY, most)).binary.read(10_000) == BINARY


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_utf_16_is_named_however_slowly_it_arrives(most: int) -> None:
    with pytest.raises(NotAMessageError, match="UTF-16"):
        open_source(support.arriving(TEXT.encode("utf-16"), most))


@pytest.mark.parametrize("most", [1, 2, 3, 10, 63, 64])
def test_armor_is_read_however_slowly_it_arrives(most: int) -> None:
    assert open_source(support.arriving(TEXT.encode(), most)).binary.read(10_000) == MESSAGE


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


# Frames


@pytest.mark.parametrize(
    ("words", "modes"),
    [
        ("ENCRYPTED MESSAGE", {Mode.ENCRYPTION, Mode.SIGNCRYPTION}),
        ("SIGNED MESSAGE", {Mode.ATTACHED}),
        ("DETACHED SIGNATURE", {Mode.DETACHED}),
    ],
)
def test_a_frame_takes_messages_of_its_modes_alone(words: str, modes: set[Mode]) -> None:
    frame = Frame("E2E", words)
    for mode in modes:
        frame.check(mode)
    for mode in set(Mode) - modes:
        with pytest.raises(DamagedError):
            frame.check(mode)


# Several messages in one text


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", [""]),
        ("no message", ["no message"]),
        (TEXT, [TEXT]),
        (f"before {TEXT} behind", [f"before {TEXT} behind"]),
        (TEXT + TEXT, [TEXT, TEXT]),
        (f"before {TEXT} between {TEXT} behind", [f"before {TEXT} between ", f"{TEXT} behind"]),
        (TEXT * 5, [TEXT] * 5),
    ],
    ids=["empty", "none", "one", "one within text", "two", "two within text", "five"],
)
def test_a_text_is_cut_before_each_message_but_the_first(text: str, blocks: list[str]) -> None:
    assert [block.decode() for block in armor.armored_blocks(text.encode())] == blocks
