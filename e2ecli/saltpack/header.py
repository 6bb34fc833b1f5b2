"""Header packets: reading one off a stream, and the two kinds of header that there are."""

from e2ecli import limits
from e2ecli.errors import NotAMessageError
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack import constants
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.messagepack import Fields, MalformedError, pack
from e2ecli.saltpack.stream import PacketStream, bin_head

_MOST_FIELDS = 64
"""Of any list in a header but the recipients': the fields that the formats know, and surplus ones."""


class VersionError(NotAMessageError):
    """A version of Saltpack that this program doesn't read."""


class Recipient(Record):
    """A recipient pair. The identifier is None where a hidden recipient has none."""

    identifier: bytes | None
    payload_key_box: bytes


class EncryptionHeader(Record):
    """The header of encryption (mode 0) and signcryption (mode 3)."""

    version: tuple[int, int]
    mode: Mode
    ephemeral_public_key: X25519PublicKey
    sender_secretbox: bytes
    recipients: tuple[Recipient, ...]
    metadata_secretbox: bytes | None
    header_hash: bytes


class SignatureHeader(Record):
    """The header of attached (mode 1) and detached (mode 2) signatures."""

    version: tuple[int, int]
    mode: Mode
    sender_public_key: SigningPublicKey
    nonce: bytes
    purpose: str | None
    header_hash: bytes


Header = EncryptionHeader | SignatureHeader


def header_packet(fields: list[object]) -> tuple[bytes, bytes]:
    """Return the header packet, twice encoded, of a header's fields, and the 64-byte header hash."""
    encoded = pack(fields)
    return bin_head(len(encoded)) + encoded, sha512(encoded)


def read_header(stream: PacketStream) -> Header:
    """Read and parse the header packet at the beginning of a message.

    Raises:
        NotAMessageError: the input is no Saltpack message, or of a version that isn't read.
        TruncatedError: it ends within the header.
        MalformedError: a field has the wrong type, length or number.
    """
    try:
        length = stream.bin_length(limits.HEADER_BYTES)
    except MalformedError:
        raise NotAMessageError("this is not a Saltpack message") from None
    return parse_header(stream.read(length))


def parse_header(encoded: bytes) -> Header:
    """Parse a header's once-encoded bytes (steps 2 to 4 of the specifications' “Parsing a Header Packet”).

    Raises:
        NotAMessageError: it is no Saltpack header, or of a version that isn't read.
        MalformedError: a field has the wrong type, length or number.
    """
    fields = Fields(encoded, "the header")
    try:
        count = fields.list_length(5, _MOST_FIELDS)
        format_name = fields.text()
    except MalformedError:
        raise NotAMessageError("this is not a Saltpack message") from None
    if format_name != constants.FORMAT_NAME:
        raise NotAMessageError("this is not a Saltpack message")
    version = _version(fields)
    mode = _mode(fields, version)
    if mode in {Mode.ATTACHED, Mode.DETACHED}:
        return _signature_header(fields, count, version, mode, sha512(encoded))
    return _encryption_header(fields, count, version, mode, sha512(encoded))


def _version(fields: Fields) -> tuple[int, int]:
    surplus = fields.list_length(2, _MOST_FIELDS) - 2
    version = (fields.integer(), fields.integer())
    _skip(fields, surplus, depth=2)
    if version[0] not in {1, 2} or version[1] < 0:
        raise VersionError(
            f"the message is of Saltpack version {version[0]}.{version[1]}, which this program doesn't read"
        )
    return version


def _mode(fields: Fields, version: tuple[int, int]) -> Mode:
    number = fields.integer()
    try:
        mode = Mode(number)
    except ValueError:
        raise NotAMessageError(f"the message is of an unknown mode, {number}") from None
    if mode is Mode.SIGNCRYPTION and version[0] == 1:
        raise VersionError("the message claims to be signcrypted in version 1, which has no such mode")
    return mode


def _encryption_header(
    fields: Fields, count: int, version: tuple[int, int], mode: Mode, header_hash: bytes
) -> EncryptionHeader:
    if count < 6:
        raise MalformedError(f"the header has {count} fields in place of six")
    ephemeral_public_key = X25519PublicKey(fields.binary(32))
    sender_secretbox = fields.binary(48)
    recipients = tuple(_recipient(fields) for _ in range(fields.list_length(0, limits.RECIPIENTS)))
    surplus = count - 6
    metadata_secretbox = None
    if surplus and mode is Mode.SIGNCRYPTION and fields.is_binary():
        metadata_secretbox = fields.binary()
        surplus -= 1
    _skip(fields, surplus)
    fields.end()
    return EncryptionHeader(
        version, mode, ephemeral_public_key, sender_secretbox, recipients, metadata_secretbox, header_hash
    )


def _recipient(fields: Fields) -> Recipient:
    surplus = fields.list_length(2, _MOST_FIELDS) - 2
    recipient = Recipient(fields.binary_or_nil(), fields.binary())
    _skip(fields, surplus, depth=3)
    return recipient


def _signature_header(
    fields: Fields, count: int, version: tuple[int, int], mode: Mode, header_hash: bytes
) -> SignatureHeader:
    sender_public_key = SigningPublicKey(fields.binary(32))
    nonce = fields.binary()
    if len(nonce) not in {16, constants.HEADER_NONCE_BYTES}:  # Go writes 16 bytes, the specification says 32
        raise MalformedError(f"the header's nonce is {len(nonce)} bytes long")
    surplus = count - 5
    purpose = None
    if surplus and fields.is_text():
        purpose = fields.text()
        surplus -= 1
    _skip(fields, surplus)
    fields.end()
    return SignatureHeader(version, mode, sender_public_key, nonce, purpose, header_hash)


def _skip(fields: Fields, count: int, depth: int = 1) -> None:
    """Pass over surplus fields of a list that is the `depth`-th around them."""
    for _ in range(count):
        fields.skip(limits.MESSAGEPACK_NESTING - depth)
