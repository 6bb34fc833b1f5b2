"""Draws man/session.svg: README's first conversation, each line of which a test compares with the program's.

README is what the picture is made of, so that it shows nothing that the program doesn't print, and the same
each time: key ids and times stand there as `…`.
"""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

MAN = Path(__file__).parent
README = MAN.parent / "README.md"
PICTURE = MAN / "session.svg"
PEOPLE = {"alice": "bold magenta", "bob": "bold cyan", "carol": "bold yellow"}
COLUMNS = 96


def first_conversation(readme: str) -> list[str]:
    """Return the lines of the first `console` block, without those that stand for others."""
    block = readme.partition("```console\n")[2].partition("```")[0]
    return [line for line in block.splitlines() if line != "…"]


def drawn(line: str) -> Text:
    """Return a line as a terminal shows it: who types, what is typed, and what the program says."""
    typed = re.fullmatch(r"([a-z]+)\$ (.*)", line)
    if typed:
        return Text.assemble((f"{typed[1]}$ ", PEOPLE[typed[1]]), (typed[2], "bold"))
    if line.startswith("e2e: from"):
        return Text(line, "green")
    return Text(line, "bright_black" if line.startswith(("Passphrase", "New pass", "The same")) else "")


def picture(readme: str) -> str:
    """Return the picture, SVG."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in first_conversation(readme):
        console.print(drawn(line), soft_wrap=True)
    return console.export_svg(title="e2e", theme=MONOKAI, unique_id="e2e")


if __name__ == "__main__":
    PICTURE.write_text(picture(README.read_text(encoding="utf-8")), encoding="utf-8")
