"""A whole conversation between Alice and Bob, with an untrusted server in between: `make demo`.

Every command is run for real, by the `e2e` on PATH, in a throw-away directory, and every result is checked:
the demo ends with exit code 1 at the first one that is not as it should be.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MESSAGE = "Meet me at the old mill, Thursday at noon."
FILE_SIZE = 8 * 1024 * 1024

DAMAGED, NOT_FOR_YOU, SENDER_NOT_ACCEPTED = 3, 4, 5  # exit codes of e2e


class UnexpectedResultError(Exception):
    """A step did not do what the story says."""


class Story:
    """Runs commands as this or that person in one directory, and keeps count of what was checked."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.checks = 0

    def run(self, person: str, command: str, *, code: int = 0, shows: str = "") -> str:
        """Run a shell command as `person`; return what came out.

        Raises:
            UnexpectedResultError: it ended with another exit code, or said something else.
        """
        print(f"\n{person}$ {command}")
        home = self.place / person
        environment = {name: value for name, value in os.environ.items() if not name.startswith("E2E_")}
        environment |= {"HOME": str(home), "E2E_KEYRING": str(home / "keyring")}
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            start_new_session=True,  # without a terminal, so that the demo goes the same way everywhere
        )
        output = result.stdout.decode(errors="replace")
        print(output, end="" if output.endswith("\n") or not output else "\n")
        if code:
            print(f"(exit code {result.returncode})")
        self.check(result.returncode == code, f"exit code {code} was expected, and it is {result.returncode}")
        self.check(shows in output, f"the output does not say “{shows}”")
        return output

    def check(self, holds: bool, otherwise: str) -> None:
        """Raises:
        UnexpectedResultError: it does not hold.
        """
        if not holds:
            raise UnexpectedResultError(otherwise)
        self.checks += 1

    @contextmanager
    def nothing_written(self, directory: str) -> Iterator[None]:
        """Check that the commands inside leave `directory` as it is, partial and temporary files included."""
        before = self.files(directory)
        yield
        self.check(self.files(directory) == before, f"something was written to {directory}/")

    def files(self, directory: str) -> dict[str, str]:
        return {path.name: digest(path) for path in (self.place / directory).iterdir() if path.is_file()}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(text: str) -> None:
    print()
    print(textwrap.fill(" ".join(text.split()), width=100, initial_indent="  ", subsequent_indent="  "))


def chapter(title: str) -> None:
    print(f"\n\n== {title} ==")


def ledger() -> bytes:
    """Eight mebibytes of text in which a leak would be easy to see."""
    lines = (
        f"2026-11-24;account {number:08};balance {number * 7919 % 999983}\n" for number in range(250_000)
    )
    return "".join(lines).encode()[:FILE_SIZE]


def keys_and_cards(story: Story) -> None:
    chapter("Alice and Bob make their keys")
    say("""Each has a keyring of their own. The demo stores the secret keys without a passphrase, because
        nobody is there to type one. Leave --no-passphrase out, and keygen asks for a passphrase.""")
    for person, name in (("alice", "Alice Liddell"), ("bob", "Bob Dodgson")):
        story.run(
            person,
            f"e2e keygen '{name}' --email {person}@example.org --no-passphrase",
            shows="made the identity",
        )

    chapter("They exchange cards, through the server")
    say("""A card holds public keys only, signed by its owner. The secret keys stay where they were made.""")
    story.run("alice", "e2e export -o server/alice.card")
    story.run("bob", "e2e export -o server/bob.card")
    story.run("alice", "e2e import --name bob server/bob.card", shows="unverified")
    story.run("bob", "e2e import --name alice server/alice.card", shows="unverified")


def safety_numbers(story: Story) -> None:
    chapter("They compare safety numbers")
    say("""The server could have handed out a card of its own. So Alice and Bob compare 60 digits by
        telephone. On a terminal, e2e shows the digits and asks; here they come as JSON.""")
    seen_by_alice = json.loads(story.run("alice", "e2e contacts verify bob --json"))["safety_number"]
    seen_by_bob = json.loads(story.run("bob", "e2e contacts verify alice --json"))["safety_number"]
    story.check(seen_by_alice == seen_by_bob, "Alice and Bob see different safety numbers")
    say("Both see the same digits, so nobody exchanged a key on the way. Each records that.")
    story.run("alice", f"e2e contacts verify bob --check {seen_by_bob}", shows="verified")
    story.run("bob", f"e2e contacts verify alice --check {seen_by_alice}", shows="verified")


def sealing(story: Story) -> None:
    chapter("Alice seals a message and a file")
    say("""The message comes through a pipe; the file has 8 MiB. Both are encrypted to Bob, signed by Alice,
        and stored on the server.""")
    story.run("alice", f"echo '{MESSAGE}' | e2e send bob -o server/message.sealed")
    content = ledger()
    story.check(
        len(content) == FILE_SIZE and b"account 00000042" in content, "the file is not as it should be"
    )
    (story.place / "alice" / "ledger.csv").write_bytes(content)
    story.run("alice", "e2e send bob alice/ledger.csv -o server/ledger.csv.sealed")


