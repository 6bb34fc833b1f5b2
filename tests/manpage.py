"""Reading the manual pages: sections, lists, tables and examples, as their mdoc(7) source has them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGES = Path(__file__).parent.parent / "man"


def lines_of(name: str) -> list[str]:
    """Return the lines of a page's source."""
    return (PAGES / name).read_text(encoding="utf-8").splitlines()


def part(lines: list[str], macro: str, title: str) -> list[str]:
    """Return the lines under one heading, up to the next of its rank or above."""
    ends = {"Sh": (".Sh ",), "Ss": (".Sh ", ".Ss ")}[macro]
    start = lines.index(f".{macro} {title}") + 1
    stop = next((at for at in range(start, len(lines)) if lines[at].startswith(ends)), len(lines))
    return lines[start:stop]


def plain(text: str) -> str:
    """Return text without the escapes that the pages use."""
    for escape, character in ((r"\(dq", '"'), (r"\&", ""), (r"\-", "-"), (r"\e", "\\"), (r"\(ti", "~")):
        text = text.replace(escape, character)
    return text


def literal_blocks(lines: list[str]) -> list[list[str]]:
    """Return the literal displays, a list of lines each."""
    blocks: list[list[str]] = []
    inside = False
    for line in lines:
        if line.startswith(".Bd -literal"):
            blocks.append([])
            inside = True
        elif line == ".Ed":
            inside = False
        elif inside:
            blocks[-1].append(plain(line))
    return blocks


def tagged(lines: list[str], macro: str) -> list[str]:
    """Return the words that items of a list are about: `.It Va name`."""
    return [line.removeprefix(f".It {macro} ") for line in lines if line.startswith(f".It {macro} ")]


def rows(lines: list[str]) -> list[list[str]]:
    """Return the cells of a table's rows, without its titles; the last cell may be on lines of its own."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(".It ") and " Ta" in line and not line.startswith(".It Sy "):
            cells = line.removeprefix(".It ").split(" Ta")
            found.append([re.sub(r"^\s*(?:(?:Va|Ql|Li|Pa|Ev) )*", "", cell).strip() for cell in cells])
        elif line in {".El", ".Pp"} or line.startswith((".It ", ".Bl ")):
            found.append([])
        elif found and found[-1]:
            found[-1][-1] = f"{found[-1][-1]} {line}".strip()
    return [row for row in found if row]


def check_markup(name: str) -> None:
    """Check that mandoc has nothing to say of a page, but that others are not installed."""
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is not installed: the page's markup is not checked")
    path = str(PAGES / name)
    checked = subprocess.run(
        [mandoc, "-T", "lint", "-W", "style", path], capture_output=True, text=True, check=False
    )
    assert [line for line in checked.stdout.splitlines() if not _of_this_machine(line)] == []


def _of_this_machine(line: str) -> bool:
    """Whether mandoc only misses a page that isn't installed."""
    return "referenced manual not found: " in line or "outdated mandoc.db" in line


def check_references(name: str) -> None:
    """Check that the pages of this program that a page refers to exist."""
    for line in lines_of(name):
        for title, section in re.findall(r"^\.Xr (e2e[a-z-]*) ([1-9])", line):
            assert (PAGES / f"{title}.{section}").is_file(), f"{name} refers to {title}({section})"
