"""Signcryption, mode 3 (`specs/saltpack_signcryption_v2.md`): encrypted and signed."""

from collections.abc import Iterator, Sequence

from e2ecli import limits
from e2ecli.errors import DamagedError, NotForYouError
from e2ecli.primitives import secretbox
from e2ecli.primitives.ed25519 import SIGNATURE_BYTES, SigningPublicKey
from e2ecli.primitives.hashes import hmac_sha512_256, sha512
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import SharedSecret, X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack import constants
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import Packet, PlainChunk
from e2ecli.saltpack.header import EncryptionHeader, Recipient, header_packet
from e2ecli.saltpack.keys import MessageKeys, RecipientKeys, Signer
from e2ecli.saltpack.stream import FLAGS, PacketStream, array_head, bin_head

_LONGEST_HEAD = 6


class X25519Recipient(Record):
    """A recipient with a Curve25519 public key."""

    public_key: X25519PublicKey


class SymmetricRecipient(Record):
    """A recipient with a symmetric key (32 bytes) that the application's identifier names."""

    identifier: bytes
    key: SecretBytes


RecipientKey = X25519Recipient | SymmetricRecipient


class PayloadCipher(Record):
    """What the payload packets of one message depend on."""

    payload_key: SecretBytes
    header_hash: bytes

    def packet_nonce(self, number: int, final: bool) -> bytes:
        """Return a packet's 24-byte nonce ("Payload Packets", step 1)."""
        last = self.header_hash[15] & 0xFE | final
        return self.header_hash[:15] + bytes([last]) + number.to_bytes(8, "big")

    def signature_input(self, nonce: bytes, final: bool, chunk: memoryview) -> bytes:
        """Return what a packet's signature covers (step 2)."""
        return b"".join(
            (constants.ENCRYPTED_SIGNATURE, self.header_hash, nonce, bytes([final]), sha512(chunk))
        )


class SigncryptionSealer:
    """Makes the payload packets of one message; an anonymous sender has no signer."""

    headroom = _LONGEST_HEAD + secretbox.MAC_BYTES + SIGNATURE_BYTES
    tailroom = 1

    def __init__(self, cipher: PayloadCipher, signer: Signer | None) -> None:
        self.cipher = cipher
        self.signer = signer

    def seal(self, chunk: PlainChunk) -> memoryview:
        """Sign the chunk, encrypt both in place ("Payload Packets", steps 1 to 5)."""
        nonce = self.cipher.packet_nonce(chunk.number, chunk.final)
        end = self.headroom + chunk.length
        box_start = self.headroom - SIGNATURE_BYTES - secretbox.MAC_BYTES
        plaintext = chunk.buffer[self.headroom : end]
        signature = constants.NO_SIGNATURE
        if self.signer is not None:
            signature = self.signer.sign(self.cipher.signature_input(nonce, chunk.final, plaintext))
        chunk.buffer[self.headroom - SIGNATURE_BYTES : self.headroom] = signature
        secretbox.seal_in_place(chunk.buffer[box_start:end], nonce, self.cipher.payload_key)
        head = array_head(2) + bin_head(end - box_start)
        packet_start = box_start - len(head)
        chunk.buffer[packet_start:box_start] = head
        chunk.buffer[end : end + 1] = FLAGS[chunk.final]
        return chunk.buffer[packet_start : end + 1]


class SigncryptionOpener:
    """Opens the payload packets of one message; an anonymous sender has no key."""

    overhead = secretbox.MAC_BYTES + SIGNATURE_BYTES
    ends_with_empty_packet = False

    def __init__(self, cipher: PayloadCipher, sender: SigningPublicKey | None) -> None:
        self.cipher = cipher
        self.sender = sender

    def read(self, stream: PacketStream, number: int, buffer: memoryview) -> Packet:
        """Read `[signcrypted chunk, final flag]`."""
        fields = stream.array_length()
        if fields < 2:
            raise DamagedError("a payload packet has too few fields")
        body = buffer[: stream.bin_length(len(buffer))]
        stream.readinto(body)
        final = stream.boolean()
        stream.skip_fields(fields - 2)
        return Packet(number, final, b"", body)

    def open(self, packet: Packet) -> memoryview:
        """Decrypt in place and verify the signature (steps 1 to 6).

        Raises:
            BoxOpenError: the packet was altered, moved, or belongs to another message.
            SignatureInvalidError: the packet was not signed by the sender whom the header names.
        """
        nonce = self.cipher.packet_nonce(packet.number, packet.final)
        signed = secretbox.open_in_place(packet.body, nonce, self.cipher.payload_key)
        if len(signed) < SIGNATURE_BYTES:
            raise DamagedError("a payload packet is too short for its signature")
        signature, chunk = bytes(signed[:SIGNATURE_BYTES]), signed[SIGNATURE_BYTES:]
        if self.sender is not None:
            self.sender.verify(self.cipher.signature_input(nonce, packet.final, chunk), signature)
        return chunk


class SigncryptionStart(Record):
    """What a reader knows after the header. Nothing of it is proven before the first chunk has verified."""

    payload: SigncryptionOpener
    metadata: bytes | None
    recipient_index: int
    origin: object
    """What the application knows the symmetric key by that opened the message; None for X25519."""


