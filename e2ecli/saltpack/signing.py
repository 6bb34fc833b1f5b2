"""Signing, modes 1 (attached) and 2 (detached).

Version 2 (`specs/saltpack_signing_v2.md`) is written and read, version 1 (`specs/saltpack_signing_v1.md`)
is read.
"""

import io
from collections.abc import Callable
from typing import Final

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError
from e2ecli.primitives.ed25519 import SIGNATURE_BYTES, SignatureInvalidError
from e2ecli.primitives.hashes import running_sha512, sha512
from e2ecli.primitives.randomness import random_bytes
from e2ecli.saltpack import constants
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import Packet, PlainChunk, check_emptiness, read_packets, seal_packets
from e2ecli.saltpack.header import SignatureHeader, header_packet, read_header
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.stream import FLAGS, BinarySource, PacketStream, array_head, bin_head

_LONGEST_HEAD: Final = 1 + 1 + 2 + SIGNATURE_BYTES + 5
_PIECE_BYTES: Final = limits.MIB


class AttachedSealer:
    """Makes the payload packets of an attached signature."""

    headroom = _LONGEST_HEAD
    tailroom = 0

    def __init__(self, signer: Signer, header_hash: bytes) -> None:
        self._signer = signer
        self._header_hash = header_hash

    def seal(self, chunk: PlainChunk) -> memoryview:
        """Sign the chunk and put `[final flag, signature, payload chunk]` around it."""
        end = self.headroom + chunk.length
        plaintext = chunk.buffer[self.headroom : end]
        signature = self._signer.sign(
            _attached_signature_input(self._header_hash, chunk.number, bytes([chunk.final]), plaintext)
        )
        head = b"".join(
            (array_head(3), FLAGS[chunk.final], bin_head(SIGNATURE_BYTES), signature, bin_head(chunk.length))
        )
        start = self.headroom - len(head)
        chunk.buffer[start : self.headroom] = head
        return chunk.buffer[start:end]


class AttachedOpener:
    """Verifies the payload packets of an attached signature."""

    overhead = 0

    def __init__(self, header: SignatureHeader) -> None:
        self._header = header
        self.ends_with_empty_packet = header.version[0] == 1

    def read(self, stream: PacketStream, number: int, buffer: memoryview) -> Packet:
        """Read `[final flag, signature, payload chunk]`; version 1 has no flag.

        A nil chunk is an empty one, as Go writes it.
        """
        known = 2 if self.ends_with_empty_packet else 3
        fields = stream.array_length()
        if fields < known:
            raise DamagedError("a payload packet has too few fields")
        final = False if self.ends_with_empty_packet else stream.boolean()
        signature = stream.read(stream.bin_length(SIGNATURE_BYTES))
        body = buffer[: stream.bin_length_or_nil(len(buffer))]
        stream.readinto(body)
        stream.skip_fields(fields - known)
        return Packet(number, final or (self.ends_with_empty_packet and not body), signature, body)

    def open(self, packet: Packet) -> memoryview:
        """Verify the packet's signature.

        Raises:
            SignatureInvalidError: the packet was altered, moved, or signed by another key.
        """
        flag = b"" if self.ends_with_empty_packet else bytes([packet.final])
        self._header.sender_public_key.verify(
            _attached_signature_input(self._header.header_hash, packet.number, flag, packet.body),
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
    packet, header_hash = _header(Mode.ATTACHED, signer, nonce, purpose)
    return packet, AttachedSealer(signer, header_hash)


def sign_detached(source: BinarySource, signer: Signer, nonce: bytes | None = None) -> bytes:
    """Return the detached signature, header and all, of everything in `source`."""
    packet, header_hash = _header(Mode.DETACHED, signer, nonce, None)
    signature = signer.sign(_detached_signature_input(header_hash, source))
    return packet + bin_head(SIGNATURE_BYTES) + signature


def verify_detached(header: SignatureHeader, stream: PacketStream, source: BinarySource) -> None:
    """Verify a detached signature, whose header has been read off `stream`, over everything in `source`.

    Raises:
        DamagedError: it is cut off, or something follows it.
        SignatureInvalidError: it is not the signature of this content.
    """
    signature = stream.read(stream.bin_length(SIGNATURE_BYTES))
    if not stream.at_end():
        raise DamagedError("there is something after the end of the signature")
    try:
        header.sender_public_key.verify(_detached_signature_input(header.header_hash, source), signature)
    except SignatureInvalidError:
        raise SignatureInvalidError(
            "this is not what was signed: the document or its signature was changed",
            "get both again from whoever signed",
        ) from None


def sign_text(text: bytes, signer: Signer, purpose: str) -> bytes:
    """Return a short text as a binary attached signature that states its purpose."""
    packet, sealer = seal_header(signer, purpose=purpose)
    source = io.BufferedReader(io.BytesIO(text))
    return packet + b"".join(bytes(sealed) for sealed in seal_packets(source, sealer))


def verify_text(message: bytes, most: int) -> tuple[SignatureHeader, bytes]:
    """Verify a binary attached signature over a short text, of `most` bytes at the most.

    Raises:
        NotAMessageError: it is no attached signature of version 2, or longer.
        DamagedError: it doesn't verify.
    """
    return _signed_text(message, most, AttachedOpener.open)


def claimed_text(message: bytes, most: int) -> tuple[SignatureHeader, bytes]:
    """Return what `verify_text` would, *without* verifying the signature: anybody may have written it.

    Raises:
        NotAMessageError: it is no attached signature of version 2, or longer.
        DamagedError: it is malformed.
    """
    return _signed_text(message, most, lambda _, packet: packet.body)


def _signed_text(
    message: bytes, most: int, open_packet: Callable[[AttachedOpener, Packet], memoryview]
) -> tuple[SignatureHeader, bytes]:
    stream = PacketStream(io.BufferedReader(io.BytesIO(message)))
    header = read_header(stream)
    if not isinstance(header, SignatureHeader) or header.mode is not Mode.ATTACHED or header.version[0] != 2:
        raise NotAMessageError("this is not a signed text")
    opener = AttachedOpener(header)
    text = bytearray()
    for packet in read_packets(stream, opener, most):
        chunk = open_packet(opener, packet)
        check_emptiness(packet, len(chunk), opener)
        text += chunk
        if len(text) > most:
            raise NotAMessageError(f"the signed text is longer than {most} bytes")
    return header, bytes(text)


def _header(mode: Mode, signer: Signer, nonce: bytes | None, purpose: str | None) -> tuple[bytes, bytes]:
    fields: list[object] = [
        constants.FORMAT_NAME,
        list(constants.VERSION),
        int(mode),
        signer.public_key.value,
        nonce or random_bytes(constants.HEADER_NONCE_BYTES),
    ]
    if purpose is not None:
        fields.append(purpose)
    return header_packet(fields)


def _attached_signature_input(header_hash: bytes, number: int, flag: bytes, chunk: memoryview) -> bytes:
    return constants.ATTACHED_SIGNATURE + sha512(header_hash, number.to_bytes(8, "big"), flag, chunk)


def _detached_signature_input(header_hash: bytes, source: BinarySource) -> bytes:
    running = running_sha512()
    running.update(header_hash)
    buffer = memoryview(bytearray(_PIECE_BYTES))
    while count := source.readinto(buffer):
        running.update(buffer[:count])
    return constants.DETACHED_SIGNATURE + running.digest()
