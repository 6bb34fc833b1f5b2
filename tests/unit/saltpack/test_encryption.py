"""Encryption, mode 0: each recipient's authenticator is theirs alone, and nothing is taken without it."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given

from e2ecli import limits
from e2ecli.errors import DamagedError, E2EError, ForgedError, NotForYouError, TruncatedError
from e2ecli.primitives import secretbox
from e2ecli.primitives.hashes import hmac_sha512_256, sha512
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack import encryption
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.encryption import EncryptionSealer
from e2ecli.saltpack.engine import open_packets
from e2ecli.saltpack.header import EncryptionHeader, header_packet, read_header
from tests.unit.saltpack import damage, sources, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.support import KnownKeys, parsing

ALICE, BOB, CAROL, MALLORY = map(support.x25519_key, ("alice", "bob", "carol", "mallory"))
TO_BOB_AND_CAROL = [BOB.public_key, CAROL.public_key]
READERS = {"bob": KnownKeys([BOB]), "carol": KnownKeys([CAROL])}
KEYS = support.message_keys()

TEXT = b"Begin at the beginning."
CHUNKS = [b"the first chunk, ", b"the second, ", b"and the last"]

each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
hidden_or_not = pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "shown"])


def header_for(hidden: bool = True) -> tuple[bytes, EncryptionSealer]:
    return encryption.seal_header(ALICE, TO_BOB_AND_CAROL, KEYS, hidden=hidden)


def sealed(hidden: bool = True) -> bytes:
    header, sealer = header_for(hidden)
    return header + support.sealed_packets(TEXT, sealer)


def released(message: bytes, keys: KnownKeys) -> tuple[list[bytes], X25519PublicKey | None, E2EError | None]:
    """The chunks that opening lets out, the sender, and the error that ends it."""
    stream = sources.stream(message)
    chunks: list[bytes] = []
    sender = None
    try:
        header = read_header(stream)
        if not isinstance(header, EncryptionHeader) or header.mode is not Mode.ENCRYPTION:
            return [], None, DamagedError("this is no message of encryption mode")
        start = encryption.open_header(header, keys)
        sender = start.sender
        for chunk in open_packets(stream, start.payload):
            chunks.append(bytes(chunk))
    except E2EError as error:
        return chunks, sender, error
    return chunks, sender, None


def refused(message: bytes, keys: KnownKeys) -> bool:
    """Whether opening ends in one of the two errors that a damaged message may end in."""
    return isinstance(released(message, keys)[2], DamagedError | NotForYouError)


MESSAGE = sealed()


# Readers and senders


@hidden_or_not
@each_reader
def test_every_recipient_reads_the_message_and_learns_its_sender(reader: KnownKeys, hidden: bool) -> None:
    assert released(sealed(hidden), reader) == ([TEXT], ALICE.public_key, None)


@hidden_or_not
@pytest.mark.parametrize("reader", [KnownKeys([MALLORY]), KnownKeys()], ids=["another key", "no key"])
def test_nobody_else_reads_it(reader: KnownKeys, hidden: bool) -> None:
    assert isinstance(released(sealed(hidden), reader)[2], NotForYouError)


def test_a_reader_with_many_keys_finds_the_one_that_fits() -> None:
    assert released(MESSAGE, KnownKeys([MALLORY, ALICE, CAROL])) == ([TEXT], ALICE.public_key, None)


def test_an_anonymous_message_has_no_sender() -> None:
    header, sealer = encryption.seal_header(None, TO_BOB_AND_CAROL, KEYS)
    message = header + support.sealed_packets(TEXT, sealer)
    assert released(message, READERS["bob"]) == ([TEXT], None, None)


def test_recipients_show_in_the_header_only_where_they_are_not_hidden() -> None:
    keys = [key.value for key in TO_BOB_AND_CAROL]
    assert [key in sealed(hidden=True) for key in keys] == [False, False]
    assert [key in sealed(hidden=False) for key in keys] == [True, True]
    assert ALICE.public_key.value not in sealed(hidden=False)


@pytest.mark.parametrize("count", [1, 15, 16, 17, 300])
def test_a_message_has_an_authenticator_for_each_of_any_number_of_recipients(count: int) -> None:
    recipients = [support.x25519_key(f"reader {number}") for number in range(count)]
    header, sealer = encryption.seal_header(ALICE, [key.public_key for key in recipients], KEYS)
    packet = support.seal_chunk(sealer, 0, TEXT, final=True)
    [(_final, authenticators, _box)] = support.unpack_all(packet)
    assert len(set(authenticators)) == count
    assert packet == support.pack(support.unpack(packet))
    assert released(header + packet, KnownKeys(recipients[-1:])) == ([TEXT], ALICE.public_key, None)


def test_a_message_of_several_mebibytes_opens() -> None:
    header, sealer = header_for()
    data = bytes(2 * limits.MIB + 1)
    chunks, _sender, error = released(header + support.sealed_packets(data, sealer), READERS["bob"])
    assert (b"".join(chunks), error) == (data, None)


# Damage (invariants 1 and 3)


@each_reader
def test_invariant_3_every_flipped_bit_that_a_reader_relies_on_is_refused(reader: KnownKeys) -> None:
    """One authenticator isn't theirs: flipping that changes nothing for them, and nothing comes of it."""
    unnoticed = [altered for _bit, altered in damage.flipped_bits(MESSAGE) if not refused(altered, reader)]
    assert len(unnoticed) == 8 * 32
    assert all(released(altered, reader) == ([TEXT], ALICE.public_key, None) for altered in unnoticed)


