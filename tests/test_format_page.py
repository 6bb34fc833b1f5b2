"""e2e-format(7) is true: its strings and numbers are the code's, and its examples come out as it says."""

import ast
import base64
import hashlib
import io
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

import e2ecli
from e2ecli import limits
from e2ecli.errors import E2EError, NotAMessageError
from e2ecli.keyring import cards, derivation, safety
from e2ecli.keyring.cards import Card, EncryptionKeys, Revocation, RevocationReason, format_card
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.keyid import key_id
from e2ecli.keyring.recovery import recovery_words, root_of_words
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.keyring.safety import safety_number
from e2ecli.operations import cards as card_operations
from e2ecli.operations import hybrid_recipients, open_message, reading
from e2ecli.operations.cards import read_card
from e2ecli.operations.group_keys import group_identifier, group_recipient
from e2ecli.operations.keygen import public_keys
from e2ecli.operations.senders import SenderPolicy
from e2ecli.operations.verify import verify_attached, verify_detached
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives import hybrid
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hybrid import HybridSecretKey
from e2ecli.primitives.kdf import hkdf_sha256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey, X25519SecretKey
from e2ecli.saltpack import armor, constants, header, metadata, signcryption, signing
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys, SymmetricKeyMatch
from e2ecli.saltpack.messagepack import MalformedError
from e2ecli.saltpack.metadata import MessageType, Metadata, decode_metadata, encode_metadata
from e2ecli.saltpack.signcryption import SymmetricRecipient
from e2ecli.saltpack.stream import bin_head
from tests.manpage import check_markup, check_references, lines_of, literal_blocks, part, plain, rows, tagged
from tests.unit.operations.support import Collected, open_, person, sealed_by_hand

NAME = "e2e-format.7"
LINES = lines_of(NAME)
TEXT = plain("\n".join(LINES))
PROSE = " ".join(TEXT.split())
KEYRING_PAGE = plain("\n".join(lines_of("e2e-keyring.5")))

VERSIONED = re.compile(r"\be2e[/_-][a-z0-9/_-]*[a-z0-9][/_]v?[0-9]+\b")
"""A string that keeps one use of a key or format apart from all others, with its version."""


def count_from(first: int, length: int) -> bytes:
    return bytes(range(first, first + length))


