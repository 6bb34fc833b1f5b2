"""Signcryption's header and packets: who can read a message, and what a reader learns."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, NotForYouError
from e2ecli.primitives import secretbox
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import X25519KeyError, X25519PublicKey
from e2ecli.saltpack import constants, signcryption
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import RecipientKey, SymmetricRecipient, X25519Recipient
from tests.unit.saltpack import support
from tests.unit.saltpack.support import KnownKeys

ALICE = support.signing_key("alice")
PLAINTEXT = b"Down, down, down."
KEYS = support.message_keys()

GROUP_KEY = support.seeded("the group's key")
GROUP = SymmetricRecipient(b"the group's identifier", GROUP_KEY)
GROUP_READER = KnownKeys(symmetric={GROUP.identifier: GROUP_KEY})

EVERYBODY: list[RecipientKey] = [
    support.x25519_recipient("bob"),
    support.hybrid_recipient("carol"),
    GROUP,
    support.x25519_recipient("dave"),
    support.hybrid_recipient("erin"),
]
READERS = [
    support.x25519_reader("bob"),
    support.hybrid_reader("carol"),
    GROUP_READER,
    support.x25519_reader("dave"),
    support.hybrid_reader("erin"),
]


def sealed(recipients: Sequence[RecipientKey], metadata: bytes | None = None) -> bytes:
    return support.seal(PLAINTEXT, recipients, signer=ALICE, keys=KEYS, metadata=metadata)


def fields_of(message: bytes) -> list[Any]:
    fields: list[Any] = support.unpack(support.split_header(message)[0])
    return fields


# Readers


@pytest.mark.parametrize("position", range(5))
def test_every_recipient_reads_the_message_whatever_their_kind_and_place(position: int) -> None:
    opened = support.open_message(sealed(EVERYBODY), READERS[position])
    assert (opened.plaintext, opened.sender) == (PLAINTEXT, ALICE.public_key)
    assert opened.recipient_index == position


@pytest.mark.parametrize(
    "reader",
    [
        support.x25519_reader("mallory"),
        support.hybrid_reader("mallory"),
        KnownKeys(symmetric={b"another group's identifier": GROUP_KEY}),
        KnownKeys(),
    ],
    ids=["x25519", "hybrid", "symmetric", "no keys at all"],
)
def test_nobody_else_reads_it(reader: KnownKeys) -> None:
    with pytest.raises(NotForYouError):
        support.open_message(sealed(EVERYBODY), reader)


def test_a_message_for_nobody_is_for_nobody() -> None:
    with pytest.raises(NotForYouError):
        support.open_message(sealed([]), READERS[0])


def test_a_reader_with_many_keys_finds_the_one_that_fits() -> None:
    reader = KnownKeys(x25519=[support.x25519_key(name) for name in ("mallory", "oscar", "dave")])
    assert support.open_message(sealed(EVERYBODY), reader).recipient_index == 3


def test_a_recipient_who_stands_there_twice_reads_the_message() -> None:
    message = sealed([support.x25519_recipient("bob"), support.x25519_recipient("bob")])
    assert support.open_message(message, READERS[0]).recipient_index == 0


def test_where_two_entries_have_the_same_identifier_each_is_tried() -> None:
    """Anybody can put an entry with the group's identifier before the group's own."""
    decoy = SymmetricRecipient(GROUP.identifier, support.seeded("another key"))
    assert support.open_message(sealed([decoy, GROUP]), GROUP_READER).recipient_index == 1


def test_where_an_entry_is_for_the_reader_and_its_box_is_not_the_message_is_damaged() -> None:
    decoy = SymmetricRecipient(GROUP.identifier, support.seeded("another key"))
    with pytest.raises(BoxOpenError):
        support.open_message(sealed([decoy]), GROUP_READER)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 47, 49, 1000])
def test_a_payload_key_box_of_another_length_is_damage(length: int) -> None:
    message = support.with_header(sealed([GROUP]), lambda fields: fields[5][0].__setitem__(1, bytes(length)))
    with pytest.raises(DamagedError):
        support.open_message(message, GROUP_READER)


def test_a_symmetric_recipients_payload_key_box_is_made_by_the_steps_of_the_specification() -> None:
    box = support.box_for_symmetric_recipient(KEYS.payload_key.reveal(), GROUP_KEY, KEYS, index=0)
    assert fields_of(sealed([GROUP]))[5] == [[GROUP.identifier, box]]


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_payload_key_of_another_length_is_damage(length: int) -> None:
    """Whoever seals a message can put anything into the box, and authenticate it."""
    box = support.box_for_symmetric_recipient(bytes(length), GROUP_KEY, KEYS, index=0)
    message = support.with_header(sealed([GROUP]), lambda fields: fields[5][0].__setitem__(1, box))
    with pytest.raises(DamagedError):
        support.open_message(message, GROUP_READER)


@pytest.mark.parametrize("length", [1169, 2000, 100_000])
def test_a_longer_identifier_than_is_used_is_nobodys(length: int) -> None:
    identifier = bytes(length)
    reader = KnownKeys(symmetric={identifier: GROUP_KEY})
    with pytest.raises(NotForYouError):
        support.open_message(sealed([SymmetricRecipient(identifier, GROUP_KEY)]), reader)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 1167, 1168])
def test_an_identifier_is_whatever_the_application_likes(length: int) -> None:
    identifier = bytes(length)
    reader = KnownKeys(symmetric={identifier: GROUP_KEY})
    message = sealed([SymmetricRecipient(identifier, GROUP_KEY)])
    assert support.open_message(message, reader).plaintext == PLAINTEXT


def test_a_longer_identifier_does_not_keep_the_others_from_reading() -> None:
    message = sealed([SymmetricRecipient(bytes(5000), GROUP_KEY), support.x25519_recipient("bob")])
    assert support.open_message(message, READERS[0]).recipient_index == 1


def test_a_hidden_recipient_without_an_identifier_is_passed_over() -> None:
    header, sealer = support.header_of(
        ALICE,
        [GROUP, support.x25519_recipient("bob")],
        KEYS,
        lambda fields: fields[5][0].__setitem__(0, None),
    )
    message = header + support.sealed_packets(PLAINTEXT, sealer)
    assert support.open_message(message, READERS[0]).recipient_index == 1


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31)])
def test_an_ephemeral_key_of_low_order_is_damage(point: bytes) -> None:
    message = support.with_header(sealed(EVERYBODY), lambda fields: fields.__setitem__(3, point))
    with pytest.raises(X25519KeyError):
        support.open_message(message, READERS[0])


def test_nothing_is_sealed_to_a_public_key_of_low_order() -> None:
    with pytest.raises(X25519KeyError):
        sealed([X25519Recipient(X25519PublicKey(bytes(32)))])


# Senders


def test_an_anonymous_message_has_no_sender() -> None:
    message = support.seal(PLAINTEXT, [support.x25519_recipient("bob")], signer=None)
    opened = support.open_message(message, READERS[0])
    assert (opened.plaintext, opened.sender) == (PLAINTEXT, None)


def test_an_anonymous_message_has_an_all_zero_signature() -> None:
    keys = support.message_keys("anonymous")
    header, sealer = signcryption.seal_header(None, [GROUP], keys)
    packet = support.seal_chunk(sealer, 0, PLAINTEXT, final=True)
    [(box, _final)] = support.unpack_all(packet)
    assert header
    signed = secretbox.open_box(box, sealer.cipher.packet_nonce(0, final=True), keys.payload_key)
    assert signed == bytes(64) + PLAINTEXT


@pytest.mark.parametrize("sender", [b"\x02" + bytes(31), b"\xff" * 32], ids=["no point", "all ones"])
def test_a_sender_key_that_is_no_key_verifies_nothing(sender: bytes) -> None:
    box = secretbox.seal(sender, constants.SENDER_KEY_NONCE, KEYS.payload_key)
    header, sealer = support.header_of(ALICE, [GROUP], KEYS, lambda fields: fields.__setitem__(4, box))
    with pytest.raises(DamagedError):
        support.open_message(header + support.sealed_packets(PLAINTEXT, sealer), GROUP_READER)


def test_a_sender_secretbox_that_does_not_open_is_damage() -> None:
    header, sealer = support.header_of(ALICE, [GROUP], KEYS, lambda fields: fields.__setitem__(4, bytes(48)))
    with pytest.raises(BoxOpenError):
        support.open_message(header + support.sealed_packets(PLAINTEXT, sealer), GROUP_READER)


# Payload packets


@pytest.mark.parametrize("signer", [ALICE, None], ids=["signed", "anonymous"])
@pytest.mark.parametrize("length", [0, 15, 16, 79])
def test_a_packet_too_short_for_a_signature_is_damage(length: int, signer: Signer | None) -> None:
    """79 bytes are a box of 63: it opens, and holds no whole signature, not even one that nobody checks."""
    header, sealer = signcryption.seal_header(signer, [GROUP], KEYS)
    nonce = sealer.cipher.packet_nonce(0, final=True)
    box = secretbox.seal(bytes(max(length - 16, 0)), nonce, KEYS.payload_key)[:length]
    with pytest.raises(DamagedError):
        support.open_message(header + support.pack([box, True]), GROUP_READER)


def test_a_chunk_of_more_than_1_mib_is_refused() -> None:
    header, sealer = signcryption.seal_header(ALICE, [GROUP], KEYS)
    packet = support.seal_chunk(sealer, 0, bytes(limits.CHUNK_BYTES + 1), final=True)
    with pytest.raises(DamagedError):
        support.open_message(header + packet, GROUP_READER)


@pytest.mark.parametrize("fields", [[], [b"\0" * 80], [True], [True, b"\0" * 80]])
def test_a_packet_of_another_shape_is_refused(fields: list[object]) -> None:
    header, _ = signcryption.seal_header(ALICE, [GROUP], KEYS)
    with pytest.raises(DamagedError):
        support.open_message(header + support.pack(fields), GROUP_READER)


@pytest.mark.parametrize("flag", [None, 0, 1, b"\1", "true", [True]])
def test_a_final_flag_that_is_no_boolean_is_refused(flag: object) -> None:
    header, sealer = signcryption.seal_header(ALICE, [GROUP], KEYS)
    [(box, _final)] = support.unpack_all(support.seal_chunk(sealer, 0, PLAINTEXT, final=True))
    with pytest.raises(DamagedError):
        support.open_message(header + support.pack([box, flag]), GROUP_READER)


def test_a_packet_nonce_is_that_of_the_specification() -> None:
    """16 bytes of the header hash, whose last bit is the final flag, then the packet's number."""
    cipher = signcryption.PayloadCipher(KEYS.payload_key, bytes(range(64)))
    assert cipher.packet_nonce(258, final=False) == bytes(range(15)) + b"\x0e" + b"\0\0\0\0\0\0\1\2"
    assert cipher.packet_nonce(258, final=True) == bytes(range(15)) + b"\x0f" + b"\0\0\0\0\0\0\1\2"


