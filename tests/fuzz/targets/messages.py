"""Messages as bytes: each mode, with keys that open its seeds, so that damage gets past the header.

What opens under a known key is what its owner wrote, whatever was done to the bytes.
"""

from e2ecli.errors import NotAMessageError
from e2ecli.operations.inspect_message import inspect_message
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import read_message
from e2ecli.operations.verify import verify_attached, verify_detached
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack import encryption, signcryption, signing
from e2ecli.saltpack.armor import BRAND, Frame, armor
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import open_packets
from e2ecli.saltpack.header import EncryptionHeader, SignatureHeader, parse_header, read_header
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signing import AttachedOpener, sign_text
from tests.fuzz import keyrings
from tests.fuzz.outcomes import Refusal, outcome
from tests.fuzz.target import Target
from tests.unit.keyring.support import card_of, keys_of, secrets_of, signed
from tests.unit.operations.support import ACCEPT_ALL, Collected, source
from tests.unit.saltpack import sources, support, test_encryption, test_signing
from tests.unit.saltpack.support import KnownKeys

CHUNKS = [b"the first chunk, ", b"the second, ", b"and the last"]
WHOLE = b"".join(CHUNKS)
METADATA = encode_metadata(Metadata(sent=keyrings.SENT, name="tea.txt"))
ALICE = support.signing_key("alice")
ALICE_READS = support.x25519_key("alice")

SYMMETRIC = signcryption.SymmetricRecipient(b"an identifier of any length", support.seeded("a symmetric key"))
READER = KnownKeys(
    [support.x25519_key("bob")], [support.hybrid_key("bob")], {SYMMETRIC.identifier: SYMMETRIC.key}
)

MESSAGEPACK = (
    b"\xa8saltpack",
    b"\x92\x02\x00",
    b"\x92\x01\x00",
    b"\xc4\x20",
    b"\xc4\x30",
    b"\xc2",
    b"\xc3",
    b"\x92",
    b"\x93",
    b"\xdd\0\0\0\x02",
    b"\xc6\0\0\0\0",
)


# Signcryption


def signcrypted(
    recipients: list[signcryption.RecipientKey], metadata: bytes | None, anonymous: bool
) -> bytes:
    signer = None if anonymous else ALICE
    header, sealer = signcryption.seal_header(signer, recipients, support.message_keys(), metadata)
    return header + b"".join(support.seal_chunks(sealer, CHUNKS))


def run_signcryption(data: bytes) -> bool:
    opened = outcome(lambda: support.open_message(data, READER))
    if isinstance(opened, Refusal):
        return False
    if opened.sender is None:
        return True  # who opens an anonymous message can write others
    assert opened.sender == ALICE.public_key, "a signature by nobody's key"
    assert opened.plaintext == WHOLE, "another text than was signed"
    assert opened.metadata in {None, METADATA}, "other metadata than were signed"
    return True


def signcryption_seeds() -> list[bytes]:
    x25519, hybrid = support.x25519_recipient("bob"), support.hybrid_recipient("bob")
    return [
        signcrypted([x25519], None, anonymous=False),
        signcrypted([support.x25519_recipient("carol"), x25519], METADATA, anonymous=False),
        signcrypted([hybrid], METADATA, anonymous=False),
        signcrypted([SYMMETRIC], None, anonymous=False),
        signcrypted([x25519], METADATA, anonymous=True),
    ]


# Encryption


def open_encrypted(data: bytes) -> tuple[X25519PublicKey | None, bytes]:
    stream = sources.stream(data)
    header = read_header(stream)
    if not isinstance(header, EncryptionHeader) or header.mode is not Mode.ENCRYPTION:
        raise NotAMessageError("this is no message of encryption mode")
    start = encryption.open_header(header, READER)
    return start.sender, b"".join(map(bytes, open_packets(stream, start.payload)))


def run_encryption(data: bytes) -> bool:
    opened = outcome(lambda: open_encrypted(data))
    if isinstance(opened, Refusal):
        return False
    if opened[0] == ALICE_READS.public_key:
        assert opened[1] in {WHOLE, b""}, "another text than was authenticated"
    return True


def encryption_seeds() -> list[bytes]:
    recipients = [support.x25519_key(name).public_key for name in ("carol", "bob")]
    keys = support.message_keys()
    messages = []
    for sender, hidden in ((ALICE_READS, True), (ALICE_READS, False), (None, True)):
        header, sealer = encryption.seal_header(sender, recipients, keys, hidden=hidden)
        messages.append(header + b"".join(support.seal_chunks(sealer, CHUNKS)))
    version_1 = [test_encryption.sealed_in_version_1([*CHUNKS, b""], hidden) for hidden in (True, False)]
    return [*messages, *version_1, test_encryption.sealed_in_version_1([b""], hidden=True)]


# Signatures


def open_attached(data: bytes) -> tuple[SigningPublicKey, bytes]:
    stream = sources.stream(data)
    header = read_header(stream)
    if not isinstance(header, SignatureHeader):
        raise NotAMessageError("this is no signature")
    return header.sender_public_key, b"".join(map(bytes, open_packets(stream, AttachedOpener(header))))


def run_attached(data: bytes) -> bool:
    opened = outcome(lambda: open_attached(data))
    if isinstance(opened, Refusal):
        return False
    assert opened[0] == ALICE.public_key, "a signature by nobody's key"
    assert opened[1] in {WHOLE, b""}, "another text than was signed"
    return True


