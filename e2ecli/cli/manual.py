"""The manual's pages as text, for where there is no `man`: a reader of the mdoc(7) that our pages use.

A page is a list of lines. A line that begins with a period is a macro with its words, others are text.
Words are gathered until something ends the paragraph, and then filled to the width.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from e2ecli.cli.main import COMMANDS
from e2ecli.records import Record

_SHARED: Final = {"lock": "unlock"}
"""Commands that stand on another's page."""

_BODY: Final = 5
_SUBHEADING: Final = 3
_DEEPER: Final = 6
_DISPLAY: Final = 4
_WIDEST: Final = 100
_NARROWEST: Final = 40

_BOLD: Final = "\x1b[1m"
_UNDERLINED: Final = "\x1b[4m"
_PLAIN: Final = "\x1b[0m"
_STYLE: Final = re.compile(r"\x1b\[\dm")

_STYLES: Final = {
    **dict.fromkeys(("Nm", "Fl", "Cm", "Sy"), _BOLD),
    **dict.fromkeys(("Ar", "Pa", "Va", "Em"), _UNDERLINED),
    **dict.fromkeys(("Ev", "Li", "Lk", "Nd", "No", "Sx", "Xr"), ""),
}
_ENCLOSURES: Final = {"Op": "[]", "Pq": "()", "Ql": "‘’", "Sq": "‘’", "Dq": "“”"}
_OPENERS: Final = {"Oo": "[", "Po": "("}
_CLOSERS: Final = {"Oc": "]", "Pc": ")"}
_CLOSING: Final = frozenset(".,:;)]?!")
_ESCAPES: Final = {"&": "", "-": "-", "e": "\\", "(dq": '"', "(ti": "~", "(aq": "'", " ": " "}
_ESCAPE: Final = re.compile(r"\\(\(..|.)")
_WORD: Final = re.compile(r'"([^"]*)"|(\S+)')


class _List(Record):
    """A list that is open: its kind, where its items begin, the widths of its columns, and whether close."""

    kind: str
    indent: int
    columns: tuple[int, ...]
    compact: bool


def topics() -> dict[str, Path]:
    """Return what there are pages about, and where each page is: the program, its commands, and the rest.

    An installed package has the pages within it, a checkout beside it.
    """
    package = Path(__file__).parent.parent
    packaged = package / "man"
    directory = packaged if packaged.is_dir() else package.parent / "man"
    pages = {name: directory / f"e2e-{_SHARED.get(name, name)}.1" for name in COMMANDS}
    others = sorted(directory.glob("e2e-*.[57]"))
    return {"e2e": directory / "e2e.1", **pages, **{page.stem.removeprefix("e2e-"): page for page in others}}


def rendered(source: str, width: int, *, styled: bool) -> str:
    """Return a page as text of this width, bold and underlined where `styled`."""
    page = _Page(max(_NARROWEST, min(width, _WIDEST)))
    for line in source.splitlines():
        page.take(line)
    text = page.text()
    return text if styled else _STYLE.sub("", text)


def described(source: str) -> str:
    """Return what a page says in one line that it is about."""
    return next(
        (_unescaped(line[4:]) for line in source.splitlines() if line.startswith(".Nd ")), "(undescribed)"
    )


