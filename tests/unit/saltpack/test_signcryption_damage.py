"""Invariants 1, 3 and 4: whatever is done to a signcrypted message, its readers refuse it.

Two messages are taken apart: a small one with a hybrid recipient, an X25519 recipient and metadata, of which
every bit is flipped and every length cut; and one of three packets, which are moved about.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given

from e2ecli.errors import DamagedError, E2EError, NotForYouError, TruncatedError
from e2ecli.primitives import secretbox
from e2ecli.primitives.ed25519 import SignatureInvalidError
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import X25519SecretKey
from e2ecli.saltpack import constants, signcryption
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import PayloadCipher, RecipientKey, SigncryptionSealer
from tests.unit.saltpack import damage, sources, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.support import KnownKeys

ALICE = support.signing_key("alice")
MALLORY = support.signing_key("mallory")
READERS = {"hybrid": support.hybrid_reader("bob"), "x25519": support.x25519_reader("carol")}

RECIPIENTS: list[RecipientKey] = [support.hybrid_recipient("bob"), support.x25519_recipient("carol")]
METADATA = encode_metadata(Metadata(sent=1_764_000_000, name="tea.txt"))

PLAINTEXT = b"Meet me at the tea party."
MESSAGE = support.seal(PLAINTEXT, RECIPIENTS, signer=ALICE, keys=support.message_keys(), metadata=METADATA)

each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def refused(message: bytes, reader: KnownKeys) -> bool:
    """Whether opening ends in one of the two errors that a damaged message may end in; others are raised."""
    try:
        support.open_message(message, reader)
    except (DamagedError, NotForYouError):
        return True
    return False


@each_reader
def test_the_message_opens_for_each_reader_as_long_as_nothing_is_done_to_it(reader: KnownKeys) -> None:
    opened = support.open_message(MESSAGE, reader)
    assert (opened.plaintext, opened.sender, opened.metadata) == (PLAINTEXT, ALICE.public_key, METADATA)


@each_reader
def test_invariant_3_every_single_flipped_bit_is_refused(reader: KnownKeys) -> None:
    assert [bit for bit, message in damage.flipped_bits(MESSAGE) if not refused(message, reader)] == []


@each_reader
def test_invariant_3_every_truncation_is_refused(reader: KnownKeys) -> None:
    assert [length for length in range(len(MESSAGE)) if not refused(MESSAGE[:length], reader)] == []


@each_reader
@pytest.mark.parametrize(
    "addition",
    [b"\0", b"\xc0", b"\x90", b"\xc3", b"\xff", MESSAGE, support.split_header(MESSAGE)[1], MESSAGE[:1]],
    ids=["a zero", "nil", "a list", "true", "-1", "the message again", "the packet again", "a broken head"],
)
def test_invariant_3_anything_after_the_end_is_refused(reader: KnownKeys, addition: bytes) -> None:
    assert refused(MESSAGE + addition, reader)


@given(changes=damage.edits(len(MESSAGE)))
@support.parsing
def test_invariant_3_whatever_is_done_to_a_message_it_opens_to_what_was_sent_or_not_at_all(
    changes: list[Edit],
) -> None:
    """The specification lets surplus fields pass, so an edit may go unnoticed; it may not change anything."""
    message = damage.edited(MESSAGE, changes)
    try:
        opened = support.open_message(message, READERS["x25519"])
    except (DamagedError, NotForYouError):
        return
    assert (opened.plaintext, opened.sender, opened.metadata) == (PLAINTEXT, ALICE.public_key, METADATA)


# Headers


def swap_recipients(fields: list[Any]) -> None:
    fields[5].reverse()


def set_field(number: int, value: object) -> Callable[[list[Any]], object]:
    return lambda fields: fields.__setitem__(number, value)


HEADER_CHANGES: dict[str, Callable[[list[Any]], object]] = {
    "another minor version": set_field(1, [2, 1]),
    "another ephemeral key": set_field(3, support.x25519_key("mallory").public_key.value),
    "an ephemeral key of low order": set_field(3, bytes(32)),
    "another sender secretbox": set_field(4, bytes(48)),
    "the recipients in another order": swap_recipients,
    "the first recipient left out": lambda fields: fields[5].pop(0),
    "the last recipient left out": lambda fields: fields[5].pop(),
    "no recipients": set_field(5, []),
    "a recipient more": lambda fields: fields[5].append([bytes(32), bytes(48)]),
    "a recipient twice": lambda fields: fields[5].append(fields[5][0]),
    "payload key boxes exchanged": lambda fields: fields.__setitem__(
        5, [[fields[5][0][0], fields[5][1][1]], [fields[5][1][0], fields[5][0][1]]]
    ),
    "a surplus field in a recipient pair": lambda fields: fields[5][0].append(b""),
    "the metadata left out": lambda fields: fields.pop(),
    "other metadata": set_field(6, bytes(64)),
    "a surplus field": lambda fields: fields.append(None),
}


@each_reader
@pytest.mark.parametrize("change", HEADER_CHANGES.values(), ids=HEADER_CHANGES)
def test_invariant_3_any_change_of_the_header_is_refused(
    reader: KnownKeys, change: Callable[[list[Any]], object]
) -> None:
    assert refused(support.with_header(MESSAGE, change), reader)


@each_reader
def test_invariant_3_the_same_header_encoded_otherwise_is_refused(reader: KnownKeys) -> None:
    """The header hash is over the bytes, not over what they mean."""
    encoded, packets = support.split_header(MESSAGE)
    assert refused(support.twice_encoded(support.widest(support.unpack(encoded))) + packets, reader)


@each_reader
def test_invariant_3_packets_under_the_header_of_another_message_are_refused(reader: KnownKeys) -> None:
    """Same sender, same readers, even the same payload key: the header differs in its recipients' order."""
    other = support.seal(
        PLAINTEXT, RECIPIENTS[::-1], signer=ALICE, keys=support.message_keys(), metadata=METADATA
    )
    header = other.removesuffix(support.split_header(other)[1])
    assert refused(header + support.split_header(MESSAGE)[1], reader)


