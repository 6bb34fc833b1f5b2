"""What the tests of the formats share: keys with known secrets, messages as bytes.

A message is sealed and opened here exactly as the operations do it, over streams in memory.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack
from hypothesis import HealthCheck, settings

from e2ecli.errors import E2EError, NotAMessageError
from e2ecli.primitives import secretbox
from e2ecli.primitives.ed25519 import SigningPublicKey, SigningSecretKey
from e2ecli.primitives.hashes import hmac_sha512_256, sha512
from e2ecli.primitives.hybrid import HybridSealer, HybridSecretKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey, X25519SecretKey
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import PacketSealer, PlainChunk, open_packets, seal_packets
from e2ecli.saltpack.header import EncryptionHeader, read_header
from e2ecli.saltpack.keys import MessageKeys, Signer, SymmetricKeyMatch
from e2ecli.saltpack.messages import open_source
from e2ecli.saltpack.signcryption import (
    PayloadCipher,
    RecipientKey,
    SigncryptionSealer,
    SymmetricRecipient,
    X25519Recipient,
)
from e2ecli.saltpack.stream import BinarySource, PacketStream, bin_head
from tests.unit.saltpack import sources

REPOSITORY = Path(__file__).parents[3]
VECTORS = REPOSITORY / "tests" / "vectors"

HYBRID_INFO = b"the info of these tests"

parsing = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
"""For properties of parsers: many cheap examples, and no clock."""

streaming = settings(deadline=None, max_examples=60)
"""For properties of streams: fewer, as each example runs the cryptography."""


def cases(file: str) -> list[dict[str, Any]]:
    """The cases of a file of vectors, which says where they come from."""
    loaded: list[dict[str, Any]] = json.loads((VECTORS / file).read_text())["cases"]
    return loaded


# Keys


def seeded(seed: str, length: int = 32) -> SecretBytes:
    """A known secret: the same for the same name in every run."""
    return SecretBytes(seed.encode().ljust(length, b"."))


def signing_key(name: str) -> SigningSecretKey:
    return SigningSecretKey.from_seed(seeded(f"{name} signs"))


def x25519_key(name: str) -> X25519SecretKey:
    return X25519SecretKey(seeded(f"{name} reads"))


def hybrid_key(name: str) -> HybridSecretKey:
    return HybridSecretKey.from_seed(seeded(f"{name} reads, hybrid"))


def x25519_recipient(name: str) -> X25519Recipient:
    return X25519Recipient(x25519_key(name).public_key)


def hybrid_recipient(name: str) -> SymmetricRecipient:
    key = seeded(f"the message's key for {name}")
    return SymmetricRecipient(
        HybridSealer.from_bytes(hybrid_key(name).public_bytes).seal(key, HYBRID_INFO), key
    )


@dataclass(frozen=True)
class KnownKeys:
    """`RecipientKeys` of somebody whose secret keys the test knows."""

    x25519: Sequence[X25519SecretKey] = ()
    hybrid: Sequence[HybridSecretKey] = ()
    symmetric: Mapping[bytes, SecretBytes] = field(default_factory=dict)

    def x25519_keys(self) -> Iterable[X25519SecretKey]:
        return self.x25519

    def symmetric_keys(
        self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]
    ) -> Iterator[SymmetricKeyMatch]:
        for index, identifier in enumerate(identifiers):
            if identifier is None:
                continue
            if identifier in self.symmetric:
                yield SymmetricKeyMatch(index, self.symmetric[identifier])
            for key in self.hybrid if len(identifier) == 1168 else ():
                opened = key.open(identifier, HYBRID_INFO)
                if opened is not None:
                    yield SymmetricKeyMatch(index, opened)


@dataclass(frozen=True)
class NameOnly:
    """A `Signer` who names somebody's key without having the secret half of it."""

    public_key: SigningPublicKey
    signature: bytes = bytes(64)

    def sign(self, message: bytes) -> bytes:
        return self.signature


def x25519_reader(name: str) -> KnownKeys:
    return KnownKeys(x25519=[x25519_key(name)])


def hybrid_reader(name: str) -> KnownKeys:
    return KnownKeys(hybrid=[hybrid_key(name)])


def message_keys(name: str = "a message") -> MessageKeys:
    return MessageKeys(X25519SecretKey(seeded(f"{name}, ephemeral")), seeded(f"{name}, payload"))


# Messages


def seal(
    plaintext: bytes,
    recipients: Sequence[RecipientKey],
    *,
    signer: Signer | None,
    keys: MessageKeys | None = None,
    metadata: bytes | None = None,
) -> bytes:
    """A whole sealed message."""
    header, sealer = signcryption.seal_header(
        signer, recipients, keys or MessageKeys.generate(), metadata=metadata
    )
    return header + sealed_packets(plaintext, sealer)


def header_of(
    signer: Signer | None,
    recipients: Sequence[RecipientKey],
    keys: MessageKeys,
    change: Callable[[list[Any]], object],
) -> tuple[bytes, SigncryptionSealer]:
    """A header that its own sender wrote otherwise, and the sealer of packets that belong to it."""
    packet, _ = signcryption.seal_header(signer, recipients, keys)
    return resealed_header(with_header(packet, change), signer, keys)