def reader(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


def strings_of_the_code() -> set[str]:
    """Return every string of that kind in the package, docstrings apart."""
    found: set[str] = set()
    for path in Path(e2ecli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes | str):
                value = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
                if VERSIONED.fullmatch(value):
                    found.add(value)
    return found


def test_every_string_with_a_version_is_on_a_page_and_in_the_code() -> None:
    here, beside = set(VERSIONED.findall(TEXT)), set(VERSIONED.findall(KEYRING_PAGE))
    assert here | beside == strings_of_the_code()
    assert len(here) > 8


def test_what_only_the_keyring_uses_is_not_on_this_page() -> None:
    assert not {"e2e-identity/1", "e2e-contact/1", "e2e-group-state/1"} & set(VERSIONED.findall(TEXT))


LIMITS: dict[str, int] = {
    "header packet, encoded once": limits.HEADER_BYTES,
    "recipients of a message; a group is one (a writer: 2)": limits.RECIPIENTS,
    "fields of any other list in a header": header._MOST_FIELDS,
    "recipient identifier; longer ones are passed over": limits.IDENTIFIER_BYTES,
    "metadata field, with its authenticator of 16 bytes": limits.METADATA_BYTES,
    "entries of the metadata": metadata._MOST_ENTRIES,
    "sent, the last second of the year 9999": metadata._LATEST,
    "epoch, 2 to the power of 53": 2**53,
    "surplus field of a header; all those of a packet together": limits.SURPLUS_BYTES,
    "nesting of lists and maps": limits.MESSAGEPACK_NESTING,
    "chunk of plaintext": limits.CHUNK_BYTES,
    "characters of a brand": 128,
    "characters of an armor header or footer that are sure to be read": limits.ARMOR_HEADER_CHARACTERS,
    "text before an armor header": limits.TEXT_BEFORE_ARMOR_BYTES,
    "text of a card": limits.CARD_BYTES,
    "signed card, in binary": card_operations._SIGNED_CARD_BYTES,
    "characters of a name on a card or roster": cards.NAME_CHARACTERS,
    "characters of an e-mail address": cards.EMAIL_CHARACTERS,
    "text of an introduction": 2 * limits.CARD_BYTES,
    "text of a roster": limits.ROSTER_BYTES,
    "input of an import": limits.IMPORT_BYTES,
    "cards in one import": limits.IMPORTS,
    "generations of an identity": derivation.MOST_GENERATIONS,
}


def amount(text: str) -> int:
    """Return the number that “16 MiB” or “10,000” means."""
    number, _, unit = text.partition(" ")
    return int(number.replace(",", "")) * {"": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20}[unit]


def test_the_limits_are_those_of_the_code_and_no_others() -> None:
    table = rows(part(LINES, "Sh", "LIMITS"))
    assert {meaning: amount(number) for number, meaning in table} == LIMITS


def test_the_longest_brand_is_read_and_no_longer_one() -> None:
    def reads(brand: str) -> bool:
        text = armor.armor(b"x", armor.Frame(brand, "SIGNED MESSAGE"))
        try:
            return armor.dearmor(text.encode(), 100)[1] == b"x"
        except armor.NoArmorError:
            return False

    assert [reads("B" * length) for length in (128, 129)] == [True, False]


def test_the_highest_epoch_is_read_and_no_higher_one() -> None:
    highest = encode_metadata(Metadata(epoch=2**53))
    assert decode_metadata(highest).epoch == 2**53
    with pytest.raises(MalformedError):
        decode_metadata(encode_metadata(Metadata(epoch=2**53 + 1)))


NUMBERS: dict[str, object] = {
    r"words of (\d+) characters": armor.WORD_CHARACTERS,
    r"(\d+) words a line": armor.LINE_CHARACTERS // armor.WORD_CHARACTERS,
    r"Its (\d+) recovery words": 24,
    r"root of an identity is (\d+) random bytes": derivation.ROOT_BYTES,
    r"of the seed, (\d+) bytes": 32 + hybrid._MLKEM_SEED_BYTES,
    r"the (\d+)-byte ML-KEM-768 encapsulation key": hybrid._MLKEM_PUBLIC_KEY_BYTES,
    r"X25519 public key, (\d+) bytes together": hybrid.PUBLIC_KEY_BYTES,
    r"hybrid public key of the same generation, (\d+) bytes": cards.HYBRID_KEY_BYTES,
    r"enc \((\d+) bytes\)": hybrid.ENCAPSULATION_BYTES,
    r"ciphertext \((\d+) bytes\)": 32 + hybrid.TAG_BYTES,
    r"The identifier is (\d+) bytes": hybrid_recipients.IDENTIFIER_BYTES,
    r"on each identifier of (\d+) bytes": hybrid_recipients.IDENTIFIER_BYTES,
    r"group id, (\d+) bytes": metadata._GROUP_ID_BYTES,
    r"(\d+) times: digest": safety.ITERATIONS - 1,
    r"30 digits, the smaller first: (\d+) digits": safety.DIGITS,
    r"nor more than (\d+) seconds in the future": reading._CLOCK_SKEW_SECONDS,
    r"Unicode text in normal form C, 1 to (\d+)": cards.NAME_CHARACTERS,
    r"An e-mail address: 3 to (\d+)": cards.EMAIL_CHARACTERS,
    r"Chunks are (\d+) MiB": limits.CHUNK_BYTES // limits.MIB,
    r"up to (\d+) MiB of content": limits.HELD_BACK_BYTES // limits.MIB,
    r"empty or longer than (\d+) bytes in UTF-8": 255,
    r"written in version \[(\d, \d)\]": ", ".join(map(str, constants.VERSION)),
    r"The header nonce of a signature is (\d+) random bytes": constants.HEADER_NONCE_BYTES,
    r"the letters \.Ql e2e1 and (\d+) more": len(key_id(SigningPublicKey(bytes(32)))) - len("e2e1"),
}


@pytest.mark.parametrize("pattern", NUMBERS)
def test_a_number_in_the_text_is_the_codes(pattern: str) -> None:
    match = re.search(pattern, PROSE)
    assert match is not None, "the page says it otherwise"
    assert match[1] == str(NUMBERS[pattern])


def test_the_nonce_of_the_metadata_is_on_the_page_and_of_the_right_length() -> None:
    assert f'nonce = "{constants.METADATA_NONCE.decode()}"' in TEXT
    assert len(constants.METADATA_NONCE) == 24


def test_the_frames_are_those_that_are_written() -> None:
    frames = dict(rows(part(LINES, "Sh", "ARMOR AND BRANDS")))
    modes = {"signcryption, encryption": (3, 0), "attached": (1,), "detached": (2,)}
    written = {
        name: {armor.Frame.of(constants.Mode(mode)).line("BEGIN") + "." for mode in numbers}
        for name, numbers in modes.items()
    }
    assert {name: {frame} for name, frame in frames.items()} == written
    assert f".Ql {armor.CARD_BRAND}" in TEXT


# Keys and cards.


def examples(title: str) -> list[list[str]]:
    return literal_blocks(part(LINES, "Ss", title))


def fields(lines: list[str]) -> dict[str, str]:
    """Return what a block says under each label, which takes up the first twelve columns."""
    found: dict[str, str] = {}
    label = ""
    for line in lines:
        label = line[:12].strip() or label
        found[label] = f"{found[label]} {line[12:]}" if label in found else line[12:]
    return found


def hexadecimal(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


KEYS, BOB, SAFETY = (fields(block) for block in examples("Keys"))
ROOT = SecretBytes(hexadecimal(KEYS["root"]))
SECRETS = IdentitySecrets.from_root(ROOT)
SIGNER = SECRETS.signing_key()


def test_the_table_of_derivations_leads_to_the_keys_of_the_example() -> None:
    table = {
        label: re.fullmatch(r"HKDF\((root|chain n), Ql (\S+) \)", formula)
        for label, formula in rows(part(LINES, "Ss", "Derivation"))
    }

    def derived(label: str, source: SecretBytes, of: str) -> SecretBytes:
        match = table[label]
        assert match is not None
        assert match[1] == of
        return hkdf_sha256(source, match[2].encode())

    chain = derived("chain 0", ROOT, "root")
    made = {
        "seed": derived("signing seed", ROOT, "root"),
        "chain 0": chain,
        "x25519 0": derived("X25519 n", chain, "chain n"),
        "hybrid 0": derived("hybrid seed n", chain, "chain n"),
        "chain 1": derived("chain n+1", chain, "chain n"),
    }
    assert len(table) == len(made)
    assert {label: value.reveal().hex() for label, value in made.items()} == {
        label: KEYS[label] for label in made
    }


def test_the_keys_of_the_example_are_what_the_program_derives() -> None:
    older, newer = SECRETS.rotated().generations()
    public = public_keys(SECRETS)
    assert public.hybrid is not None
    assert fields(examples("Keys")[0]) == {
        "root": KEYS["root"],
        "words": " ".join(recovery_words(ROOT)),
        "seed": SECRETS.signing_seed.reveal().hex(),
        "signing": SIGNER.public_key.value.hex(),
        "id": key_id(SIGNER.public_key),
        "chain 0": SECRETS.chain.reveal().hex(),
        "x25519 0": older.x25519.secret.reveal().hex(),
        "public 0": public.x25519.value.hex(),
        "hybrid 0": older.hybrid_seed.reveal().hex(),
        "digest 0": hashlib.sha256(public.hybrid).hexdigest(),
        "chain 1": SECRETS.rotated().forgetting(1).chain.reveal().hex(),
        "public 1": newer.x25519.public_key.value.hex(),
    }
    assert root_of_words(KEYS["words"]) == ROOT


def test_the_safety_number_of_the_example_is_the_programs() -> None:
    bob = IdentitySecrets.from_root(SecretBytes(count_from(0x20, 32))).signing_key().public_key
    assert bob.value.hex() == BOB["bob"]
    assert safety_number(SIGNER.public_key, bob) == SAFETY["safety"]


def flat(document: dict[str, Any]) -> set[str]:
    """Return a document's keys, those of its tables with the table's name before them."""
    return {
        f"{key}.{inner}" if inner else key
        for key, value in document.items()
        for inner in (value if isinstance(value, dict) else [""])
    }


def test_the_keys_of_a_card_are_those_that_the_program_writes() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    key = SIGNER.public_key
    keys = EncryptionKeys(X25519PublicKey(bytes(32)), bytes(1216))
    usual = Card("Alice", "a@b", key, now, now, keys, None, key)
    revoked = usual._replace(encryption_keys=None, revoked=Revocation(now, "lost", key))
    written = set().union(*(flat(tomllib.loads(format_card(card).decode())) for card in (usual, revoked)))
    described = tagged(part(LINES, "Sh", "CARDS"), "Va")
    assert len(described) == len(set(described))
    assert set(described) == written


def test_the_reasons_to_revoke_are_those_of_the_program() -> None:
    section = "\n".join(part(LINES, "Sh", "CARDS"))
    entry = section.partition(".It Va revoked.reason\n")[2].partition(".It ")[0]
    assert tuple(re.findall(r"^\.Ql (\S+)", entry, re.MULTILINE)) == get_args(RevocationReason)


def sealed_card(text: str) -> bytes:
    packet, sealer = signing.seal_header(SIGNER, count_from(0x40, 32), card_operations.PURPOSE)
    return packet + b"".join(bytes(one) for one in seal_packets(reader(text.encode()), sealer))


def test_the_emergency_card_of_the_example_is_what_the_program_makes_and_reads() -> None:
    text, binary, armored = examples("The emergency card of this identity")
    message = hexadecimal("".join(binary))
    assert f"{len(message)} bytes" in PROSE
    assert sealed_card("\n".join(text) + "\n") == message
    brand = armor.Frame(armor.CARD_BRAND, "SIGNED MESSAGE")
    assert " ".join(armored) == " ".join(armor.armor(message, brand).split())
    for form in (message, "\n".join(armored).encode()):
        card = read_card(form).card
        assert card.signing_key == SIGNER.public_key
        assert card.encryption_keys is None
        assert card.revoked == Revocation(card.issued, "lost", None)
        assert format_card(card).decode() == "\n".join(text) + "\n"


# Recipients, metadata and messages.


def test_the_identifier_of_the_example_opens_to_its_key() -> None:
    (lines,) = examples("A hybrid recipient's identifier")
    identifier = base64.b64decode("".join(lines))
    assert len(identifier) == hybrid_recipients.IDENTIFIER_BYTES
    secret = HybridSecretKey.from_seed(SecretBytes(hexadecimal(KEYS["hybrid 0"])))
    opened = secret.open(identifier, hybrid_recipients.INFO)
    assert opened == SecretBytes(count_from(0xE0, 32))


def test_the_keys_of_the_metadata_are_the_programs() -> None:
    table = rows(part(LINES, "Sh", "METADATA"))
    assert tuple(row[0] for row in table) == Metadata._fields
    kinds = {"type": "string", "sent": "integer", "name": "string", "group": "byte array", "epoch": "integer"}
    assert {row[0]: row[1] for row in table} == kinds
    every = Metadata("message", 1, "x", bytes(16), 1)
    assert decode_metadata(encode_metadata(every)) == every
    assert set(re.findall(r"\.Ql (\w+)", table[0][-1])) == set(get_args(MessageType))


def test_the_types_that_open_points_to_import_are_on_the_page() -> None:
    assert set(open_message._TYPE_NAMES) == {"introduction", "roster"}
    for kind in open_message._TYPE_NAMES:
        assert f"The content of a message of type .Ql {kind}" in PROSE


class GroupMember:
    """A reader who has a group's key and nothing else."""

    def __init__(self, key: SecretBytes) -> None:
        self._key = key

    def x25519_keys(self) -> list[X25519SecretKey]:
        return []

    def symmetric_keys(self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]) -> Any:
        position = identifiers.index(group_identifier(self._key, ephemeral_public_key))
        yield SymmetricKeyMatch(position, self._key)


def test_the_message_of_the_example_is_what_the_program_makes_and_opens() -> None:
    said, facts, binary = examples("A message to a group")
    message, sealed_metadata = hexadecimal("".join(binary)), hexadecimal("".join(said))
    assert f"{len(message)} bytes" in PROSE
    described = Metadata("message", 1795428000, "hi.txt", count_from(0xA0, 16), 1)
    assert encode_metadata(described) == sealed_metadata

    group_key = SecretBytes(count_from(0x60, 32))
    keys = MessageKeys(X25519SecretKey(SecretBytes(count_from(0x80, 32))), SecretBytes(count_from(0xC0, 32)))
    ephemeral = keys.ephemeral.public_key
    recipient = group_recipient(group_key, ephemeral)
    assert fields(facts) == {"ephemeral": ephemeral.value.hex(), "identifier": recipient.identifier.hex()}
    packet, sealer = signcryption.seal_header(SIGNER, [recipient], keys, sealed_metadata)
    assert packet + b"".join(bytes(one) for one in seal_packets(reader(b"hello\n"), sealer)) == message

    read = reading.read_message(reader(message))
    assert isinstance(read.header, header.EncryptionHeader)
    start = signcryption.open_header(read.header, GroupMember(group_key))
    assert start.payload.sender == SIGNER.public_key
    assert decode_metadata(start.metadata) == described
    assert b"".join(map(bytes, reading.verified_chunks(read.stream, start.payload))) == b"hello\n"


def test_a_symmetric_recipient_has_the_derived_key_that_the_page_says() -> None:
    assert f'HMAC("{constants.DERIVED_SYMMETRIC_KEY.decode()}"' in TEXT
    assert isinstance(group_recipient(ROOT, X25519PublicKey(bytes(32))), SymmetricRecipient)


def test_the_form_of_a_roster_is_the_one_that_is_written() -> None:
    (form,) = literal_blocks(part(LINES, "Sh", "ROSTERS"))
    member = "BEGIN E2ECARD SALTPACK SIGNED MESSAGE. (the card of a member)\n"
    roster = Roster(
        group_id=count_from(0, 16),
        name="the group's name",
        owner=SIGNER.public_key,
        epoch=2,
        previous=count_from(0, 32),
        issued=datetime(2026, 11, 23, 10, tzinfo=UTC),
        members=(member,),
        key=SecretBytes(count_from(0, 32)),
    )
    text = "\n".join(form) + "\n"
    for length in (16, 32):
        value = base64.b64encode(count_from(0, length)).decode()
        text = text.replace(f"base64, {length} bytes", value)
    text = text.replace('"key id"', f'"{key_id(SIGNER.public_key)}"')
    assert roster.text().decode() == text
    assert parse_roster(text.encode()) == roster


def test_the_name_on_a_roster_is_written_as_the_page_says() -> None:
    name = 'a "b" \\ ü \u202e \u00a0'
    now = datetime(2026, 11, 23, tzinfo=UTC)
    roster = Roster(bytes(16), name, SIGNER.public_key, 1, None, now, (), SecretBytes(bytes(32)))
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    assert f'name = "{escaped}"\n' in roster.text().decode()


# The order of refusals: of two things that are wrong, the one that comes first on the page is told.


@pytest.fixture
def bob(tmp_path: Path) -> Workspace:
    """Bob, who doesn't know Alice: whatever she sends, its sender is refused in the end (5)."""
    return person(tmp_path, "Bob")


LONG = bytes(3 * limits.MIB)
USUAL = encode_metadata(Metadata())


def altered(message: bytes, place: int) -> bytes:
    changed = bytearray(message)
    changed[place] ^= 1
    return bytes(changed)


REFUSALS: dict[str, tuple[int, bytes]] = {
    "a stranger's message": (5, sealed_by_hand("Bob", USUAL)),
    "a stranger's message to somebody else": (4, sealed_by_hand("Carol", USUAL)),
    "one to somebody else that is cut off": (4, sealed_by_hand("Carol", USUAL)[:-1]),
    "a stranger's roster": (3, sealed_by_hand("Bob", encode_metadata(Metadata("roster")))),
    "a stranger's message whose metadata has no type": (3, sealed_by_hand("Bob", b"\x80")),
    "a stranger's message of no known type": (3, sealed_by_hand("Bob", b"\x81\xa4type\xa1x")),
    "a stranger's message with a first packet that was altered": (
        3,
        altered(sealed_by_hand("Bob", USUAL), -20),
    ),
    "a stranger's message with a later packet that was altered": (
        5,
        altered(sealed_by_hand("Bob", USUAL, data=LONG), -20),
    ),
    "a stranger's message with a header that is cut off": (3, sealed_by_hand("Bob", USUAL)[:100]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_open_refuses_in_the_order_of_the_page(bob: Workspace, name: str) -> None:
    code, message = REFUSALS[name]
    output = Collected()
    with pytest.raises(E2EError) as refused:
        open_(bob, message, output=output)
    assert refused.value.exit_code == code
    assert output.facts is None


def signed_with_sixth_field(mode: constants.Mode, sixth: object) -> bytes:
    """A signature by the identity of the example, over nothing at all or an empty document."""
    fields = ["saltpack", [2, 0], int(mode), SIGNER.public_key.value, bytes(32), sixth]
    packet, header_hash = header.header_packet(fields)
    if mode is constants.Mode.ATTACHED:
        sealer = signing.AttachedSealer(SIGNER, header_hash)
        return packet + b"".join(bytes(one) for one in seal_packets(reader(b""), sealer))
    covered = signing._detached_signature_input(header_hash, reader(b""))
    return packet + bin_head(64) + SIGNER.sign(covered)


@pytest.mark.parametrize("mode", [constants.Mode.ATTACHED, constants.Mode.DETACHED])
@pytest.mark.parametrize(
    ("sixth", "refused"),
    [("e2e-card/1", True), ("e2e-anything", True), ("other/1", False), (7, False), (["e2e-card/1"], False)],
)
def test_verify_refuses_what_states_a_purpose_of_ours_and_ignores_other_sixth_fields(
    bob: Workspace, mode: constants.Mode, sixth: object, refused: bool
) -> None:
    policy = reading.ReadPolicy(SenderPolicy(allow_unknown=True))
    message = reading.read_message(reader(signed_with_sixth_field(mode, sixth)))

    def verify() -> None:
        if mode is constants.Mode.ATTACHED:
            verify_attached(bob, policy, message, Collected().start)
        else:
            verify_detached(bob, policy, message, reader(b""))

    if refused:
        with pytest.raises(NotAMessageError):
            verify()
    else:
        verify()


@pytest.mark.parametrize("sixth", ["e2e-card/2", "other/1", 7])
def test_import_takes_a_card_under_its_own_purpose_alone(sixth: object) -> None:
    with pytest.raises(NotAMessageError, match="not a card"):
        read_card(signed_with_sixth_field(constants.Mode.ATTACHED, sixth))


def test_the_page_is_clean_mdoc_and_refers_to_pages_that_exist() -> None:
    check_references(NAME)
    check_markup(NAME)