# Packets

CHUNKS = [b"the first chunk, ", b"the second, ", b"and the last"]


def packets_of(
    name: str, chunks: Sequence[bytes] = CHUNKS, metadata: bytes | None = None
) -> tuple[bytes, list[bytes]]:
    header, sealer = signcryption.seal_header(
        ALICE, [support.x25519_recipient("carol")], support.message_keys(name), metadata
    )
    return header, support.seal_chunks(sealer, chunks)


HEADER, PACKETS = packets_of("three packets")
CAROL = READERS["x25519"]

ANOTHER_MESSAGE = packets_of("another message")[1]
SAME_KEYS_OTHER_HEADER = packets_of("three packets", metadata=METADATA)[1]


def flag_changed(packet: bytes) -> bytes:
    return packet[:-1] + (b"\xc2" if packet[-1:] == b"\xc3" else b"\xc3")


def exchanged(first: int, second: int) -> list[bytes]:
    packets = PACKETS.copy()
    packets[first], packets[second] = packets[second], packets[first]
    return packets


def replaced(number: int, packet: bytes) -> list[bytes]:
    return [*PACKETS[:number], packet, *PACKETS[number + 1 :]]


PACKET_CHANGES: dict[str, list[bytes]] = {
    **{f"packet {n} dropped": PACKETS[:n] + PACKETS[n + 1 :] for n in range(3)},
    **{f"packet {n} doubled": PACKETS[: n + 1] + PACKETS[n:] for n in range(3)},
    **{f"packets {a} and {b} exchanged": exchanged(a, b) for a, b in combinations(range(3), 2)},
    **{f"packet {n} spliced from another message": replaced(n, ANOTHER_MESSAGE[n]) for n in range(3)},
    **{f"packet {n} spliced from another header": replaced(n, SAME_KEYS_OTHER_HEADER[n]) for n in range(3)},
    **{f"packet {n} with the other flag": replaced(n, flag_changed(PACKETS[n])) for n in range(3)},
    "all flags final": [flag_changed(PACKETS[0]), flag_changed(PACKETS[1]), PACKETS[2]],
    "cut after the first, its flag made final": [flag_changed(PACKETS[0])],
    "no packets at all": [],
    "another message's packets": ANOTHER_MESSAGE,
}