def seal_header(
    signer: Signer | None,
    recipients: Sequence[RecipientKey],
    keys: MessageKeys,
    metadata: bytes | None = None,
) -> tuple[bytes, SigncryptionSealer]:
    """Return the header packet and the sealer of the payload packets ("Generating a Header Packet").

    Arguments:
        signer: the sender, or None for an anonymous message.
        recipients: in the order in which they stand in the header.
        keys: fresh for each message.
        metadata: the encoded map of the seventh field; None leaves the field out.
    """
    ephemeral_public_key = keys.ephemeral.public_key
    sender = constants.ANONYMOUS_SENDER if signer is None else signer.public_key.value
    fields: list[object] = [
        constants.FORMAT_NAME,
        list(constants.VERSION),
        int(Mode.SIGNCRYPTION),
        ephemeral_public_key.value,
        secretbox.seal(sender, constants.SENDER_KEY_NONCE, keys.payload_key),
        [_recipient_pair(recipient, index, keys) for index, recipient in enumerate(recipients)],
    ]
    if metadata is not None:
        fields.append(secretbox.seal(metadata, constants.METADATA_NONCE, keys.payload_key))
    packet, header_hash = header_packet(fields)
    return packet, SigncryptionSealer(PayloadCipher(keys.payload_key, header_hash), signer)


def open_header(header: EncryptionHeader, keys: RecipientKeys) -> SigncryptionStart:
    """Find the payload key with the keys at hand ("Parsing a Header Packet", steps 5 to 7).

    Raises:
        NotForYouError: none of the keys fits.
        DamagedError: a key fits, and what it should open was altered.
    """
    damage: BoxOpenError | None = None
    for index, derived_key, origin in _candidates(header, keys):
        box = header.recipients[index].payload_key_box
        try:
            payload_key = SecretBytes(secretbox.open_box(box, _payload_key_nonce(index), derived_key))
        except BoxOpenError as error:
            damage = error  # the same identifier may stand there twice: try every match
            continue
        return _start(header, payload_key, index, origin)
    if damage is not None:
        raise damage
    raise NotForYouError("no key in this keyring opens the message")


def _start(
    header: EncryptionHeader, payload_key: SecretBytes, index: int, origin: object
) -> SigncryptionStart:
    if len(payload_key) != 32:
        raise DamagedError("the payload key has a wrong length")
    sender = secretbox.open_box(header.sender_secretbox, constants.SENDER_KEY_NONCE, payload_key)
    signing_key = None if sender == constants.ANONYMOUS_SENDER else SigningPublicKey(sender)
    opener = SigncryptionOpener(PayloadCipher(payload_key, header.header_hash), signing_key)
    return SigncryptionStart(opener, _metadata(header.metadata_secretbox, payload_key), index, origin)


def _metadata(box: bytes | None, payload_key: SecretBytes) -> bytes | None:
    # A surplus field of some other application's is not ours to judge: it is ignored.
    if box is None:
        return None
    try:
        metadata = secretbox.open_box(box, constants.METADATA_NONCE, payload_key)
    except BoxOpenError:
        return None
    if len(box) > limits.METADATA_BYTES:
        raise DamagedError(f"the message's metadata is longer than {limits.METADATA_BYTES} bytes")
    return metadata


def _candidates(header: EncryptionHeader, keys: RecipientKeys) -> Iterator[tuple[int, SecretBytes, object]]:
    """Yield the index of each entry that a key fits, with the derived key of its payload key box."""
    identifiers = [_usable(recipient) for recipient in header.recipients]
    plain = {identifier for identifier in identifiers if identifier is not None and len(identifier) == 32}
    for key in keys.x25519_keys() if plain else ():
        derived_key = _derived_key(key.shared_with(header.ephemeral_public_key))
        for index, identifier in enumerate(identifiers):
            if identifier in plain and identifier == _x25519_identifier(derived_key, index):
                yield index, derived_key, None
    for match in keys.symmetric_keys(header.ephemeral_public_key, identifiers):
        derived_key = _derived_symmetric_key(header.ephemeral_public_key, match.key)
        yield match.position, derived_key, match.origin


def _usable(recipient: Recipient) -> bytes | None:
    identifier = recipient.identifier
    return identifier if identifier is not None and len(identifier) <= limits.IDENTIFIER_BYTES else None


def _recipient_pair(recipient: RecipientKey, index: int, keys: MessageKeys) -> list[bytes]:
    if isinstance(recipient, X25519Recipient):
        derived_key = _derived_key(keys.ephemeral.shared_with(recipient.public_key))
        identifier = _x25519_identifier(derived_key, index)
    else:
        derived_key = _derived_symmetric_key(keys.ephemeral.public_key, recipient.key)
        identifier = recipient.identifier
    box = secretbox.seal(keys.payload_key.reveal(), _payload_key_nonce(index), derived_key)
    return [identifier, box]


def _payload_key_nonce(index: int) -> bytes:
    return constants.PAYLOAD_KEY_NONCE_PREFIX + index.to_bytes(8, "big")


def _derived_key(shared_secret: SharedSecret) -> SecretBytes:
    return SecretBytes(shared_secret.box(bytes(32), constants.DERIVED_KEY_NONCE)[-32:])


def _x25519_identifier(derived_key: SecretBytes, index: int) -> bytes:
    return hmac_sha512_256(constants.BOX_KEY_IDENTIFIER, derived_key.reveal() + _payload_key_nonce(index))


def _derived_symmetric_key(ephemeral_public_key: X25519PublicKey, key: SecretBytes) -> SecretBytes:
    return SecretBytes(
        hmac_sha512_256(constants.DERIVED_SYMMETRIC_KEY, ephemeral_public_key.value + key.reveal())
    )
