"""What `import` takes in: any text as card, roster or introduction, under a signature that is valid."""

from e2ecli.keyring.cards import Revocation, format_card, parse_card
from e2ecli.keyring.rosters import parse_roster
from e2ecli.operations.cards import PURPOSE, read_card
from e2ecli.operations.import_text import import_text
from e2ecli.saltpack.armor import CARD_BRAND, Frame, armor
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.metadata import Metadata, decode_metadata, encode_metadata
from e2ecli.saltpack.signing import sign_text
from tests.fuzz import keyrings
from tests.fuzz.outcomes import Refusal, outcome
from tests.fuzz.target import Target
from tests.fuzz.targets.messages import ARMOR_WORDS, MESSAGEPACK, open_seeds, verify_seeds
from tests.fuzz.targets.programs import METADATA_WORDS
from tests.unit.keyring.support import DAY, NOW, card_of, secrets_of, signed, signing_key_of
from tests.unit.saltpack.test_metadata import ALL, message

CARD_FRAME = Frame(CARD_BRAND, Frame.of(Mode.ATTACHED).type)
LOST = Revocation(NOW, "lost", signing_key_of("Carol"))

TOML: tuple[bytes, ...] = (
    b"'''",
    b'"""',
    b"\n",
    b" = ",
    b'"',
    b"[keys]\n",
    b"[[a]]\n",
    b"{a = 1}",
    b"# ",
    b"\\u202e",
    b".a.a.a.a",
)
TOML += (
    b"2026-11-23T10:00:00Z",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00",
    b"1e999",
    b"0x7f",
)
TOML += (
    b"format",
    b"name",
    b"email",
    b"issued",
    b"expires",
    b"revoked",
    b"predecessor",
    b"members",
    b"previous",
)


def taken_in(text: bytes, name: str | None = "stranger") -> bool:
    """Import a text into Bob's keyring; where it is refused nothing has changed."""
    ring = keyrings.keyring()
    imported = outcome(lambda: import_text(ring.workspace, text, name, confirm=lambda _: True))
    if isinstance(imported, Refusal):
        assert ring.unchanged(), "refused, and the keyring was changed"
        return False
    ring.workspace.contacts.all()
    ring.workspace.groups.all()
    if not ring.unchanged():
        ring.restore()
    return True


def run_card(data: bytes) -> bool:
    """Any text that Mallory signs as a card is hers, and reads the same once it is written again."""
    signer = secrets_of("Mallory").signing_key()
    read = outcome(lambda: read_card(sign_text(data, signer, PURPOSE)))
    if isinstance(read, Refusal):
        return False
    card = read.card
    assert card.signing_key == signer.public_key, "a card for another's key"
    if card.revoked is None:
        assert parse_card(format_card(card), signer.public_key) == card
    assert read_card(read.armored.encode()) == read
    return taken_in(read.armored.encode())


def card_seeds() -> list[bytes]:
    plain = card_of("Mallory", hybrid=False)
    cards = [
        plain,
        plain._replace(email="m@example.org", expires=NOW + DAY, predecessor=signing_key_of("Bob")),
        card_of("Mallory", revoked=LOST),
        card_of("Mallory"),
    ]
    return [*map(format_card, cards), format_card(plain) + b'[more]\nunknown = ["keys"]\n']


def run_roster(data: bytes) -> bool:
    """Any text that the group's owner, or somebody else, sends as a roster."""
    roster = outcome(lambda: parse_roster(data))
    by = "Mallory" if len(data) % 5 == 4 else "Alice"
    epoch = 2 if isinstance(roster, Refusal) else roster.epoch
    accepted = taken_in(keyrings.roster_message(data, by, epoch), None)
    if isinstance(roster, Refusal):
        assert not accepted, "no roster, and taken in"
        return False
    assert roster.text() == data, "a roster with two forms"
    assert not accepted or by == "Alice", "a roster from somebody else than the owner"
    return accepted


def roster_seeds() -> list[bytes]:
    bare = keyrings.NEXT_ROSTER
    return [
        bare.text(),
        keyrings.ROSTER.text(),
        bare._replace(epoch=3).text(),
        bare._replace(members=()).text(),
    ]


def run_introduction(data: bytes) -> bool:
    by = "Mallory" if len(data) % 5 == 4 else "Alice"
    accepted = taken_in(keyrings.sealed_to_bob(data, Metadata("introduction", keyrings.SENT), by))
    assert not accepted or by == "Alice", "an introduction by a stranger"
    return accepted


def introduction_seeds() -> list[bytes]:
    small = armor(sign_text(card_seeds()[0], secrets_of("Mallory").signing_key(), PURPOSE), CARD_FRAME)
    return [
        signed(card_of("Carol")).armored.encode(),
        small.encode(),
        sign_text(b"", keyrings.signer("Bob"), PURPOSE),
    ]


def run_import(data: bytes) -> bool:
    return taken_in(data)


def import_seeds() -> list[bytes]:
    introduction = introduction_seeds()[1]
    return [
        signed(card_of("Carol", hybrid=False)).armored.encode(),
        b"> text\n" + introduction + b"\nmore text",
        sign_text(card_seeds()[0], secrets_of("Mallory").signing_key(), PURPOSE),
        keyrings.sealed_to_bob(introduction, Metadata("introduction", keyrings.SENT)),
        keyrings.roster_message(keyrings.NEXT_ROSTER.text()),
        *open_seeds()[:2],
        *verify_seeds()[:2],
    ]


def run_metadata(data: bytes) -> bool:
    metadata = outcome(lambda: decode_metadata(data))
    if not isinstance(metadata, Refusal):
        assert decode_metadata(encode_metadata(metadata)) == metadata
    return not isinstance(metadata, Refusal)


def metadata_seeds() -> list[bytes]:
    return [
        encode_metadata(ALL),
        encode_metadata(Metadata()),
        message(unknown=[1, {"a": b"b"}], type="message"),
    ]


TARGETS = [
    Target("card", run_card, card_seeds, TOML),
    Target("roster", run_roster, roster_seeds, TOML),
    Target("introduction", run_introduction, introduction_seeds, ARMOR_WORDS),
    Target("import", run_import, import_seeds, ARMOR_WORDS + MESSAGEPACK),
    Target("metadata", run_metadata, metadata_seeds, METADATA_WORDS),
]