def test_three_packets_open_as_they_were_sealed() -> None:
    assert support.open_message(HEADER + b"".join(PACKETS), CAROL).plaintext == b"".join(CHUNKS)


@pytest.mark.parametrize("packets", PACKET_CHANGES.values(), ids=PACKET_CHANGES)
def test_invariant_3_packets_that_are_moved_are_refused(packets: list[bytes]) -> None:
    assert refused(HEADER + b"".join(packets), CAROL)


@pytest.mark.parametrize("packets", PACKET_CHANGES.values(), ids=PACKET_CHANGES)
def test_invariant_1_only_chunks_that_are_right_so_far_come_out_before_the_error(
    packets: list[bytes],
) -> None:
    released, error = support.released_before_error(HEADER + b"".join(packets), CAROL)
    assert isinstance(error, DamagedError)
    assert released == CHUNKS[: len(released)]
    assert len(released) < len(CHUNKS)


@pytest.mark.parametrize("number", range(3))
def test_invariant_1_everything_before_an_altered_packet_comes_out_and_nothing_of_it(number: int) -> None:
    altered = bytearray(PACKETS[number])
    altered[-2] ^= 1
    released, error = support.released_before_error(
        HEADER + b"".join(replaced(number, bytes(altered))), CAROL
    )
    assert released == CHUNKS[:number]
    assert isinstance(error, BoxOpenError)


@pytest.mark.parametrize("number", range(3))
def test_invariant_1_a_packet_whose_signature_is_wrong_does_not_come_out(number: int) -> None:
    """It decrypts: only the signature tells it from an honest one."""
    forger = SigncryptionSealer(cipher_of(HEADER, support.message_keys("three packets")), MALLORY)
    forged = support.seal_chunks(forger, CHUNKS)[number]
    released, error = support.released_before_error(HEADER + b"".join(replaced(number, forged)), CAROL)
    assert released == CHUNKS[:number]
    assert isinstance(error, SignatureInvalidError)


def test_a_message_without_its_last_packet_is_named_as_cut_off() -> None:
    with pytest.raises(TruncatedError):
        support.open_message(HEADER + b"".join(PACKETS[:2]), CAROL)


# Empty chunks


def test_an_empty_message_is_one_empty_final_packet() -> None:
    header, packets = packets_of("empty", [b""])
    assert support.open_message(header + b"".join(packets), CAROL).plaintext == b""


@pytest.mark.parametrize(
    "chunks",
    [[b"", b"data"], [b"data", b""], [b"data", b"", b"data"], [b"", b""]],
    ids=["first", "final after data", "in the middle", "twice"],
)
def test_an_empty_chunk_anywhere_else_is_refused(chunks: list[bytes]) -> None:
    header, packets = packets_of("empty chunks", chunks)
    with pytest.raises(DamagedError):
        support.open_message(header + b"".join(packets), CAROL)


def test_a_message_without_packets_is_refused_even_where_it_would_be_empty() -> None:
    """As the npm library writes an empty message."""
    with pytest.raises(TruncatedError):
        support.open_message(packets_of("empty", [b""])[0], CAROL)


# Recipients as attackers (invariant 4)

BOB_AND_CAROL = [support.x25519_recipient("bob"), support.x25519_recipient("carol")]
BOB = support.x25519_reader("bob")