class _Page:
    """What was rendered of a page, and what is not at its end yet."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []
        self._words: list[str] = []
        self._joined = False
        self._indent = _BODY
        self._label = ""
        self._hang = 0
        self._lists: list[_List] = []
        self._numbers: list[int] = []
        self._literal = False
        self._name = ""
        self._section_name = ""
        self._under_heading = 0
        self._reference: list[str] = []
        self._blocks: dict[str, Callable[[list[str]], None]] = {
            "Sh": self._section,
            "Ss": self._subsection,
            "Pp": self._paragraph,
            "Bl": self._begin_list,
            "It": self._item,
            "El": self._end_list,
            "Bd": self._begin_display,
            "Dl": self._display_line,
            "Dt": self._title,
            "%T": self._refer,
            "%U": self._refer,
            "Re": self._end_reference,
        }

    def text(self) -> str:
        """Return the whole page."""
        self._flush()
        return "\n".join(self._lines) + "\n"

    def take(self, line: str) -> None:
        """Take the next line of the source."""
        if self._literal and line != ".Ed":
            self._lines.append(" " * (self._indent + _DISPLAY) + _unescaped(line))
        elif line == ".Ed":
            self._literal = False
        elif not line.startswith("."):
            for word in line.split():
                self._put(_unescaped(word))
        elif not line.startswith('.\\"'):
            name, *words = [quoted or word for quoted, word in _WORD.findall(line[1:])]
            if name in self._blocks:
                self._blocks[name](words)
            elif name == "Nm" and self._section_name == "SYNOPSIS":
                self._call(words)
            elif self._section_name == "SYNOPSIS":
                self._put(self._spanned([name, *words]))  # whole on a line
            elif name not in {"Dd", "Os", "Rs"}:
                self._inline([name, *words])

    # Blocks.

    def _title(self, words: list[str]) -> None:
        self._lines.append(_marked(f"{words[0]}({words[1]})", _BOLD))

    def _section(self, words: list[str]) -> None:
        self._flush()
        self._indent = _BODY
        self._blank()
        self._section_name = " ".join(words)
        self._lines.append(_marked(self._section_name, _BOLD))
        self._under_heading = len(self._lines)

    def _call(self, words: list[str]) -> None:
        """Begin one of the calls in a synopsis, on a line of its own."""
        self._flush()
        self._indent = _BODY
        name = " ".join(words) or self._name
        self._hang_under(_marked(name, _BOLD), len(name) + 1)

    def _subsection(self, words: list[str]) -> None:
        self._flush()
        self._blank()
        self._indent = _SUBHEADING
        self._inline(["Sy", *words])
        self._flush()
        self._under_heading = len(self._lines)
        self._indent = _BODY

    def _paragraph(self, _: list[str]) -> None:
        self._flush()
        self._blank()

    def _begin_list(self, words: list[str]) -> None:
        self._flush()
        columns = tuple(len(word) + 2 for word in words[1:] if not word.startswith("-"))
        if words[0] == "-column":
            self._blank()
        self._lists.append(_List(words[0][1:], self._indent, columns, "-compact" in words))
        self._numbers.append(0)

    def _end_list(self, _: list[str]) -> None:
        self._flush()
        self._indent = self._lists.pop().indent
        self._numbers.pop()

    def _item(self, words: list[str]) -> None:
        self._flush()
        open_list = self._lists[-1]
        self._indent = open_list.indent
        if not open_list.compact and open_list.kind != "column":
            self._blank()
        if open_list.kind == "column":
            self._row(words, open_list)
        elif open_list.kind == "tag":
            self._tag(words)
        else:
            self._numbers[-1] += 1
            self._hang_under("•" if open_list.kind == "bullet" else f"{self._numbers[-1]}.", 3)

    def _tag(self, words: list[str]) -> None:
        label = self._spanned(words)
        if _length(label) < _DEEPER:
            self._hang_under(label, _DEEPER)
        else:
            self._words = [label]
            self._flush()
            self._indent += _DEEPER

    def _row(self, words: list[str], table: _List) -> None:
        cells: list[list[str]] = [[]]
        for word in words:
            if word == "Ta":
                cells.append([])
            else:
                cells[-1].append(word)
        label, at = "", 0
        for cell, width in zip(cells[:-1], table.columns, strict=False):
            at = min(at + width, self._width // 2)
            text = label + self._spanned(cell)
            label = text + " " * max(1, at - _length(text))
        self._hang_under(label, max(at, _length(label)))
        if cells[-1]:
            self._inline(cells[-1])

    def _begin_display(self, _: list[str]) -> None:
        self._flush()
        self._blank()
        self._literal = True

    def _refer(self, words: list[str]) -> None:
        self._reference.append(" ".join(words))

    def _end_reference(self, _: list[str]) -> None:
        self._flush()
        self._put(_unescaped(", ".join(self._reference)) + ".")
        self._reference.clear()

    def _display_line(self, words: list[str]) -> None:
        self._flush()
        self._lines.append(" " * (self._indent + _DISPLAY) + _unescaped(" ".join(words)))

    # Paragraphs.

    def _hang_under(self, label: str, width: int) -> None:
        """Begin a paragraph to the right of a label."""
        self._label = " " * self._indent + label
        self._hang = self._indent + width
        self._indent = self._hang

    def _blank(self) -> None:
        if self._lines[-1] and len(self._lines) != self._under_heading:
            self._lines.append("")

    def _flush(self) -> None:
        """End a paragraph: fill lines with its words."""
        start = self._label + " " * max(0, self._hang - _length(self._label)) if self._label else None
        line = " " * self._indent if start is None else start
        empty = True
        for word in self._words:
            if not empty and _length(line) + 1 + _length(word) > self._width:
                self._lines.append(line)
                line, empty = " " * self._indent, True
            line += word if empty else f" {word}"
            empty = False
        if self._words or start is not None:
            self._lines.append(line.rstrip())
        self._words, self._joined, self._label, self._hang = [], False, "", 0

    def _put(self, word: str, *, joined: bool = False) -> None:
        """Add a word, to the one before it if either says so."""
        if (joined or self._joined) and self._words:
            self._words[-1] += word
        else:
            self._words.append(word)
        self._joined = False

    # Macros within a line.

    def _spanned(self, words: list[str]) -> str:
        """Return the text of some macros, apart from the paragraph."""
        kept, self._words = self._words, []
        self._inline(words)
        text = " ".join(self._words)
        self._words, self._joined = kept, False
        return text

    def _inline(self, words: list[str]) -> None:
        style, macro, ends = "", "", []
        last = len(words)
        while last and words[last - 1] in _CLOSING:
            last -= 1
        for place, word in enumerate(words[:last]):
            if word in _ENCLOSURES:
                self._open(_ENCLOSURES[word][0])
                ends.append(_ENCLOSURES[word][1])
                style = macro = ""
            elif word in _STYLES:
                style, macro = _STYLES[word], word
                if word == "Nm" and place + 1 == last:
                    self._put(_marked(self._name, style))
                elif word == "Nd":
                    self._put("–")
            elif word in _OPENERS or word in _CLOSERS or word == "Ns":
                self._join(word)
                style = macro = ""
            else:
                self._put_styled(word, macro, style, following=place > 0 and words[place - 1] == "Xr")
        for end in (*reversed(ends), *words[last:]):
            self._put(end, joined=True)

    def _put_styled(self, word: str, macro: str, style: str, *, following: bool) -> None:
        text = _unescaped(word)
        if word in _CLOSING:
            self._put(text, joined=True)
        elif word in {"(", "["}:
            self._open(text)
        elif macro == "Xr" and not following:
            self._put(f"({text})", joined=True)
        else:
            if macro == "Nm" and not self._name:
                self._name = text
            self._put(_marked(f"-{text}" if macro == "Fl" else text, "" if word == "|" else style))

    def _open(self, mark: str) -> None:
        self._put(mark)
        self._joined = True

    def _join(self, macro: str) -> None:
        if macro in _OPENERS:
            self._open(_OPENERS[macro])
        elif macro in _CLOSERS:
            self._put(_CLOSERS[macro], joined=True)
        else:
            self._joined = True


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[0]), text)


def _marked(text: str, style: str) -> str:
    return f"{style}{text}{_PLAIN}" if style and text else text


def _length(text: str) -> int:
    return len(_STYLE.sub("", text))