def resealed_header(
    packet: bytes, signer: Signer | None, keys: MessageKeys
) -> tuple[bytes, SigncryptionSealer]:
    """Any header packet, and the sealer of packets that belong to it."""
    header_hash = sha512(split_header(packet)[0])
    return packet, SigncryptionSealer(PayloadCipher(keys.payload_key, header_hash), signer)


def box_for_symmetric_recipient(contents: bytes, key: SecretBytes, keys: MessageKeys, index: int) -> bytes:
    """A payload key box by the specification's steps, whatever is in it in place of a payload key."""
    derived = hmac_sha512_256(
        b"saltpack signcryption derived symmetric key", keys.ephemeral.public_key.value + key.reveal()
    )
    nonce = b"saltpack_recipsb" + index.to_bytes(8, "big")
    return secretbox.seal(contents, nonce, SecretBytes(derived))


def sealed_packets(plaintext: bytes, sealer: PacketSealer) -> bytes:
    """All payload packets, as the engine cuts them."""
    return b"".join(map(bytes, seal_packets(sources.source(plaintext), sealer)))


def seal_chunk(sealer: PacketSealer, number: int, chunk: bytes, *, final: bool) -> bytes:
    """One payload packet, whatever its number, length and flag."""
    buffer = memoryview(bytearray(bytes(sealer.headroom) + chunk + bytes(sealer.tailroom)))
    return bytes(sealer.seal(PlainChunk(number, final, buffer, len(chunk))))


def seal_chunks(sealer: PacketSealer, chunks: Sequence[bytes]) -> list[bytes]:
    """The payload packets of a message cut into these chunks, the last one final."""
    last = len(chunks) - 1
    return [seal_chunk(sealer, number, chunk, final=number == last) for number, chunk in enumerate(chunks)]


@dataclass(frozen=True)
class OpenedMessage:
    """What came out of a message, and who wrote it."""

    plaintext: bytes
    sender: SigningPublicKey | None
    metadata: bytes | None
    recipient_index: int


def read_encryption_header(message: PacketStream) -> EncryptionHeader:
    header = read_header(message)
    if not isinstance(header, EncryptionHeader) or header.mode is not Mode.SIGNCRYPTION:
        raise NotAMessageError("this is no signcrypted message")
    return header


def read_mode(message: bytes) -> Mode:
    """The mode that a message's header states."""
    return read_header(sources.stream(message)).mode


def open_source_of(binary: BinarySource, keys: KnownKeys) -> OpenedMessage:
    packets = PacketStream(binary)
    start = signcryption.open_header(read_encryption_header(packets), keys)
    plaintext = b"".join(map(bytes, open_packets(packets, start.payload)))
    return OpenedMessage(plaintext, start.payload.sender, start.metadata, start.recipient_index)


def open_message(message: bytes, keys: KnownKeys) -> OpenedMessage:
    """Open a binary message.

    Raises:
        DamagedError, NotForYouError: as the formats raise them.
    """
    return open_source_of(sources.source(message), keys)


def open_text(text: bytes, keys: KnownKeys) -> OpenedMessage:
    """Open a message, binary or armored."""
    return open_source_of(open_source(sources.source(text)).binary, keys)


def released_before_error(message: bytes, keys: KnownKeys) -> tuple[list[bytes], E2EError | None]:
    """The chunks that opening lets out, one by one, and the error that ends it."""
    packets = sources.stream(message)
    released: list[bytes] = []
    try:
        start = signcryption.open_header(read_encryption_header(packets), keys)
        for chunk in open_packets(packets, start.payload):
            released.append(bytes(chunk))
    except E2EError as error:
        return released, error
    return released, None


# Packets taken apart and put together again


def pack(value: object) -> bytes:
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(encoded: bytes) -> Any:
    return msgpack.unpackb(encoded, strict_map_key=False)


def depth(value: object) -> int:
    """How many lists or maps stand within each other."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def unpack_all(encoded: bytes) -> list[Any]:
    """Every MessagePack object in a row."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(len(encoded), 1))
    unpacker.feed(encoded)
    return list(unpacker)


def split_header(message: bytes) -> tuple[bytes, bytes]:
    """The once-encoded header of a message, and its payload packets."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(message))
    unpacker.feed(message)
    encoded = unpacker.unpack()
    return encoded, message[unpacker.tell() :]


def twice_encoded(encoded: bytes) -> bytes:
    return bin_head(len(encoded)) + encoded


def with_header(message: bytes, change: Callable[[list[Any]], object]) -> bytes:
    """The message with its header's fields changed."""
    encoded, packets = split_header(message)
    fields: list[Any] = unpack(encoded)
    change(fields)
    return twice_encoded(pack(fields)) + packets


def widest(value: object) -> bytes:
    """The longest MessagePack encoding of a value, which no writer should write and every reader takes."""
    match value:
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return b"\xcf" + value.to_bytes(8, "big")
        case str():
            return b"\xdb" + len(value.encode()).to_bytes(4, "big") + value.encode()
        case bytes():
            return b"\xc6" + len(value).to_bytes(4, "big") + value
        case list():
            return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(map(widest, value))
    raise TypeError(value)
