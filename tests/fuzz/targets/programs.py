"""Messages built by a program and signed all the same: what a sender writes who means harm.

The bytes choose header fields, what is in each box, chunks, flags and order; then everything is boxed,
authenticated and signed with real keys. Whatever opens is what was put in, from whom it was.
"""

from collections.abc import Callable
from typing import Any

from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.open_import import open_import
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import read_message
from e2ecli.primitives import secretbox
from e2ecli.primitives.hashes import hmac_sha512_256, sha512
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import constants, encryption, signcryption, signing
from e2ecli.saltpack.engine import PacketSealer
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from tests.fuzz import keyrings
from tests.fuzz.outcomes import Refusal, outcome
from tests.fuzz.program import Program
from tests.fuzz.target import Target
from tests.fuzz.targets.messages import READER, SYMMETRIC, open_attached, open_encrypted
from tests.unit.operations.support import ACCEPT_ALL, Collected, source
from tests.unit.saltpack import support

ALICE, MALLORY = support.signing_key("alice"), support.signing_key("mallory")
IN_NAME_ONLY = support.NameOnly(ALICE.public_key)
SIGNERS: tuple[Signer | None, ...] = (ALICE, MALLORY, None, IN_NAME_ONLY)
KEYS = support.message_keys("a program")


def edited_header(program: Program, packet: bytes) -> bytes:
    """A header packet after up to three edits of its fields, and perhaps some of its bytes."""
    fields: list[Any] = support.unpack(support.split_header(packet)[0])
    for _ in range(program.number(4)):
        program.edit_list(fields)
    encoded = support.pack(fields)
    return support.twice_encoded(encoded if program.often() else program.edited(encoded))


def packets(program: Program, sealer: PacketSealer) -> tuple[bytes, list[bytes]]:
    """Packets sealed in any order, with any flags and lengths, and the chunks that are in them."""
    sealed, chunks = [], []
    count = 1 + program.number(4)
    for place in range(count):
        number = place if program.often() else program.number(8)
        final = (place == count - 1) == program.often()
        chunks.append(program.some_bytes(60))
        packet = support.seal_chunk(sealer, number, chunks[-1], final=final)
        if not program.often():
            values = support.unpack(packet)
            program.edit_list(values)
            packet = support.pack(values)
        sealed.append(packet if program.often() else program.edited(packet))
    return b"".join(sealed) + (b"" if program.often() else program.some_bytes(20)), chunks


def run_signcryption(data: bytes) -> bool:
    program = Program(data)
    signer = program.choice(SIGNERS)
    plain = map(support.x25519_recipient, ("carol", "bob"))
    recipients: list[signcryption.RecipientKey] = [*plain, SYMMETRIC]
    metadata = None if program.often() else program.some_bytes(80)
    packet, _ = signcryption.seal_header(signer, recipients, KEYS, metadata)
    if not program.often():
        packet = support.with_header(packet, lambda fields: reboxed(program, fields))
    header, sealer = support.resealed_header(edited_header(program, packet), signer, KEYS)
    body, chunks = packets(program, sealer)
    opened = outcome(lambda: support.open_message(header + body, READER))
    if isinstance(opened, Refusal):
        return False
    if opened.sender is None:
        return True
    assert signer is not None and signer is not IN_NAME_ONLY, "a signature without the secret key"
    assert opened.sender == signer.public_key
    assert opened.plaintext == b"".join(chunks), "another text than was signed"
    return True


def reboxed(program: Program, fields: list[Any]) -> None:
    """Put anything into one of a header's boxes."""
    box = program.number(3)
    contents = program.some_bytes(100) if program.often() else bytes(program.number(100))
    if box == 0:
        fields[4] = secretbox.seal(contents, constants.SENDER_KEY_NONCE, KEYS.payload_key)
    elif box == 1:
        fields[5][2][1] = support.box_for_symmetric_recipient(contents, SYMMETRIC.key, KEYS, 2)
    else:
        fields.append(secretbox.seal(contents, constants.METADATA_NONCE, KEYS.payload_key))


# Encryption

