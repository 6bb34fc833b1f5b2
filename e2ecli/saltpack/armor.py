"""Armor: a message as text that survives mail and chat (`specs/saltpack_armor.md`, "Framing").

Written: words of 15 characters, 200 words a line. Read: any spacing and `>` quoting, any brand, anywhere
within other text.
"""

import io
import re
from collections.abc import Callable

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError, TruncatedError
from e2ecli.records import Record
from e2ecli.saltpack import basex
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.messages import open_source
from e2ecli.saltpack.stream import BinarySource

BRAND = "E2E"
CARD_BRAND = "E2ECARD"

WORD_CHARACTERS = 15
LINE_CHARACTERS = 200 * WORD_CHARACTERS

_SPACING = b"> \n\r\t"
_PIECE_BYTES = 64 * limits.KIB
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FRAME_TYPES = {
    Mode.ENCRYPTION: "ENCRYPTED MESSAGE",
    Mode.SIGNCRYPTION: "ENCRYPTED MESSAGE",
    Mode.ATTACHED: "SIGNED MESSAGE",
    Mode.DETACHED: "DETACHED SIGNATURE",
}


class Frame(Record):
    """What an armored message's first and last words say of it."""

    brand: str | None
    type: str

    @classmethod
    def of(cls, mode: Mode, brand: str = BRAND) -> "Frame":
        """Return the frame in which a message of `mode` is armored."""
        return cls(brand, _FRAME_TYPES[mode])

    def line(self, word: str) -> str:
        """Return the header (`BEGIN`) or footer (`END`), without its period."""
        return " ".join([word, *([self.brand] if self.brand else []), "SALTPACK", self.type])

    def check(self, mode: Mode) -> None:
        """Check that a message of `mode` may stand in this frame.

        Raises:
            DamagedError: it may not.
        """
        if self.type != _FRAME_TYPES[mode]:
            raise DamagedError(f"a message of mode {mode.word} stands in the armor of a {self.type.lower()}")


CARD_FRAME = Frame.of(Mode.ATTACHED, CARD_BRAND)


class ArmorError(DamagedError):
    """The frame around the armor is broken."""


class NoArmorError(NotAMessageError):
    """There is no message in this input."""


def _frame_pattern(word: bytes) -> bytes:
    spacing = rb"[>\n\r\t ]{1,400}"
    kinds = rb"|".join(kind.encode().replace(b" ", spacing) for kind in sorted(set(_FRAME_TYPES.values())))
    return (
        word + spacing + rb"(?:(?P<brand>[a-zA-Z0-9]{1,128})" + spacing + rb")?SALTPACK"
        + spacing + rb"(?P<type>" + kinds + rb")[>\n\r\t ]{0,400}"
    )  # fmt: skip


def _header_pattern() -> re.Pattern[bytes]:
    return re.compile(rb"(?<![a-zA-Z0-9])" + _frame_pattern(b"BEGIN") + rb"\.")


def _frame(match: re.Match[bytes]) -> Frame:
    words = match["type"].replace(b">", b" ").split()
    brand = match["brand"]
    return Frame(brand.decode() if brand else None, b" ".join(words).decode())


class ArmorWriter:
    """Armors what is written to it, into `write`, a piece at a time."""

    def __init__(self, write: Callable[[bytes], object], frame: Frame) -> None:
        self._write = write
        self._frame = frame
        self._bytes = bytearray()
        self._characters = bytearray()
        self._write(frame.line("BEGIN").encode() + b". ")

    def write(self, data: bytes | memoryview) -> None:
        """Armor some more bytes."""
        self._bytes += data
        whole = len(self._bytes) - len(self._bytes) % basex.BLOCK_BYTES
        self._characters += basex.encode(bytes(self._bytes[:whole]))
        del self._bytes[:whole]
        # A full line is held back until another word follows, so that the period follows the last word.
        lines = max(len(self._characters) - 1, 0) // LINE_CHARACTERS
        if lines:
            whole = lines * LINE_CHARACTERS
            self._write(b"\n".join(_lines(bytes(self._characters[:whole]))) + b"\n")
            del self._characters[:whole]

    def finish(self) -> None:
        """Write what is left, and the footer."""
        self._characters += basex.encode(bytes(self._bytes))
        self._write(b"\n".join(_lines(bytes(self._characters))))
        self._write(b". " + self._frame.line("END").encode() + b".\n")


def _lines(characters: bytes) -> list[bytes]:
    return [
        b" ".join(
            characters[at : at + WORD_CHARACTERS]
            for at in range(start, min(start + LINE_CHARACTERS, len(characters)), WORD_CHARACTERS)
        )
        for start in range(0, len(characters), LINE_CHARACTERS)
    ]


def armor(message: bytes, frame: Frame) -> str:
    """Return a whole message armored."""
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append, frame)
    writer.write(message)
    writer.finish()
    return b"".join(pieces).decode()