# What stands in the header


def test_a_plain_message_is_saltpack_to_the_letter() -> None:
    """Six fields, 32-byte identifiers, the shortest encodings (section 2.1 of the design)."""
    message = sealed([support.x25519_recipient("bob"), support.x25519_recipient("carol")])
    encoded, _ = support.split_header(message)
    fields = support.unpack(encoded)
    assert fields[:3] == ["saltpack", [2, 0], 3]
    assert [len(field) for field in fields[3:]] == [32, 48, 2]
    assert [[len(part) for part in pair] for pair in fields[5]] == [[32, 48], [32, 48]]
    assert encoded == support.pack(fields)


def test_metadata_is_a_seventh_field() -> None:
    assert len(fields_of(sealed(EVERYBODY, b"metadata"))) == 7


def test_invariant_5_neither_sender_nor_recipients_show_in_a_message() -> None:
    message = sealed(EVERYBODY, encode_metadata(Metadata(name="a name that nobody may read")))
    public_keys = [
        ALICE.public_key.value,
        *(support.x25519_key(name).public_key.value for name in ("bob", "dave")),
        *(support.hybrid_key(name).public_bytes[:32] for name in ("carol", "erin")),
        *(support.hybrid_key(name).public_bytes[-32:] for name in ("carol", "erin")),
        b"nobody may read",
    ]
    assert [key for key in public_keys if key in message] == []