def test_invariant_3_every_flipped_bit_of_a_message_for_one_is_refused() -> None:
    header, sealer = encryption.seal_header(ALICE, [BOB.public_key], KEYS)
    message = header + support.sealed_packets(TEXT, sealer)
    flipped = damage.flipped_bits(message)
    assert [bit for bit, altered in flipped if not refused(altered, READERS["bob"])] == []


@each_reader
def test_invariant_3_every_truncation_is_refused(reader: KnownKeys) -> None:
    assert [length for length in range(len(MESSAGE)) if not refused(MESSAGE[:length], reader)] == []


@each_reader
@pytest.mark.parametrize("addition", [b"\0", b"\xc0", MESSAGE], ids=["a zero", "nil", "the message again"])
def test_invariant_3_anything_after_the_end_is_refused(reader: KnownKeys, addition: bytes) -> None:
    assert refused(MESSAGE + addition, reader)


@given(changes=damage.edits(len(MESSAGE)))
@parsing
def test_invariant_3_whatever_is_done_to_a_message_it_opens_to_what_was_sent_or_not_at_all(
    changes: list[Edit],
) -> None:
    chunks, sender, error = released(damage.edited(MESSAGE, changes), READERS["carol"])
    if error is None:
        assert (chunks, sender) == ([TEXT], ALICE.public_key)
    else:
        assert isinstance(error, DamagedError | NotForYouError)
        assert chunks in ([], [TEXT])


HEADER, SEALER = header_for()
PACKETS = support.seal_chunks(SEALER, CHUNKS)
OTHER_PACKETS = support.seal_chunks(
    encryption.seal_header(ALICE, TO_BOB_AND_CAROL, KEYS, hidden=False)[1], CHUNKS
)


def flag_changed(packet: bytes) -> bytes:
    return packet[:1] + (b"\xc2" if packet[1:2] == b"\xc3" else b"\xc3") + packet[2:]


def exchanged(first: int, second: int) -> list[bytes]:
    packets = PACKETS.copy()
    packets[first], packets[second] = packets[second], packets[first]
    return packets


PACKET_CHANGES: dict[str, list[bytes]] = {
    **{f"packet {n} dropped": PACKETS[:n] + PACKETS[n + 1 :] for n in range(3)},
    **{f"packet {n} doubled": PACKETS[: n + 1] + PACKETS[n:] for n in range(3)},
    **{f"packets {a} and {b} exchanged": exchanged(a, b) for a, b in combinations(range(3), 2)},
    **{
        f"packet {n} of another header": [*PACKETS[:n], OTHER_PACKETS[n], *PACKETS[n + 1 :]] for n in range(3)
    },
    **{
        f"packet {n} with the other flag": [*PACKETS[:n], flag_changed(PACKETS[n]), *PACKETS[n + 1 :]]
        for n in range(3)
    },
    "cut after the first, its flag made final": [flag_changed(PACKETS[0])],
    "no packets at all": [],
}


