"""Every command that writes the keyring or a file, and what its outputs must be when they are there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.torture.bench import PLAINTEXT, WORDS_FILE, Bench

Check = Callable[[Bench, Path], bool]
"""Whether a file is whole."""


class Command(NamedTuple):
    """A command line, and what it leaves."""

    line: str
    outputs: Mapping[str, Check] = {}  # never changed
    keyring: str | None = None
    """The keyring that it makes, where it isn't Alice's."""
    one_after_the_other: tuple[str, ...] = ()
    """Things that are written one after the other, in an order that is right at every instant."""
    same_again: bool = False
    """Whether running it twice leaves what running it once does, and tidies up."""

    def arguments(self, bench: Bench) -> list[str]:
        """Return the command line as words."""
        digits = (bench.table / "digits").read_text()
        return ["-q", *(digits if word == "DIGITS" else word for word in self.line.split())]


def holds(content: bytes) -> Check:
    """Return the check for a file with this content."""
    return lambda _, path: path.read_bytes() == content


def opens_for(person: str) -> Check:
    """Return the check for a message that somebody can open or import as a whole."""
    return lambda bench, path: bench.run_as(person, "open", str(path)).code == 0


def verifies(bench: Bench, path: Path) -> bool:
    """Whether a signed document is whole."""
    return bench.run_as("bob", "verify", str(path)).code == 0


def verifies_beside(bench: Bench, path: Path) -> bool:
    """Whether a detached signature is whole."""
    content = str(path.with_suffix(""))
    return bench.run_as("bob", "verify", content, "--signature", str(path)).code == 0


def is_whole_message(bench: Bench, path: Path) -> bool:
    """Whether a message for others reads to its end: `open` refuses its kind, which it learns at the end."""
    ended = bench.run_as("bob", "open", str(path))
    return ended.code == 3 and "e2e import" in ended.stderr


def imports(bench: Bench, path: Path) -> bool:
    """Whether an introduction to Carol is whole."""
    ended = bench.run_as("carol", "open", str(path))
    return ended.code == 3 and "e2e import" in ended.stderr


def has_words(_: Bench, path: Path) -> bool:
    """Whether a file holds the 24 recovery words."""
    return len(path.read_text().split()) == 24


def is_card(bench: Bench, path: Path) -> bool:
    """Whether a file holds a card."""
    ended = bench.run_as("bob", "verify", str(path))
    return ended.code == 3 and "card" in ended.stderr


LETTER, NOTE = PLAINTEXT + b"letter", PLAINTEXT + b"note"
WORDS: dict[str, Check] = {"zoe.words": has_words, "zoe.words.revocation": is_card}

COMMANDS = (
    Command("keygen Zoe --no-passphrase"),
    Command("keygen Zoe --no-passphrase --recovery-file zoe.words", WORDS),
    Command("keygen Zoe --no-passphrase", keyring="fresh"),
    Command("import dan.card"),
    Command("import carol.newer"),
    Command("import carol.revoked"),
    Command("import --replace --name bob mallory.card"),
    Command("import --replace --name eve mallory.card"),
    Command("import dan.introduction"),
    Command("import --yes choir.first"),
    Command("import club.update"),
    Command(f"contacts add raw --x25519 {'11' * 32}"),
    Command("contacts rename bob robert"),
    Command("contacts remove bob"),
    Command("contacts remove eve"),
    Command("contacts verify bob --check DIGITS"),
    Command("keys rotate"),
    Command("keys revoke --reason lost --yes"),
    Command(
        "keys revoke alice --reason superseded --successor spare --yes",
        one_after_the_other=("keys spare", "keys alice"),
    ),
    Command("keys expire 1y"),
    Command("keys forget --before 1"),
    Command("keys passphrase --kdf interactive --new-passphrase-file passphrase"),
    Command("keys default spare"),
    Command(f"keys restore Lost --no-passphrase --recovery-file {WORDS_FILE}"),
    Command("groups create crew bob carol"),
    Command("groups add team frank"),
    Command("groups remove team carol"),
    Command("groups rotate team"),
    Command("groups transfer team bob"),
    Command("groups forget team --before 2", same_again=True),
    Command("groups leave club", same_again=True),
    Command("send bob letter -o out", {"out": opens_for("bob")}),
    Command("send bob letter -o occupied -f", {"occupied": opens_for("bob")}),
    Command(
        "send bob letter note -d outbox",
        {"outbox/letter.sealed": opens_for("bob"), "outbox/note.sealed": opens_for("bob")},
    ),
    Command("open letter.sealed -o out", {"out": holds(LETTER)}),
    Command("open letter.sealed -o occupied -f", {"occupied": holds(LETTER)}),
    Command("open letter.sealed --atomic -o out", {"out": holds(LETTER)}),
    Command("open letter.sealed -O -d inbox", {"inbox/letter": holds(LETTER)}),
    Command(
        "open letter.sealed note.sealed -d inbox", {"inbox/letter": holds(LETTER), "inbox/note": holds(NOTE)}
    ),
    Command("sign letter -o out", {"out": verifies}),
    Command("sign letter --detach", {"letter.sig": verifies_beside}),
    Command("verify letter.signed -o out", {"out": holds(LETTER)}),
    Command("export -o out", {"out": is_card}),
    Command("contacts introduce bob --to carol -o out", {"out": imports}),
    Command("groups share team -o out", {"out": is_whole_message}),
    Command(
        "groups share team -d updates",
        {"updates/team.bob.update": is_whole_message, "updates/team.carol.update": lambda *_: True},
    ),
)
"""Each is run by Alice, who is in the groups “team” (her own) and “club” (Bob's)."""


def name_of(command: Command) -> str:
    """Return what the tests call a command."""
    words = [word for word in command.line.split() if len(word) < 64]
    return " ".join(words) + ("" if command.keyring is None else ", in a new keyring")