def test_invariant_5_a_recipients_identifiers_differ_from_message_to_message() -> None:
    bob = support.x25519_recipient("bob")
    identifiers = {fields_of(support.seal(PLAINTEXT, [bob], signer=ALICE))[5][0][0] for _message in range(20)}
    assert len(identifiers) == 20


def test_fresh_message_keys_differ() -> None:
    first, second = MessageKeys.generate(), MessageKeys.generate()
    assert first.payload_key != second.payload_key
    assert first.ephemeral.secret != second.ephemeral.secret


# Metadata


@given(metadata=st.binary(max_size=limits.METADATA_BYTES - secretbox.MAC_BYTES))
@support.streaming
def test_every_reader_gets_the_metadata_as_it_was_sealed(metadata: bytes) -> None:
    message = support.seal(b"", [GROUP], signer=ALICE, keys=KEYS, metadata=metadata)
    assert support.open_message(message, GROUP_READER).metadata == metadata


def test_a_message_without_metadata_has_none() -> None:
    assert support.open_message(sealed([GROUP]), GROUP_READER).metadata is None


def test_metadata_that_is_too_long_is_refused_and_never_taken_for_none() -> None:
    """Or a roster with enough of it would open as a message."""
    longest = bytes(limits.METADATA_BYTES - secretbox.MAC_BYTES)
    assert support.open_message(sealed([GROUP], longest), GROUP_READER).metadata == longest
    with pytest.raises(DamagedError, match="metadata is longer"):
        support.open_message(sealed([GROUP], longest + b"\0"), GROUP_READER)


@pytest.mark.parametrize("field", [bytes(40), b"", b"short", 7, "text", None, [], {}, [["deep"]]], ids=repr)
def test_the_seventh_field_of_another_application_is_ignored(field: object) -> None:
    header, sealer = support.header_of(ALICE, [GROUP], KEYS, lambda fields: fields.append(field))
    opened = support.open_message(header + support.sealed_packets(PLAINTEXT, sealer), GROUP_READER)
    assert (opened.plaintext, opened.metadata) == (PLAINTEXT, None)