@each_reader
def test_three_packets_open_as_they_were_sealed(reader: KnownKeys) -> None:
    assert released(HEADER + b"".join(PACKETS), reader) == (CHUNKS, ALICE.public_key, None)


@each_reader
@pytest.mark.parametrize("packets", PACKET_CHANGES.values(), ids=PACKET_CHANGES)
def test_invariant_1_of_packets_that_are_moved_only_those_come_out_that_are_right_so_far(
    reader: KnownKeys, packets: list[bytes]
) -> None:
    chunks, _sender, error = released(HEADER + b"".join(packets), reader)
    assert isinstance(error, DamagedError)
    assert chunks == CHUNKS[: len(chunks)]
    assert len(chunks) < len(CHUNKS)


@pytest.mark.parametrize("chunks", [[b"", b"x"], [b"x", b""], [b"x", b"", b"x"]])
def test_an_empty_chunk_where_none_may_be_is_refused(chunks: list[bytes]) -> None:
    assert refused(HEADER + b"".join(support.seal_chunks(SEALER, chunks)), READERS["bob"])


def test_an_empty_message_is_one_empty_chunk() -> None:
    message = HEADER + support.seal_chunk(SEALER, 0, b"", final=True)
    assert released(message, READERS["bob"]) == ([b""], ALICE.public_key, None)


# A recipient as attacker (invariant 4, as far as this mode goes)


@pytest.mark.parametrize("box_altered", [False, True], ids=["the box as it was", "the box encrypted anew"])
def test_a_recipient_cannot_write_in_the_senders_name_to_another_recipient(box_altered: bool) -> None:
    """Bob knows the payload key, and his own MAC key; carol's takes the sender's secret or hers."""
    packet = support.seal_chunk(SEALER, 0, TEXT, final=True)
    final, (bobs, carols), box = support.unpack(packet)
    if box_altered:
        box = secretbox.seal(b"Forged.", b"saltpack_ploadsb" + bytes(8), KEYS.payload_key)
    else:
        carols = bobs
    forged = HEADER + support.pack([final, [bobs, carols], box])
    assert isinstance(released(forged, READERS["carol"])[2], ForgedError)


# Shapes


@pytest.mark.parametrize(
    "change",
    [
        lambda packet: packet[:2],
        lambda packet: [packet[0], packet[1][:1], packet[2]],
        lambda packet: [packet[0], [], packet[2]],
        lambda packet: [packet[0], [*packet[1], bytes(32)], packet[2]],
        lambda packet: [packet[0], [packet[1][0][:31], packet[1][1]], packet[2]],
        lambda packet: [packet[0], [packet[1][0] + b"\0", packet[1][1]], packet[2]],
        lambda packet: [packet[0], [packet[1][1], packet[1][0]], packet[2]],
        lambda packet: [packet[0], packet[1], b""],
        lambda packet: [packet[0], packet[1], bytes(15)],
        lambda packet: [None, packet[1], packet[2]],
        lambda packet: [packet[1], packet[0], packet[2]],
    ],
    ids=[
        "too few fields",
        "an authenticator missing",
        "no authenticators",
        "an authenticator too many",
        "an authenticator too short",
        "an authenticator too long",
        "authenticators exchanged",
        "an empty box",
        "a box too short",
        "no flag",
        "fields exchanged",
    ],
)
def test_a_packet_of_another_shape_is_refused(change: Callable[[list[Any]], list[Any]]) -> None:
    packet = support.unpack(support.seal_chunk(SEALER, 0, TEXT, final=True))
    assert isinstance(released(HEADER + support.pack(change(packet)), READERS["bob"])[2], DamagedError)


