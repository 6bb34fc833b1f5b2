"""Where the program is tortured: Alice's keyring and table, set back to the same state for every try."""

import json
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.scenes.world import World
from tests.torture.faults import Call, Fault
from tests.torture.zygote import Ended, Zygote

ALICE = "alice"
LISTS = (("contacts", "list"), ("keys", "list"), ("groups", "list"))
ZED = ("contacts", "add", "zed", "--x25519", "5a" * 32)
"""A write that has nothing to do with the one before."""

PLAINTEXT = b"the plaintext that nobody else reads\n" * 40
WORDS_FILE = "lost.words"

_CHOSEN_BY_CHANCE = {
    "id", "ed25519", "x25519", "mlkem768x25519", "fingerprint", "issued", "expires", "verified",
}  # fmt: skip

Facts = dict[str, dict[str, Any]]
"""What the keyring says of each thing in it, such as `contacts bob`."""


class State(NamedTuple):
    """What the program says that the keyring holds."""

    facts: Facts

    def seen_from(self, old: "State") -> Facts:
        """Return the facts with everything that chance or the clock chose since made the same."""
        return {thing: _seen(facts, old.facts.get(thing, {})) for thing, facts in self.facts.items()}


def _seen(facts: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    def one(key: str, value: Any) -> Any:
        if key in _CHOSEN_BY_CHANCE and isinstance(value, str) and value != old.get(key):
            return "new"
        if key == "revoked" and value is not None and value != old.get(key):
            return "revoked"
        if key == "members":
            return sorted((member["name"], member["verified"]) for member in value)
        return value

    return {key: one(key, value) for key, value in facts.items()}


class Bench:
    """A copy of the template: Alice's keyring, and the table where files lie."""

    def __init__(self, zygote: Zygote, template: World, root: Path) -> None:
        self._zygote = zygote
        self._template = template
        self.world = World(root)
        self.table = self.world.table
        self.keyring = self.world.keyring(ALICE)
        self.reset()
        self.old = self.look()
        self.old_files = self.keyring_files()

    def reset(self) -> None:
        """Put everything back to where it began."""
        for directory, origin in (
            (self.keyring, self._template.keyring(ALICE)),
            (self.table, self._template.table),
        ):
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(origin, directory)
        shutil.rmtree(self.table / "fresh", ignore_errors=True)

    def look(self, keyring: Path | None = None) -> State:
        """Ask the program what there is in the keyring."""
        facts: Facts = {}
        asked = [["--json", *command] for command in LISTS]
        for command, ended in zip(
            LISTS, self._zygote.run(keyring or self.keyring, self.table, *asked), strict=True
        ):
            assert (ended.code, ended.stderr) == (0, ""), f"{command}: {ended}"
            for thing in json.loads(ended.stdout):
                facts[f"{command[0]} {thing['name']}"] = thing
        for path in (keyring or self.keyring).glob("identities/*.toml"):  # what no command tells
            secret = tomllib.loads(path.read_text())["secret"]
            facts[f"keys {path.stem}"]["oldest_generation"] = secret["oldest_generation"]
        return State(facts)

    def run(self, *commands: Sequence[str]) -> list[Ended]:
        """Run commands as Alice, at the table."""
        return self._zygote.run(self.keyring, self.table, *commands)

    def run_at(self, keyring: str | None, command: Sequence[str], fault: Fault | None = None) -> Ended:
        """Run a command with Alice's keyring or, where a name is given, with one on the table."""
        directory = self.keyring if keyring is None else self.table / keyring
        return self._zygote.run_one(directory, self.table, command, fault)

    @property
    def struck(self) -> bool:
        """Whether the fault that was asked for last came to pass."""
        return self._zygote.struck

    @property
    def calls(self) -> list[Call]:
        """The changing calls of what ran last."""
        return self._zygote.calls

    def run_as(self, person: str, *command: str) -> Ended:
        """Run a command as somebody else, whose keyring stays as it is."""
        return self._zygote.run_one(self._template.keyring(person), self.table, command)

    def keyring_files(self) -> set[str]:
        """Return the names of all files and directories of the keyring."""
        return {str(path.relative_to(self.keyring)) for path in self.keyring.rglob("*")}

    def litter(self) -> list[Path]:
        """Return the temporary files of the keyring."""
        return sorted(self.keyring.rglob("*.e2e-tmp"))


def build_template(zygote: Zygote, root: Path) -> World:
    """Return a world where Alice knows people, owns a group, is in another's, and has mail to open."""
    world = World(root)

    def does(person: str, *arguments: str) -> str:
        ended = zygote.run_one(world.keyring(person), world.table, ["-q", *arguments])
        assert ended.code == 0, (person, arguments, ended)
        return ended.stdout

    def table(name: str, text: bytes) -> None:
        (world.table / name).write_bytes(text)

    people = ("alice", "bob", "carol", "dan", "eve", "frank", "mallory")
    for person in people:
        does(person, "keygen", person.capitalize(), "--no-passphrase")
        does(person, "export", "-o", f"{person}.card")
    does(ALICE, "keygen", "Spare", "--no-passphrase")
    does("mallory", "keygen", "Lost", "--no-passphrase", "--recovery-file", WORDS_FILE)
    for person in people:
        known = [other for other in ("alice", "bob", "carol", "eve", "frank") if other != person]
        does(person, "import", *(f"{other}.card" for other in known))
    does("eve", "keys", "revoke", "--reason", "lost", "--yes")
    does("eve", "export", "-o", "eve.card", "-f")
    does(ALICE, "import", "eve.card")
    does(ALICE, "keys", "rotate")

    does("carol", "keys", "rotate")
    does("carol", "export", "-o", "carol.newer")
    does("bob", "import", "dan.card")
    does("bob", "contacts", "introduce", "dan", "--to", "alice", "-o", "dan.introduction")

    does(ALICE, "groups", "create", "team", "bob")
    does(ALICE, "groups", "add", "team", "carol")
    does("bob", "groups", "create", "club", "alice")
    does("bob", "groups", "share", "club", "-o", "club.first")
    does(ALICE, "import", "--yes", "club.first")
    does("bob", "groups", "rotate", "club")
    does("bob", "groups", "share", "club", "-o", "club.update")
    does("bob", "groups", "create", "choir", "alice", "carol")
    does("bob", "groups", "share", "choir", "-o", "choir.first")

    for name in ("letter", "note"):
        table(name, PLAINTEXT + name.encode())
        does("bob", "send", "alice", name, "-o", f"{name}.sealed")
        does("bob", "sign", name, "-o", f"{name}.signed")
    table("occupied", b"what was here before")
    shutil.copytree(world.keyring("carol"), world.keyring("carol, revoked"))
    does("carol, revoked", "keys", "revoke", "--reason", "compromised", "--yes")
    does("carol, revoked", "export", "-o", "carol.revoked")
    number = json.loads(does(ALICE, "--json", "contacts", "verify", "bob"))["safety_number"]
    table("digits", number.encode())
    table("passphrase", b"open sesame\n")
    return world