def cipher_of(header_packet: bytes, keys: MessageKeys) -> PayloadCipher:
    """What a recipient of a message knows: its payload key, and its header's hash."""
    header = support.read_encryption_header(sources.stream(header_packet))
    return PayloadCipher(keys.payload_key, header.header_hash)


def payload_key_as_bob_learns_it(message: bytes) -> SecretBytes:
    header = support.read_encryption_header(sources.stream(message))
    return signcryption.open_header(header, BOB).payload.cipher.payload_key


def header_naming_alice(payload_key: SecretBytes) -> bytes:
    """A header for carol that a recipient makes: it names alice as the sender, as the original does."""
    alice_in_name_only = support.NameOnly(ALICE.public_key)
    keys = MessageKeys(X25519SecretKey.generate(), payload_key)
    return signcryption.seal_header(alice_in_name_only, [support.x25519_recipient("carol")], keys)[0]


def test_invariant_4_a_recipient_cannot_put_a_new_header_before_the_packets() -> None:
    to_bob = support.seal(PLAINTEXT, [support.x25519_recipient("bob")], signer=ALICE)
    header = header_naming_alice(payload_key_as_bob_learns_it(to_bob))
    with pytest.raises(BoxOpenError):
        support.open_message(header + support.split_header(to_bob)[1], CAROL)


def test_invariant_4_a_recipient_cannot_encrypt_the_signed_chunk_anew_for_another() -> None:
    to_bob = support.seal(PLAINTEXT, [support.x25519_recipient("bob")], signer=ALICE)
    payload_key = payload_key_as_bob_learns_it(to_bob)
    original = PayloadCipher(payload_key, support.read_encryption_header(sources.stream(to_bob)).header_hash)
    [(box, _final)] = support.unpack_all(support.split_header(to_bob)[1])
    signed_chunk = secretbox.open_box(box, original.packet_nonce(0, final=True), payload_key)

    header = header_naming_alice(payload_key)
    readdressed = cipher_of(header, MessageKeys(X25519SecretKey.generate(), payload_key))
    new_box = secretbox.seal(signed_chunk, readdressed.packet_nonce(0, final=True), payload_key)
    with pytest.raises(SignatureInvalidError):
        support.open_message(header + support.pack([new_box, True]), CAROL)


@pytest.mark.parametrize(
    "signer",
    [MALLORY, support.NameOnly(ALICE.public_key), support.NameOnly(ALICE.public_key, b"\1" * 64)],
    ids=["signed by the forger", "an all-zero signature", "a made-up signature"],
)
def test_invariant_4_a_recipient_cannot_write_in_the_senders_name_to_the_other_recipients(
    signer: Signer,
) -> None:
    keys = support.message_keys("to bob and carol")
    header, _ = signcryption.seal_header(ALICE, BOB_AND_CAROL, keys)
    forged = support.seal_chunk(
        SigncryptionSealer(cipher_of(header, keys), signer), 0, b"Forged.", final=True
    )
    with pytest.raises(SignatureInvalidError):
        support.open_message(header + forged, CAROL)


def test_invariant_4_a_recipient_who_takes_the_name_off_makes_an_anonymous_message_of_it() -> None:
    """Which nobody takes for the sender's: the result has no sender."""
    keys = support.message_keys("to bob and carol")
    without_name, sealer = signcryption.seal_header(None, BOB_AND_CAROL, keys)
    forged = without_name + support.seal_chunk(sealer, 0, b"Forged.", final=True)
    assert support.open_message(forged, CAROL).sender is None


def test_invariant_4_a_message_of_an_anonymous_sender_does_not_pass_as_somebodys() -> None:
    keys = support.message_keys("anonymous")
    message = support.seal(PLAINTEXT, BOB_AND_CAROL, signer=None, keys=keys)
    named = secretbox.seal(ALICE.public_key.value, constants.SENDER_KEY_NONCE, keys.payload_key)
    with pytest.raises(E2EError):
        support.open_message(support.with_header(message, set_field(4, named)), CAROL)