class ArmorReader(io.RawIOBase):
    """The bytes of the first armored message in a text.

    `text_around` says, once the message has been read to its end, whether anything but spacing stands
    before or after it.
    """

    def __init__(self, source: BinarySource) -> None:
        self._source = source
        self._header = _header_pattern()
        self.text_around = False
        self._text = b""
        self._characters = b""
        self._decoded = memoryview(b"")
        self._body_ended = False
        self.frame = self._find_header()

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` with the next bytes of the message; 0 at its end, when the footer was right."""
        while not self._decoded and not self._body_ended:
            self._decode_more()
        count = min(len(buffer), len(self._decoded))
        buffer[:count] = self._decoded[:count]
        self._decoded = self._decoded[count:]
        return count

    def _find_header(self) -> Frame:
        searched = 0
        window = b""
        while searched <= limits.TEXT_BEFORE_ARMOR_BYTES:
            piece = self._source.read(_PIECE_BYTES)
            window += piece
            match = self._header.search(window)
            if match:
                before = window[: match.start()].removeprefix(_BYTE_ORDER_MARK)
                self.text_around |= bool(before.strip(_SPACING))
                self._text = window[match.end() :]
                return _frame(match)
            if not piece:
                break
            searched += len(piece)
            kept = max(len(window) - 4 * limits.ARMOR_HEADER_CHARACTERS, 0)
            self.text_around |= bool(window[:kept].strip(_SPACING))
            window = window[kept:]
        raise NoArmorError(
            "there is no message in this input",
            "as text, it stands between BEGIN and END lines: copy all of it",
        )

    def _decode_more(self) -> None:
        text = self._text or self._source.read(_PIECE_BYTES)
        if not text:
            raise TruncatedError(
                "the armored message is cut off: its END line is missing",
                "copy the whole of it, from BEGIN to the period after the END line",
            )
        body, period, rest = text.partition(b".")
        self._text = rest
        characters = self._characters + body.translate(None, _SPACING)
        if period:
            self._check_footer()
            self._body_ended = True
            whole = len(characters)
        else:
            whole = len(characters) - len(characters) % basex.BLOCK_CHARACTERS
        self._decoded = memoryview(basex.decode(characters[:whole]))
        self._characters = characters[whole:]

    def _check_footer(self) -> None:
        text = self._text
        while b"." not in text[: 2 * limits.ARMOR_HEADER_CHARACTERS]:
            piece = self._source.read(_PIECE_BYTES)
            if not piece or len(text) > 2 * limits.ARMOR_HEADER_CHARACTERS:
                raise TruncatedError(
                    "the armored message is cut off within its END line",
                    "copy the whole of it, from BEGIN to the period after the END line",
                )
            text += piece
        footer, _, after = text.partition(b".")
        match = re.fullmatch(rb"[>\n\r\t ]{0,400}" + _frame_pattern(b"END"), footer)
        if match is None or _frame(match) != self.frame:
            raise ArmorError(
                "the END line does not belong to the BEGIN line "
                f"“{self.frame.line('BEGIN')}”: this is a paste of two messages, or a damaged one"
            )
        after += self._source.read(_PIECE_BYTES)
        self.text_around |= bool(after.strip(_SPACING))


def dearmor(text: bytes, most: int) -> tuple[Frame | None, bytes]:
    """Return the first message in a short input, armored or not, and its frame.

    Raises:
        NotAMessageError: there is none, or it is longer than `most` bytes.
        DamagedError: the armor is damaged.
    """
    source = open_source(io.BufferedReader(io.BytesIO(text)))
    message = source.binary.read(most + 1)
    if len(message) > most:
        raise NotAMessageError(f"the message is longer than {most} bytes")
    return source.armor.frame if source.armor else None, message


def dearmor_canonical(text: bytes, frame: Frame) -> bytes | None:
    """Return the message in a text that is what `armor` made in this frame, or looks so; else None.

    This is the quick way for what this program stored itself; whatever it makes of another text is for
    the caller to verify, as any message is.

    Raises:
        DamagedError: the characters in the frame are no message.
    """
    begin, end = frame.line("BEGIN").encode() + b". ", b". " + frame.line("END").encode() + b".\n"
    if not text.startswith(begin) or not text.endswith(end):
        return None
    return basex.decode(text[len(begin) : -len(end)].translate(None, b" \n"))


def armored_blocks(text: bytes) -> list[bytes]:
    """Cut a text before each armored message but the first; a text with fewer than two stays whole."""
    starts = [match.start() for match in _header_pattern().finditer(text)]
    ends = [*starts[1:], len(text)]
    return [text[start:end] for start, end in zip([0, *starts[1:]], ends, strict=False)] or [text]


def has_text_around(text: bytes) -> bool:
    """Whether anything but spacing stands before or after the first armored message of a text."""
    begin = _header_pattern().search(text)
    if begin is None:
        return False
    end = re.compile(_frame_pattern(b"END") + rb"\.").search(text, begin.end())
    before = text[: begin.start()].removeprefix(_BYTE_ORDER_MARK)
    after = b"" if end is None else text[end.end() :]
    return bool(before.strip(_SPACING) or after.strip(_SPACING))
