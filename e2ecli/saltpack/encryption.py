"""Encryption, mode 0: authenticated by a MAC for each recipient, and so deniable.

Version 2 (`specs/saltpack_encryption_v2.md`) is written and read, version 1
(`specs/saltpack_encryption_v1.md`) is read.
"""

from collections.abc import Iterator, Sequence

from e2ecli.errors import DamagedError, ForgedError, NotForYouError
from e2ecli.primitives import secretbox
from e2ecli.primitives.hashes import equal_in_constant_time, hmac_sha512_256, sha512
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import SharedSecret, X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack import constants
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import Packet, PlainChunk
from e2ecli.saltpack.header import EncryptionHeader, header_packet
from e2ecli.saltpack.keys import BoxKey, MessageKeys, RecipientKeys
from e2ecli.saltpack.stream import FLAGS, PacketStream, array_head, bin_head

_MAC_BYTES = 32
_MAC_HEAD = bin_head(_MAC_BYTES)
_ZEROS = bytes(32)


class PayloadCipher(Record):
    """What the payload packets of one message depend on."""

    version: int
    payload_key: SecretBytes
    header_hash: bytes

    def payload_nonce(self, number: int) -> bytes:
        """Return the 24-byte nonce of a packet's payload secretbox."""
        return constants.PAYLOAD_NONCE_PREFIX + number.to_bytes(8, "big")

    def authenticated_hash(self, number: int, final: bool, box: memoryview) -> bytes:
        """Return what the authenticators cover ("Payload Packets", steps 1 and 2); version 1 has no flag."""
        flag = bytes([final]) if self.version > 1 else b""
        return sha512(self.header_hash, self.payload_nonce(number), flag, box)


class EncryptionSealer:
    """Makes the payload packets of one message."""

    tailroom = 0

    def __init__(self, cipher: PayloadCipher, mac_keys: Sequence[bytes]) -> None:
        self._cipher = cipher
        self._mac_keys = mac_keys
        self.headroom = 2 + 5 + len(mac_keys) * (len(_MAC_HEAD) + _MAC_BYTES) + 5 + secretbox.MAC_BYTES

    def seal(self, chunk: PlainChunk) -> memoryview:
        """Encrypt the chunk in place and put `[final flag, authenticators, payload secretbox]` around it."""
        end = self.headroom + chunk.length
        box = chunk.buffer[self.headroom - secretbox.MAC_BYTES : end]
        secretbox.seal_in_place(box, self._cipher.payload_nonce(chunk.number), self._cipher.payload_key)
        covered = self._cipher.authenticated_hash(chunk.number, chunk.final, box)
        authenticators = (_MAC_HEAD + hmac_sha512_256(key, covered) for key in self._mac_keys)
        head = b"".join(
            (
                array_head(3),
                FLAGS[chunk.final],
                array_head(len(self._mac_keys)),
                *authenticators,
                bin_head(len(box)),
            )
        )
        start = self.headroom - secretbox.MAC_BYTES - len(head)
        chunk.buffer[start : start + len(head)] = head
        return chunk.buffer[start:end]


class EncryptionOpener:
    """Opens the payload packets of one message, for one of its recipients."""

    overhead = secretbox.MAC_BYTES

    def __init__(self, cipher: PayloadCipher, mac_key: bytes, position: int, recipients: int) -> None:
        self._cipher = cipher
        self._mac_key = mac_key
        self._position = position
        self._recipients = recipients
        self.ends_with_empty_packet = cipher.version == 1

    def read(self, stream: PacketStream, number: int, buffer: memoryview) -> Packet:
        """Read `[final flag, authenticators, payload secretbox]`; version 1 has no flag."""
        known = 2 if self.ends_with_empty_packet else 3
        fields = stream.array_length()
        if fields < known:
            raise DamagedError("a payload packet has too few fields")
        final = False if self.ends_with_empty_packet else stream.boolean()
        authenticator = self._read_authenticators(stream)
        body = buffer[: stream.bin_length(len(buffer))]
        stream.readinto(body)
        stream.skip_fields(fields - known)
        if self.ends_with_empty_packet:
            final = len(body) == self.overhead
        return Packet(number, final, authenticator, body)

    def open(self, packet: Packet) -> memoryview:
        """Check this recipient's authenticator, then decrypt in place.

        Raises:
            ForgedError: the packet was altered, moved, or made by somebody else.
        """
        final = packet.final
        covered = self._cipher.authenticated_hash(packet.number, final, packet.body)
        expected = hmac_sha512_256(self._mac_key, covered)
        if not equal_in_constant_time(expected, packet.authenticator):
            raise ForgedError(
                "it is damaged or forged: an authenticator doesn't match", "ask the sender to send it again"
            )
        nonce = self._cipher.payload_nonce(packet.number)
        return secretbox.open_in_place(packet.body, nonce, self._cipher.payload_key)

    def _read_authenticators(self, stream: PacketStream) -> bytes:
        if stream.array_length() != self._recipients:
            raise DamagedError("a payload packet has not one authenticator for each recipient")
        mine = b""
        for position in range(self._recipients):
            authenticator = stream.read(stream.bin_length(_MAC_BYTES))
            if position == self._position:
                mine = authenticator
        return mine