SENDER, FORGER = support.x25519_key("alice"), support.x25519_key("mallory")
READERS = [support.x25519_key(name).public_key for name in ("carol", "bob")]


def run_encryption(data: bytes) -> bool:
    """The MAC keys depend on the header, so that its edits are made before they are derived."""
    program = Program(data)
    sender = program.choice((SENDER, FORGER))
    version = program.choice((2, 1))
    packet, _ = encryption.seal_header(sender, READERS, KEYS, hidden=program.often())
    if not program.often():
        named = program.choice(
            (SENDER.public_key.value, bytes(32), b"\x01" + bytes(31), program.some_bytes(33))
        )
        box = secretbox.seal(named, constants.SENDER_KEY_NONCE, KEYS.payload_key)
        packet = support.with_header(packet, lambda fields: fields.__setitem__(4, box))
    if version == 1:
        packet = support.with_header(packet, in_version_1)
    header = edited_header(program, packet)
    header_hash = sha512(support.split_header(header)[0])
    chunks = [program.some_bytes(60) for _ in range(1 + program.number(3))]
    body = encrypted_packets(
        program, version, header_hash, [*chunks, b""] if version == 1 else chunks, sender
    )
    opened = outcome(lambda: open_encrypted(header + body))
    if not isinstance(opened, Refusal) and opened[0] == SENDER.public_key:
        assert sender is SENDER, "an authenticator without the secret key"
        assert opened[1] == b"".join(chunks), "another text than was authenticated"
    return not isinstance(opened, Refusal)


def in_version_1(fields: list[Any]) -> None:
    fields[1] = [1, 0]
    for pair, reader in zip(fields[5], READERS, strict=True):
        shared = KEYS.ephemeral.shared_with(reader)
        pair[1] = shared.box(KEYS.payload_key.reveal(), constants.PAYLOAD_KEY_NONCE_V1)


def encrypted_packets(
    program: Program, version: int, header_hash: bytes, chunks: list[bytes], sender: Any
) -> bytes:
    body = b""
    for place, chunk in enumerate(chunks):
        number = place if program.often() else program.number(4)
        final = (place == len(chunks) - 1) == program.often()
        nonce = constants.PAYLOAD_NONCE_PREFIX + number.to_bytes(8, "big")
        box = secretbox.seal(chunk, nonce, KEYS.payload_key)
        covered = sha512(header_hash, nonce, bytes([final]) if version == 2 else b"", box)
        authenticators: list[Any] = [
            hmac_sha512_256(mac_key(version, header_hash, position, sender), covered) for position in range(2)
        ]
        fields: list[Any] = [final, authenticators, box] if version == 2 else [authenticators, box]
        if not program.often():
            program.edit_list(fields)
        body += support.pack(fields)
    return body if program.often() else body + program.some_bytes(20)


def mac_key(version: int, header_hash: bytes, position: int, sender: Any) -> bytes:
    reader = READERS[position]
    if version == 1:
        return bytes(sender.shared_with(reader).box(bytes(32), header_hash[:24])[-32:])
    last, place = header_hash[15], position.to_bytes(8, "big")
    cleared, set_ = (header_hash[:15] + bytes([bit]) + place for bit in (last & 0xFE, last | 1))
    ours = sender.shared_with(reader).box(bytes(32), cleared)[-32:]
    return sha512(ours + KEYS.ephemeral.shared_with(reader).box(bytes(32), set_)[-32:])[:32]


# Attached signatures


def run_attached(data: bytes) -> bool:
    program = Program(data)
    signers: tuple[Signer, ...] = (ALICE, MALLORY, IN_NAME_ONLY)
    signer = program.choice(signers)
    packet, _ = signing.seal_header(signer, bytes(32))
    if not program.often():
        packet = support.with_header(packet, lambda fields: fields.__setitem__(1, [1, 0]))
    header = edited_header(program, packet)
    encoded = support.split_header(header)[0]
    body, chunks = packets(program, signing.AttachedSealer(signer, sha512(encoded)))
    opened = outcome(lambda: open_attached(header + body))
    if isinstance(opened, Refusal):
        return False
    assert signer is not IN_NAME_ONLY, "a signature without the secret key"
    assert opened[0] == signer.public_key
    assert opened[1] == b"".join(chunks), "another text than was signed"
    return True