def attached_seeds() -> list[bytes]:
    header, sealer = signing.seal_header(ALICE, bytes(32))
    return [
        header + b"".join(support.seal_chunks(sealer, CHUNKS)),
        sign_text(WHOLE, ALICE, "e2e-card/1"),
        test_signing.signed_in_version_1([*CHUNKS, b""]),
        test_signing.signed_in_version_1([b""]),
    ]


def run_detached(data: bytes) -> bool:
    header = outcome(lambda: test_signing.verify_detached_over(data, WHOLE))
    if isinstance(header, Refusal):
        return False
    assert header.sender_public_key == ALICE.public_key, "a signature by nobody's key"
    return True


def detached_seeds() -> list[bytes]:
    return [signing.sign_detached(sources.source(WHOLE), ALICE, bytes(length)) for length in (32, 16)]


# Headers


def run_header(data: bytes) -> bool:
    header = outcome(lambda: parse_header(data))
    if isinstance(header, EncryptionHeader):
        assert len(header.ephemeral_public_key.value) == 32
        assert len(header.sender_secretbox) == 48
    elif isinstance(header, SignatureHeader):
        assert header.mode in {Mode.ATTACHED, Mode.DETACHED}
    return not isinstance(header, Refusal)


def header_seeds() -> list[bytes]:
    messages = [*signcryption_seeds(), *encryption_seeds(), *attached_seeds(), *detached_seeds()]
    return [support.split_header(message)[0] for message in messages]


# The operations, with a whole keyring


def run_open(data: bytes) -> bool:
    """Whatever opens as Alice's is what she wrote to Bob or to their group."""
    output = Collected()
    opener = Opener(keyrings.workspace(), ACCEPT_ALL)
    opened = outcome(lambda: opener.open(read_message(source(data)), output.start))
    if isinstance(opened, Refusal):
        assert not output.committed, "an output was committed, and then refused"
    elif getattr(opened.facts.sender, "name", None) == "alice":
        assert bytes(output.data) == WHOLE, "another text than was sent"
    return not isinstance(opened, Refusal)


def open_seeds() -> list[bytes]:
    binary = keyrings.sealed_to_bob(WHOLE, Metadata("message", keyrings.SENT, "tea.txt"))
    return [
        binary,
        armor(binary, Frame.of(Mode.SIGNCRYPTION)).encode(),
        keyrings.sealed_to_group(WHOLE),
        keyrings.sealed_to_bob(WHOLE, None, by="Mallory"),
        deniable("Alice"),
    ]


def deniable(sender: str) -> bytes:
    header, sealer = encryption.seal_header(
        secrets_of(sender).newest_keys().x25519, [keys_of("Bob").x25519], support.message_keys()
    )
    return header + support.seal_chunk(sealer, 0, WHOLE, final=True)


def run_verify(data: bytes) -> bool:
    output = Collected()
    workspace = keyrings.workspace()
    detached = outcome(
        lambda: verify_detached(workspace, ACCEPT_ALL, read_message(source(data)), source(WHOLE))
    )
    opened = outcome(lambda: verify_attached(workspace, ACCEPT_ALL, read_message(source(data)), output.start))
    if isinstance(opened, Refusal):
        assert not output.committed, "an output was committed, and then refused"
    elif getattr(opened.facts.sender, "name", None) == "alice":
        assert bytes(output.data) == WHOLE, "another text than was signed"
    return not (isinstance(opened, Refusal) and isinstance(detached, Refusal))


def verify_seeds() -> list[bytes]:
    header, sealer = signing.seal_header(keyrings.signer("Alice"), bytes(32))
    attached = header + b"".join(support.seal_chunks(sealer, CHUNKS))
    detached = signing.sign_detached(sources.source(WHOLE), keyrings.signer("Alice"), bytes(32))
    return [
        attached,
        detached,
        b"Hello,\n\n" + armor(attached, Frame.of(Mode.ATTACHED, "OTHER")).encode() + b"\nAlice",
        armor(detached, Frame.of(Mode.DETACHED)).encode(),
        signed(card_of("Alice")).armored.encode(),
    ]


def run_inspect(data: bytes) -> bool:
    inspected = outcome(lambda: inspect_message(source(data)))
    if not isinstance(inspected, Refusal):
        assert inspected.armored or inspected.brand is None
        assert (inspected.hybrid_recipients or 0) <= (inspected.recipients or 0)
        assert not inspected.post_quantum or inspected.recipients == inspected.hybrid_recipients
    return not isinstance(inspected, Refusal)


def inspect_seeds() -> list[bytes]:
    return [*open_seeds(), *verify_seeds(), *signcryption_seeds()]


ARMOR_WORDS: tuple[bytes, ...] = (
    b"BEGIN ",
    b"END ",
    b"SALTPACK ",
    b"ENCRYPTED MESSAGE",
    b"SIGNED MESSAGE",
    b". ",
    b"> ",
    b"\n",
)
ARMOR_WORDS += (b"DETACHED SIGNATURE", BRAND.encode() + b" ", b"\xef\xbb\xbf", b"\xff\xfe")

TARGETS = [
    Target("signcryption", run_signcryption, signcryption_seeds, MESSAGEPACK),
    Target("encryption", run_encryption, encryption_seeds, MESSAGEPACK),
    Target("attached", run_attached, attached_seeds, MESSAGEPACK),
    Target("detached", run_detached, detached_seeds, MESSAGEPACK),
    Target("header", run_header, header_seeds, MESSAGEPACK),
    Target("open", run_open, open_seeds, MESSAGEPACK + ARMOR_WORDS),
    Target("verify", run_verify, verify_seeds, MESSAGEPACK + ARMOR_WORDS),
    Target("inspect", run_inspect, inspect_seeds, MESSAGEPACK + ARMOR_WORDS),
]
