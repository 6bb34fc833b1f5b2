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
from e2ecli.errors import DamagedError
from e2ecli.saltpack import armor
from e2ecli.saltpack.armor import ArmorReader, ArmorWriter, Frame, NoArmorError
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.messages import open_source
from tests.unit.saltpack import sources
from tests.unit.saltpack.sources import ShortReads
from tests.unit.saltpack.support import parsing

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
    reader = ArmorReader(sources.source(text.encode()))
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
    assert armor.has_text_around((before + TEXT + behind).encode())


@pytest.mark.parametrize(
    "rewrite",
    [rewrite for name, rewrite in REWRITINGS.items() if name != "another message after it"],
    ids=[name for name in REWRITINGS if name != "another message after it"],
)
def test_spacing_and_quoting_are_not_text_around_a_message(rewrite: Callable[[str], str]) -> None:
    assert not text_around(rewrite(TEXT))
    assert not armor.has_text_around(rewrite(TEXT).encode())


@pytest.mark.parametrize(
    ("text", "noticed"),
    [("", False), ("Dear Bob,", False), (f"{BEGIN}{BODY}", False), (f"Dear Bob, {BEGIN}", True)],
    ids=["nothing", "no message", "a message without its end", "text before one"],
)
def test_there_is_text_around_only_where_a_message_begins(text: str, noticed: bool) -> None:
    assert armor.has_text_around(text.encode()) == noticed


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