class EncryptionStart(Record):
    """What a reader knows after the header. Nothing of it is proven before the first chunk has verified."""

    payload: EncryptionOpener
    sender: X25519PublicKey | None
    """None for an anonymous sender, who used the ephemeral key as their own."""


def seal_header(
    sender: BoxKey | None, recipients: Sequence[X25519PublicKey], keys: MessageKeys, *, hidden: bool = True
) -> tuple[bytes, EncryptionSealer]:
    """Return the header packet and the sealer of the payload packets ("Generating a Header Packet").

    Arguments:
        sender: None makes the message anonymous, by the ephemeral key.
        recipients: in the order in which they stand in the header.
        keys: fresh for each message.
        hidden: whether the header keeps the recipients' keys to itself.
    """
    sender = keys.ephemeral if sender is None else sender
    pairs = []
    for position, recipient in enumerate(recipients):
        nonce = _payload_key_nonce(2, position)
        box = keys.ephemeral.shared_with(recipient).box(keys.payload_key.reveal(), nonce)
        pairs.append([None if hidden else recipient.value, box])
    packet, header_hash = header_packet(
        [
            constants.FORMAT_NAME,
            list(constants.VERSION),
            int(Mode.ENCRYPTION),
            keys.ephemeral.public_key.value,
            secretbox.seal(sender.public_key.value, constants.SENDER_KEY_NONCE, keys.payload_key),
            pairs,
        ]
    )
    mac_keys = [
        _mac_key(header_hash, position, sender.shared_with(recipient), keys.ephemeral.shared_with(recipient))
        for position, recipient in enumerate(recipients)
    ]
    return packet, EncryptionSealer(PayloadCipher(2, keys.payload_key, header_hash), mac_keys)


def open_header(header: EncryptionHeader, keys: RecipientKeys) -> EncryptionStart:
    """Find the payload key with the keys at hand ("Parsing a Header Packet", steps 5 to 8).

    Raises:
        NotForYouError: none of the keys fits.
        DamagedError: a key fits, and what it should open was altered.
    """
    version = header.version[0]
    for key, position, shared_secret in _candidates(header, keys):
        box = header.recipients[position].payload_key_box
        try:
            payload_key = SecretBytes(shared_secret.open_box(box, _payload_key_nonce(version, position)))
        except BoxOpenError:
            continue
        if len(payload_key) != 32:
            raise DamagedError("the payload key has a wrong length")
        sender = X25519PublicKey(
            secretbox.open_box(header.sender_secretbox, constants.SENDER_KEY_NONCE, payload_key)
        )
        with_sender = key.shared_with(sender)
        if version == 1:
            mac_key = with_sender.box(_ZEROS, header.header_hash[:24])[-32:]
        else:
            mac_key = _mac_key(header.header_hash, position, with_sender, shared_secret)
        cipher = PayloadCipher(version, payload_key, header.header_hash)
        opener = EncryptionOpener(cipher, mac_key, position, len(header.recipients))
        return EncryptionStart(opener, None if sender == header.ephemeral_public_key else sender)
    raise NotForYouError("no key in this keyring opens the message")


def _candidates(header: EncryptionHeader, keys: RecipientKeys) -> Iterator[tuple[BoxKey, int, SharedSecret]]:
    """Yield each key with each entry that shows it, or shows nobody's."""
    for key in keys.x25519_keys():
        mine = key.public_key.value
        shared_secret = key.shared_with(header.ephemeral_public_key)
        for position, recipient in enumerate(header.recipients):
            if recipient.identifier is None or recipient.identifier == mine:
                yield key, position, shared_secret


def _payload_key_nonce(version: int, position: int) -> bytes:
    if version == 1:
        return constants.PAYLOAD_KEY_NONCE_V1
    return constants.PAYLOAD_KEY_NONCE_PREFIX + position.to_bytes(8, "big")


def _mac_key(
    header_hash: bytes, position: int, with_sender: SharedSecret, with_ephemeral: SharedSecret
) -> bytes:
    """Return a recipient's MAC key, 32 bytes (steps 9 to 14)."""
    last, place = header_hash[15], position.to_bytes(8, "big")
    cleared = header_hash[:15] + bytes([last & 0xFE]) + place
    set_ = header_hash[:15] + bytes([last | 0x01]) + place
    return sha512(with_sender.box(_ZEROS, cleared)[-32:], with_ephemeral.box(_ZEROS, set_)[-32:])[:32]