def test_surplus_fields_of_a_packet_are_ignored() -> None:
    packet = support.unpack(support.seal_chunk(SEALER, 0, TEXT, final=True))
    message = HEADER + support.pack([*packet, None, ["surplus"]])
    assert released(message, READERS["bob"]) == ([TEXT], ALICE.public_key, None)


def with_payload_key(payload_key: bytes) -> bytes:
    box = KEYS.ephemeral.shared_with(BOB.public_key).box(payload_key, b"saltpack_recipsb" + bytes(8))
    return support.with_header(MESSAGE, lambda fields: fields[5][0].__setitem__(1, box))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_payload_key_of_another_length_is_damage(length: int) -> None:
    assert isinstance(released(with_payload_key(bytes(length)), READERS["bob"])[2], DamagedError)


def test_another_payload_key_does_not_open_the_sender() -> None:
    assert isinstance(released(with_payload_key(bytes(32)), READERS["bob"])[2], DamagedError)


# Version 1, which is read


def sealed_in_version_1(chunks: list[bytes], hidden: bool) -> bytes:
    """`specs/saltpack_encryption_v1.md`, word for word: no final flag, an empty chunk is the end."""
    payload_key = KEYS.payload_key.reveal()
    header, header_hash = header_packet(
        [
            "saltpack",
            [1, 0],
            0,
            KEYS.ephemeral.public_key.value,
            secretbox.seal(ALICE.public_key.value, b"saltpack_sender_key_sbox", KEYS.payload_key),
            [
                [
                    None if hidden else recipient.value,
                    KEYS.ephemeral.shared_with(recipient).box(payload_key, b"saltpack_payload_key_box"),
                ]
                for recipient in TO_BOB_AND_CAROL
            ],
        ]
    )
    mac_keys = [
        ALICE.shared_with(recipient).box(bytes(32), header_hash[:24])[-32:] for recipient in TO_BOB_AND_CAROL
    ]
    packets = []
    for number, chunk in enumerate(chunks):
        nonce = b"saltpack_ploadsb" + number.to_bytes(8, "big")
        box = secretbox.seal(chunk, nonce, SecretBytes(payload_key))
        covered = sha512(header_hash + nonce + box)
        packets.append(support.pack([[hmac_sha512_256(key, covered) for key in mac_keys], box]))
    return header + b"".join(packets)


@hidden_or_not
@each_reader
@pytest.mark.parametrize("chunks", [[b""], [TEXT, b""], [*CHUNKS, b""]], ids=["empty", "one chunk", "three"])
def test_a_message_of_version_1_opens(reader: KnownKeys, chunks: list[bytes], hidden: bool) -> None:
    assert released(sealed_in_version_1(chunks, hidden), reader) == (chunks, ALICE.public_key, None)


@pytest.mark.parametrize(
    "chunks", [[], [TEXT], CHUNKS, [TEXT, b"", TEXT], [b"", b""]], ids=["0", "1", "3", "middle", "twice"]
)
def test_a_message_of_version_1_ends_with_its_one_empty_chunk(chunks: list[bytes]) -> None:
    error = released(sealed_in_version_1(chunks, hidden=True), READERS["bob"])[2]
    assert isinstance(error, DamagedError)


def test_a_message_of_version_1_without_its_end_is_named_as_cut_off() -> None:
    error = released(sealed_in_version_1([TEXT], hidden=True), READERS["bob"])[2]
    assert isinstance(error, TruncatedError)


def test_invariant_3_every_flipped_bit_of_a_message_of_version_1_is_refused_or_changes_nothing() -> None:
    """Authenticators of the other recipient are not bob's to judge: 32 bytes in each of two packets."""
    message = sealed_in_version_1([TEXT, b""], hidden=True)
    unnoticed = [
        altered for _bit, altered in damage.flipped_bits(message) if not refused(altered, READERS["bob"])
    ]
    assert len(unnoticed) == 2 * 8 * 32
    assert {b"".join(released(altered, READERS["bob"])[0]) for altered in unnoticed} == {TEXT}