# Metadata, and the operations behind it


def run_sealed_metadata(data: bytes) -> bool:
    """Any metadata under a contact's or a stranger's signature, as `open` and as `import` see them."""
    program = Program(data)
    by = program.choice(("Alice", "Mallory"))
    message = keyrings.sealed_to_bob(b"text", program.rest(), by)
    output = Collected()
    opener = Opener(keyrings.workspace(), ACCEPT_ALL)
    opened = outcome(lambda: opener.open(read_message(source(message)), output.start))
    taken = outcome(lambda: open_import(keyrings.workspace(), read_message(source(message))))
    if isinstance(opened, Refusal):
        assert not output.committed
    else:
        assert opened.facts.metadata.type == "message"
        assert bytes(output.data) == b"text"
        assert isinstance(taken, Refusal), "one message is for `open` and for `import`"
    return not (isinstance(opened, Refusal) and isinstance(taken, Refusal))


def run_group(data: bytes) -> bool:
    """What a former member, or anybody else who has a group's key, may write to the group."""
    program = Program(data)
    signer = program.choice((keyrings.signer("Alice"), keyrings.signer("Mallory"), None))
    keys = support.message_keys("to the group")
    key = program.choice((keyrings.GROUP_KEY, SecretBytes(bytes(32))))
    recipients = [group_recipient(key, keys.ephemeral.public_key)] * (1 + program.number(2))
    metadata = None if program.often() else program.some_bytes(100)
    packet, _ = signcryption.seal_header(signer, recipients, keys, metadata)
    header, sealer = support.resealed_header(edited_header(program, packet), signer, keys)
    body, chunks = packets(program, sealer)
    output = Collected()
    opener = Opener(keyrings.workspace(), ACCEPT_ALL)
    opened = outcome(lambda: opener.open(read_message(source(header + body)), output.start))
    if isinstance(opened, Refusal):
        assert not output.committed
        return False
    assert bytes(output.data) == b"".join(chunks)
    name = getattr(opened.facts.sender, "name", None)
    assert name == ("alice" if signer == keyrings.signer("Alice") else None), "another sender than signed"
    return True


def seeds_of(metadata: Callable[[], list[bytes]] | None = None) -> Callable[[], list[bytes]]:
    """Programs to begin with: all zeros builds a message as it should be."""
    made = metadata or (lambda: [])

    def seeds() -> list[bytes]:
        plain = [
            bytes([number, *bytes(5), 1, 0, 0, 5, *b"chunk", 0, 0, 0, 3, *b"two"]) for number in range(4)
        ]
        return [bytes(64), bytes(range(64)), bytes(range(255, 0, -1)), *plain, *made()]

    return seeds


def metadata_seeds() -> list[bytes]:
    return [
        b"\0" + encode_metadata(Metadata("message", keyrings.SENT, "tea.txt")),
        b"\1" + encode_metadata(Metadata("roster", keyrings.SENT, None, keyrings.GROUP_ID, 2)),
        b"\0" + encode_metadata(Metadata("introduction")),
    ]


METADATA_WORDS: tuple[bytes, ...] = (
    b"\xa4type",
    b"\xa4sent",
    b"\xa4name",
    b"\xa5group",
    b"\xa5epoch",
    b"\xa7message",
    b"\xa6roster",
)
METADATA_WORDS += (b"\xacintroduction", b"\xc4\x10", b"\x81", b"\xde\0\x05", b"\xcf", b"\xd9")

TARGETS = [
    Target("signcryption-program", run_signcryption, seeds_of()),
    Target("encryption-program", run_encryption, seeds_of()),
    Target("attached-program", run_attached, seeds_of()),
    Target("sealed-metadata", run_sealed_metadata, seeds_of(metadata_seeds), METADATA_WORDS),
    Target("group-program", run_group, seeds_of()),
]
