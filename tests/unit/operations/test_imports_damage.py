"""Invariants 3 and 9 for what `import` takes in: cards, introductions and rosters, damaged in every way.

A small one of each is taken apart. Every bit of a card is flipped; of the sealed ones, which take longer to
open, every bit of what begins and ends a packet, and one in every seventh byte between. With `--torture`, all
bits and lengths of all three.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from e2ecli.errors import E2EError
from e2ecli.keyring.cards import format_card
from e2ecli.keyring.rosters import Roster
from e2ecli.operations.cards import PURPOSE
from e2ecli.operations.import_text import import_text
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption, signing
from e2ecli.saltpack.armor import CARD_BRAND, Frame, armor
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import PacketSealer
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from tests.unit.keyring.support import NOW, card_of, keys_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import import_, person
from tests.unit.saltpack import support

ALICE = secrets_of("Alice").signing_key()
GROUP_ID = b"sixteen bytes, g"
SENT = int(NOW.timestamp())
CARD = format_card(card_of("Alice", hybrid=False))
INTRODUCED = signing.sign_text(
    format_card(card_of("Carol", hybrid=False)), secrets_of("Carol").signing_key(), PURPOSE
)
MEMBERS = sorted(
    (signed(card_of(name, hybrid=False)) for name in ("Alice", "Bob")), key=lambda one: one.card.id
)
ROSTER = Roster(
    GROUP_ID,
    "The Team",
    signing_key_of("Alice"),
    1,
    None,
    NOW,
    tuple(member.armored for member in MEMBERS),
    SecretBytes(b"k" * 32),
)


class Import(NamedTuple):
    """Something to take in: its text, and how its header is made, another one for each `variant`."""

    text: bytes
    start: Callable[[int], tuple[bytes, PacketSealer]]
    frame: Frame

    def packets(self, count: int = 3, variant: int = 0) -> tuple[bytes, list[bytes]]:
        """The header, and the text in so many packets."""
        header, sealer = self.start(variant)
        length = -(-len(self.text) // count)
        chunks = [self.text[at : at + length] for at in range(0, len(self.text), length)]
        return header, support.seal_chunks(sealer, chunks)

    def message(self) -> bytes:
        header, packets = self.packets(1)
        return header + packets[0]

    def armored(self) -> bytes:
        return armor(self.message(), self.frame).encode()


def signed_start(variant: int) -> tuple[bytes, PacketSealer]:
    return signing.seal_header(ALICE, bytes([variant]) * 32, PURPOSE)


def sealed_start(metadata: Metadata) -> Callable[[int], tuple[bytes, PacketSealer]]:
    def start(variant: int) -> tuple[bytes, PacketSealer]:
        """Variant 1 has the same keys under another header, variant 2 other keys."""
        keys: MessageKeys = support.message_keys("other" if variant == 2 else "import")
        changed = metadata._replace(sent=SENT + variant % 2)
        recipients = [signcryption.X25519Recipient(keys_of("Bob").x25519)]
        return signcryption.seal_header(ALICE, recipients, keys, encode_metadata(changed))

    return start


SEALED_FRAME = Frame.of(Mode.SIGNCRYPTION)
IMPORTS = {
    "card": Import(CARD, signed_start, Frame(CARD_BRAND, Frame.of(Mode.ATTACHED).type)),
    "introduction": Import(INTRODUCED, sealed_start(Metadata("introduction", SENT)), SEALED_FRAME),
    "roster": Import(ROSTER.text(), sealed_start(Metadata("roster", SENT, None, GROUP_ID, 1)), SEALED_FRAME),
}
each_import = pytest.mark.parametrize("given", IMPORTS.values(), ids=IMPORTS)


class Reader(NamedTuple):
    """Bob, who knows Alice except where it is her card that is damaged, and all that lies around."""

    bob: Workspace
    path: Path

    def contents(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.path.rglob("*") if path.is_file()}

    def refuses(self, message: bytes) -> bool:
        """Whether a damaged message is refused as damaged, or as nobody's here; other errors are raised."""
        try:
            import_text(self.bob, message, confirm=lambda _: True)
        except E2EError as error:
            if error.exit_code in {3, 4}:
                return True
            raise
        return False


@pytest.fixture
def reader(tmp_path: Path, given: Import) -> Iterator[Reader]:
    """Whatever is tried, nothing has changed in the end, in the keyring or beside it."""
    bob = person(tmp_path, "Bob", knows=[] if given is IMPORTS["card"] else ["Alice"])
    made = Reader(bob, tmp_path)
    before = made.contents()
    yield made
    assert made.contents() == before


@each_import
def test_each_is_taken_in_as_long_as_nothing_is_done_to_it(tmp_path: Path, given: Import) -> None:
    for number, message in enumerate((given.message(), given.armored(), b"".join(joined(given)))):
        bob = person(tmp_path / str(number), "Bob")
        if given is not IMPORTS["card"]:
            import_(bob, card_of("Alice"))
        import_text(bob, message, confirm=lambda _: True)
        assert bob.contacts.petnames() or bob.groups.names()


