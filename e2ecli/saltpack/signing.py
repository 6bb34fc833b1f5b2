"""Attached signatures, mode 1 (`specs/saltpack_signing_v2.md`)."""

import io

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError
from e2ecli.primitives.ed25519 import SIGNATURE_BYTES
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.randomness import random_bytes
from e2ecli.saltpack import constants
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import Packet, PlainChunk, open_packets, seal_packets
from e2ecli.saltpack.header import SignatureHeader, header_packet, read_header
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.stream import PacketStream, bin_head

_ARRAY_OF_THREE = b"\x93"
_FLAGS = {False: b"\xc2", True: b"\xc3"}
_LONGEST_HEAD = 1 + 1 + 2 + SIGNATURE_BYTES + 5


def _signature_input(header_hash: bytes, number: int, final: bool, chunk: memoryview) -> bytes:
    digest = sha512(header_hash, number.to_bytes(8, "big"), bytes([final]), chunk)
    return constants.ATTACHED_SIGNATURE + digest


class AttachedSealer:
    """Makes the payload packets of an attached signature."""

    headroom = _LONGEST_HEAD
    tailroom = 0

    def __init__(self, signer: Signer, header_hash: bytes) -> None:
        self.signer = signer
        self.header_hash = header_hash

    def seal(self, chunk: PlainChunk) -> memoryview:
        """Sign the chunk and put `[final flag, signature, payload chunk]` around it."""
        end = self.headroom + chunk.length
        plaintext = chunk.buffer[self.headroom : end]
        signature = self.signer.sign(_signature_input(self.header_hash, chunk.number, chunk.final, plaintext))
        head = b"".join(
            (
                _ARRAY_OF_THREE,
                _FLAGS[chunk.final],
                bin_head(SIGNATURE_BYTES),
                signature,
                bin_head(chunk.length),
            )
        )
        start = self.headroom - len(head)
        chunk.buffer[start : self.headroom] = head
        return chunk.buffer[start:end]


class AttachedOpener:
    """Verifies the payload packets of an attached signature."""

    overhead = 0
    ends_with_empty_packet = False

    def __init__(self, header: SignatureHeader) -> None:
        self.header = header

    def read(self, stream: PacketStream, number: int, buffer: memoryview) -> Packet:
        """Read `[final flag, signature, payload chunk]`; a nil chunk is an empty one, as Go writes it."""
        fields = stream.array_length()
        if fields < 3:
            raise DamagedError("a payload packet has too few fields")
        final = stream.boolean()
        signature = stream.read(stream.bin_length(SIGNATURE_BYTES))
        body = buffer[: stream.bin_length_or_nil(limits.CHUNK_BYTES)]
        stream.readinto(body)
        stream.skip_fields(fields - 3)
        return Packet(number, final, signature, body)

    def open(self, packet: Packet) -> memoryview:
        """Verify the packet's signature.

        Raises:
            SignatureInvalidError: the packet was altered, moved, or signed by another key.
        """
        self.header.sender_public_key.verify(
            _signature_input(self.header.header_hash, packet.number, packet.final, packet.body),
            packet.authenticator,
        )
        return packet.body


def seal_header(
    signer: Signer, nonce: bytes | None = None, purpose: str | None = None
) -> tuple[bytes, AttachedSealer]:
    """Return the header packet of an attached signature and the sealer of its payload packets.

    Arguments:
        nonce: 32 bytes, random where none are given.
        purpose: the sixth field, which says what is signed where that is no document (section 2.7).
    """
    fields: list[object] = [
        constants.FORMAT_NAME,
        list(constants.VERSION),
        int(Mode.ATTACHED),
        signer.public_key.value,
        nonce or random_bytes(constants.HEADER_NONCE_BYTES),
    ]
    if purpose is not None:
        fields.append(purpose)
    packet, header_hash = header_packet(fields)
    return packet, AttachedSealer(signer, header_hash)


def sign_text(text: bytes, signer: Signer, purpose: str) -> bytes:
    """Return a short text as a binary attached signature that states its purpose."""
    packet, sealer = seal_header(signer, purpose=purpose)
    return packet + b"".join(bytes(sealed) for sealed in seal_packets(io.BytesIO(text), sealer))  # type: ignore[arg-type]


def verify_text(message: bytes, most: int) -> tuple[SignatureHeader, bytes]:
    """Verify a binary attached signature over a short text, of `most` bytes at the most.

    Raises:
        NotAMessageError: it is no attached signature of version 2, or longer.
        DamagedError: it doesn't verify.
    """
    stream = PacketStream(io.BufferedReader(io.BytesIO(message)))
    header = read_header(stream)
    if not isinstance(header, SignatureHeader) or header.mode is not Mode.ATTACHED or header.version[0] != 2:
        raise NotAMessageError("this is not a signed text")
    text = bytearray()
    for chunk in open_packets(stream, AttachedOpener(header)):
        text += chunk
        if len(text) > most:
            raise NotAMessageError(f"the signed text is longer than {most} bytes")
    return header, bytes(text)