def what_the_server_sees(story: Story) -> None:
    chapter("What the server sees")
    say("Anybody can inspect a sealed message without a key. It shows this much:")
    story.run("server", "e2e inspect server/message.sealed", shows="signcryption")

    wanted: dict[str, bytes] = {
        "the message": MESSAGE.encode(),
        "a word of it": b"old mill",
        "a line of the file": b"account 00000042",
        "the file's name": b"ledger.csv",
        "Alice's name": b"Liddell",
        "Bob's name": b"Dodgson",
        "Alice's address": b"alice@example.org",
        "Bob's address": b"bob@example.org",
    }
    for person in ("alice", "bob"):
        keys = json.loads(quietly(story, person, "e2e keys show --json"))
        wanted[f"{person.title()}'s key id"] = keys["id"].encode()
        for key in ("ed25519", "x25519", "mlkem768x25519"):
            wanted[f"{person.title()}'s {key} key"] = bytes.fromhex(keys[key])
    say("The server searches all the bytes that it stores for these two:")
    print()
    stored = [
        (story.place / "server" / name).read_bytes() for name in ("message.sealed", "ledger.csv.sealed")
    ]
    for what, sought in wanted.items():
        found = sum(content.count(sought) for content in stored)
        print(f"  {what:<28} found {found} times")
        story.check(found == 0, f"the server can see {what}")


def quietly(story: Story, person: str, command: str) -> str:
    """Ask e2e for a fact that the demo needs, without showing pages of digits."""
    environment = os.environ | {"E2E_KEYRING": str(story.place / person / "keyring")}
    return subprocess.run(command.split(), env=environment, check=True, capture_output=True, text=True).stdout


def attacks(story: Story) -> None:
    sealed = story.place / "server" / "ledger.csv.sealed"

    chapter("The server alters the file")
    say("One single bit is different, in the middle.")
    altered = bytearray(sealed.read_bytes())
    altered[len(altered) // 2] ^= 1
    (story.place / "server" / "altered.sealed").write_bytes(altered)
    with story.nothing_written("bob"):
        story.run("bob", "e2e open server/altered.sealed -o bob/ledger.csv", code=DAMAGED)
    say("Refused, and nothing was written.")

    chapter("The server cuts the file short")
    story.run("server", "head -c 5000000 server/ledger.csv.sealed > server/cut.sealed")
    with story.nothing_written("bob"):
        story.run("bob", "e2e open server/cut.sealed -o bob/ledger.csv", code=DAMAGED, shows="cut off")
    say("Refused, and nothing was written.")

    chapter("The server swaps the message for one by Mallory")
    say("""Mallory has Bob's card too, and Bob even has Mallory's. Her message is a perfectly good one, only
        it isn't by Alice.""")
    story.run("mallory", "e2e keygen Mallory --no-passphrase", shows="made the identity")
    story.run("mallory", "e2e export -o server/mallory.card")
    story.run("mallory", "e2e import --name bob server/bob.card")
    story.run("bob", "e2e import server/mallory.card")
    story.run("mallory", "echo 'Meet me at the station instead.' | e2e send bob -o mallory/message.sealed")
    story.run("server", "mv server/message.sealed server/kept.sealed")
    story.run("server", "cp mallory/message.sealed server/message.sealed")
    with story.nothing_written("bob"):
        output = story.run(
            "bob",
            "e2e open --from alice server/message.sealed -o bob/message.txt",
            code=SENDER_NOT_ACCEPTED,
            shows="mallory",
        )
    story.check("station" not in output, "Mallory's text was shown")
    say("Refused: Mallory can't sign as Alice. Nothing was written. The server puts Alice's message back.")
    story.run("server", "mv server/kept.sealed server/message.sealed")

    chapter("A stranger tries to read it")
    say("Carol runs the same program, with keys of her own.")
    story.run("carol", "e2e keygen Carol --no-passphrase", shows="made the identity")
    with story.nothing_written("carol"):
        story.run("carol", "e2e open server/message.sealed -o carol/message.txt", code=NOT_FOR_YOU)
    say("Her keys don't open it. Nothing was written.")


def opening(story: Story) -> None:
    chapter("Bob opens what Alice sent")
    say("""With --require-verified, it would be refused if they had not compared safety numbers.""")
    output = story.run(
        "bob", "e2e open --from alice --require-verified server/message.sealed", shows="from alice"
    )
    story.check(MESSAGE in output, "the message is not Alice's")
    story.run("bob", "e2e open --from alice server/ledger.csv.sealed -o bob/ledger.csv", shows="from alice")
    say("The file is what Alice sent, to the last byte:")
    print()
    hashes = [digest(story.place / person / "ledger.csv") for person in ("alice", "bob")]
    print(f"  SHA-256 of alice/ledger.csv   {hashes[0]}")
    print(f"  SHA-256 of bob/ledger.csv     {hashes[1]}")
    story.check(hashes[0] == hashes[1], "Bob's file is not Alice's")


def summary(story: Story, seconds: float) -> None:
    chapter("What this showed")
    print(
        textwrap.dedent("""
          - The server stored a message and a file, and found no text, name or key in them.
          - An altered copy and a cut copy were refused (exit code 3).
          - Mallory's message was not taken for Alice's (exit code 5).
          - A stranger could not open the message (exit code 4).
          - Nothing was written for any of them.
          - Bob read both, complete and unaltered, and knows that Alice wrote them.
        """)
    )
    print(f"{story.checks} checks, all as expected, in {seconds:.1f} seconds.")


def main() -> int:
    if shutil.which("e2e") is None:
        print("demo: there is no e2e on PATH: pip install .", file=sys.stderr)
        return 1
    start = time.monotonic()
    sys.stdout.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="e2e-demo-") as directory:
        story = Story(Path(directory))
        for name in ("alice", "bob", "carol", "mallory", "server"):
            (story.place / name).mkdir()
        try:
            for part in (keys_and_cards, safety_numbers, sealing, what_the_server_sees, attacks, opening):
                part(story)
        except UnexpectedResultError as wrong:
            print(f"\ndemo: FAILED: {wrong}", file=sys.stderr)
            return 1
        summary(story, time.monotonic() - start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