def joined(given: Import) -> list[bytes]:
    header, packets = given.packets()
    return [header, *packets]


def bits(start: int, end: int, dense: int, torture: bool) -> Iterator[int]:
    """The bits to flip of a packet's bytes, the first and last `dense` of which are small fields."""
    for byte in range(start, end):
        if torture or byte < start + dense or byte >= end - dense:
            yield from range(8 * byte, 8 * byte + 8)
        elif byte % 7 == 0:
            yield 8 * byte + byte % 8


def flipped(message: bytes, bit: int) -> bytes:
    return message[: bit // 8] + bytes([message[bit // 8] ^ 1 << bit % 8]) + message[bit // 8 + 1 :]


@each_import
def test_invariant_3_every_flipped_bit_is_refused(reader: Reader, given: Import, torture: bool) -> None:
    message = given.message()
    header, dense = len(given.packets(1)[0]), len(message) if given is IMPORTS["card"] else 24
    tried = [*bits(0, header, dense, torture), *bits(header, len(message), dense, torture)]
    assert [bit for bit in tried if not reader.refuses(flipped(message, bit))] == []


@each_import
def test_invariant_3_every_truncation_is_refused(reader: Reader, given: Import, torture: bool) -> None:
    message = given.message()
    lengths = range(0, len(message), 1 if torture or given is IMPORTS["card"] else 3)
    assert [length for length in lengths if not reader.refuses(message[:length])] == []


@each_import
def test_invariant_3_every_truncation_of_the_armor_is_refused(
    reader: Reader, given: Import, torture: bool
) -> None:
    text = given.armored().rstrip()
    lengths = [*range(0, len(text), 1 if torture else 7), len(text) - 1]
    assert [length for length in lengths if not reader.refuses(text[:length])] == []


@each_import
@pytest.mark.parametrize("addition", [b"\0", b"\xc0", b"\x93", b"again"])
def test_invariant_3_anything_after_the_end_is_refused(
    reader: Reader, given: Import, addition: bytes
) -> None:
    message = given.message()
    assert reader.refuses(message + (message if addition == b"again" else addition))


# Packets


def changes(given: Import) -> dict[str, list[bytes]]:
    """The packets of a message, moved about."""
    _, packets = given.packets()
    _, of_other_header = given.packets(variant=1)
    _, of_other_keys = given.packets(variant=2)
    made = {f"packet {n} dropped": packets[:n] + packets[n + 1 :] for n in range(3)}
    made |= {f"packet {n} doubled": packets[: n + 1] + packets[n:] for n in range(3)}
    for first, second in combinations(range(3), 2):
        exchanged = packets.copy()
        exchanged[first], exchanged[second] = packets[second], packets[first]
        made[f"packets {first} and {second} exchanged"] = exchanged
    for name, others in (("another header", of_other_header), ("another message", of_other_keys)):
        made |= {f"packet {n} of {name}": [*packets[:n], others[n], *packets[n + 1 :]] for n in range(3)}
        made |= {f"all packets of {name}": others}
    made |= {"all in one and again": [*given.packets(1)[1], *packets], "none": []}
    return made


CHANGES = list(changes(IMPORTS["card"]))


@each_import
@pytest.mark.parametrize("change", CHANGES)
def test_invariant_3_packets_that_are_moved_are_refused(reader: Reader, given: Import, change: str) -> None:
    assert reader.refuses(given.packets()[0] + b"".join(changes(given)[change]))


@each_import
def test_invariant_3_the_header_of_one_before_the_packets_of_another_is_refused(
    reader: Reader, given: Import
) -> None:
    for other in IMPORTS.values():
        if other is not given:
            assert reader.refuses(other.packets()[0] + b"".join(given.packets()[1]))
            assert reader.refuses(given.packets()[0] + b"".join(other.packets()[1]))


# Armor


@each_import
def test_invariant_3_every_character_of_the_armor_that_is_another_is_refused_or_means_nothing(
    tmp_path: Path, given: Import, torture: bool
) -> None:
    """A brand, spacing, and text around the message mean nothing: what is taken in is the same then."""
    text = given.armored().rstrip()
    template = tmp_path / "template"
    bob = person(template, "Bob", knows=[] if given is IMPORTS["card"] else ["Alice"])
    reader = Reader(bob, tmp_path)
    before = reader.contents()
    for place in range(0, len(text), 1 if torture else 11):
        if reader.refuses(
            text[:place] + (b"a" if text[place : place + 1] == b"b" else b"b") + text[place + 1 :]
        ):
            assert reader.contents() == before
        else:
            assert text[place : place + 1] in b"E2ECARD \n>", f"character {place}"
            undo(bob)


def undo(bob: Workspace) -> None:
    with bob.directory.writing():
        for name in bob.groups.names():
            bob.groups.remove(bob.groups.get(name))
        for name in set(bob.contacts.petnames()) & {"carol"}:
            bob.contacts.remove(bob.contacts.get(name))
        contact = bob.contacts.find("alice")
        if contact is not None and contact.card == card_of("Alice", hybrid=False):
            bob.contacts.remove(contact)
