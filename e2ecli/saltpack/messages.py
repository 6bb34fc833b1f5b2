"""Messages as they come and go: binary, or armored as text. Binary ones do without the rooms of armor."""

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from e2ecli import limits
from e2ecli.errors import NotAMessageError
from e2ecli.records import Record
from e2ecli.saltpack.constants import FORMAT_NAME, Mode
from e2ecli.saltpack.stream import BinarySource, RewoundSource, read_beginning

if TYPE_CHECKING:
    from e2ecli.saltpack.armor import ArmorReader

_BEGINNING_BYTES = 64
_PIECE_BYTES = 64 * limits.KIB

Write = Callable[[bytes | memoryview], object]


class MessageSource(Record):
    """A message's bytes, and the armor that they came in."""

    binary: BinarySource
    armor: "ArmorReader | None"


def open_source(source: BinarySource) -> MessageSource:
    """Tell binary from armored input and return the message's bytes.

    Raises:
        NotAMessageError: neither a binary nor an armored message is there.
    """
    beginning = read_beginning(source, _BEGINNING_BYTES)
    source = RewoundSource(beginning, source)
    if not beginning:
        raise NotAMessageError("the input is empty")
    if beginning[0] in {0xC4, 0xC5, 0xC6} and FORMAT_NAME.encode() in beginning[:24]:
        return MessageSource(source, None)
    _refuse_utf16(beginning)
    from e2ecli.saltpack.armor import ArmorReader, NoArmorError  # noqa: PLC0415

    try:
        reader = ArmorReader(source)
    except NoArmorError:
        from e2ecli.saltpack.foreign import recognise  # noqa: PLC0415

        foreign = recognise(beginning)
        if foreign is None:
            raise
        raise NoArmorError(f"this is {foreign.name}, not a Saltpack message", foreign.reader) from None
    return MessageSource(io.BufferedReader(reader, _PIECE_BYTES), reader)


def write_message(
    write: Write, mode: Mode, header: bytes, packets: Iterable[bytes | memoryview], *, armored: bool
) -> None:
    """Write a message's header packet and what follows it, binary or armored, a piece at a time."""
    if not armored:
        write(header)
        for packet in packets:
            write(packet)
        return
    from e2ecli.saltpack.armor import ArmorWriter, Frame  # noqa: PLC0415

    armor = ArmorWriter(write, Frame.of(mode))
    armor.write(header)
    for packet in packets:
        armor.write(packet)
    armor.finish()


def _refuse_utf16(beginning: bytes) -> None:
    if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"} or beginning[1:2] == b"\0" or beginning[:1] == b"\0":
        text = beginning.replace(b"\0", b"")
        if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"BEGIN" in text:
            raise NotAMessageError(
                "this is a UTF-16 text file, which armor can't be read from",
                "convert it first: iconv -f UTF-16 -t UTF-8 FILE | e2e open",
            )
