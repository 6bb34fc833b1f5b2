"""Header packets: what is read, what is refused, and that nothing else can happen."""

from typing import Any

import pytest

from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import (
    EncryptionHeader,
    Header,
    Recipient,
    SignatureHeader,
    header_packet,
    parse_header,
    read_header,
)
from tests.unit.saltpack import sources, support
from tests.unit.saltpack.support import pack

KEY, SENDER_BOX, IDENTIFIER, KEY_BOX, NONCE = (
    bytes([number]) * length for number, length in enumerate((32, 48, 32, 48, 32), start=1)
)
METADATA = b"metadata box"


def sealed(**changes: object) -> list[Any]:
    """The fields of a signcryption header, some of them changed; `surplus` is a list of more."""
    fields = {
        "format": "saltpack",
        "version": [2, 0],
        "mode": 3,
        "ephemeral": KEY,
        "sender": SENDER_BOX,
        "recipients": [[IDENTIFIER, KEY_BOX]],
        "surplus": [],
    }
    *listed, surplus = (fields | changes).values()
    return [*listed, *surplus]  # type: ignore[misc]


def signed(**changes: object) -> list[Any]:
    """The fields of a signature header, some of them changed; `surplus` is a list of more."""
    fields = {
        "format": "saltpack",
        "version": [2, 0],
        "mode": 1,
        "sender": KEY,
        "nonce": NONCE,
        "surplus": [],
    }
    *listed, surplus = (fields | changes).values()
    return [*listed, *surplus]  # type: ignore[misc]


def parse(fields: list[Any]) -> Header:
    return parse_header(pack(fields))


def read(data: bytes) -> Header:
    return read_header(sources.stream(data))


# What is read


def test_a_signcryption_header_is_read_field_by_field() -> None:
    fields = sealed(surplus=[METADATA])
    assert parse(fields) == EncryptionHeader(
        version=(2, 0),
        mode=Mode.SIGNCRYPTION,
        ephemeral_public_key=X25519PublicKey(KEY),
        sender_secretbox=SENDER_BOX,
        recipients=(Recipient(IDENTIFIER, KEY_BOX),),
        metadata_secretbox=METADATA,
        header_hash=sha512(pack(fields)),
    )


def test_a_signature_header_is_read_field_by_field() -> None:
    fields = signed(surplus=["a purpose"])
    assert parse(fields) == SignatureHeader(
        version=(2, 0),
        mode=Mode.ATTACHED,
        sender_public_key=SigningPublicKey(KEY),
        nonce=NONCE,
        purpose="a purpose",
        header_hash=sha512(pack(fields)),
    )


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        (sealed(mode=0), Mode.ENCRYPTION),
        (signed(mode=1), Mode.ATTACHED),
        (signed(mode=2), Mode.DETACHED),
        (sealed(mode=3), Mode.SIGNCRYPTION),
    ],
)
def test_each_mode_is_told(fields: list[Any], mode: Mode) -> None:
    assert parse(fields).mode is mode


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        (Mode.SIGNCRYPTION, "signcryption"),
        (Mode.ENCRYPTION, "encryption"),
        (Mode.ATTACHED, "attached"),
        (Mode.DETACHED, "detached"),
    ],
)
def test_each_mode_has_its_word(mode: Mode, word: str) -> None:
    assert mode.word == word


def test_a_header_packet_is_twice_encoded() -> None:
    packet, header_hash = header_packet(sealed())
    encoded = pack(sealed())
    assert packet == pack(encoded)
    assert header_hash == sha512(encoded)
    assert read(packet).header_hash == header_hash


def test_the_header_hash_is_over_the_bytes_as_received() -> None:
    encoded = support.widest(sealed())
    assert parse_header(encoded).header_hash == sha512(encoded) != sha512(pack(sealed()))


@pytest.mark.parametrize(
    "fields", [sealed(), sealed(surplus=[METADATA]), signed(), signed(surplus=["purpose"])]
)
def test_encodings_that_are_not_the_shortest_are_read(fields: list[Any]) -> None:
    widely, shortly = parse_header(support.widest(fields)), parse(fields)
    assert widely[:-1] == shortly[:-1]


def test_a_message_under_a_header_in_other_encodings_opens() -> None:
    alice, keys = support.signing_key("alice"), support.message_keys()
    packet, _sealer = support.header_of(alice, [support.x25519_recipient("bob")], keys, lambda _fields: None)
    encoded, _packets = support.split_header(packet)
    wide_packet = support.widest(support.widest(support.unpack(encoded)))
    _packet, sealer = support.resealed_header(wide_packet, alice, keys)
    [(box, final)] = support.unpack_all(support.seal_chunk(sealer, 0, b"text", final=True))
    wide_message = wide_packet + support.widest([box, final])
    assert support.open_message(wide_message, support.x25519_reader("bob")).plaintext == b"text"


@pytest.mark.parametrize("version", [[2, 0], [2, 1], [2, 127], [2, 2**32], [2, 0, 0], [2, 0, "x"], [1, 0]])
def test_minor_versions_and_surplus_in_the_version_are_read(version: list[Any]) -> None:
    assert parse(sealed(version=version, mode=0)).version == tuple(version[:2])


@pytest.mark.parametrize("length", [16, 32])
def test_the_nonce_of_a_signature_has_the_specifications_length_or_gos(length: int) -> None:
    header = parse(signed(nonce=bytes(length)))
    assert isinstance(header, SignatureHeader)
    assert header.nonce == bytes(length)


def test_a_recipient_may_have_no_identifier() -> None:
    header = parse(sealed(mode=0, recipients=[[None, KEY_BOX]]))
    assert isinstance(header, EncryptionHeader)
    assert header.recipients == (Recipient(None, KEY_BOX),)


def test_a_message_may_have_no_recipients() -> None:
    header = parse(sealed(recipients=[]))
    assert isinstance(header, EncryptionHeader)
    assert header.recipients == ()


# Surplus fields

SURPLUS: list[object] = [None, True, -1, 2**63, 1.5, "text", b"bytes", [], [[1], {}], {"key": [b"value"]}]


@pytest.mark.parametrize("surplus", [*([field] for field in SURPLUS), SURPLUS, [None] * 58], ids=repr)
@pytest.mark.parametrize("mode", [0, 3])
def test_surplus_fields_of_a_header_are_ignored(mode: int, surplus: list[object]) -> None:
    header, plain = parse(sealed(mode=mode, surplus=surplus)), parse(sealed(mode=mode))
    assert isinstance(header, EncryptionHeader)
    assert isinstance(plain, EncryptionHeader)
    assert header[:5] == plain[:5]


@pytest.mark.parametrize("surplus", [*([field] for field in SURPLUS), SURPLUS, [None] * 59], ids=repr)
@pytest.mark.parametrize("mode", [1, 2])
def test_surplus_fields_of_a_signatures_header_are_ignored(mode: int, surplus: list[object]) -> None:
    header, plain = parse(signed(mode=mode, surplus=surplus)), parse(signed(mode=mode))
    assert isinstance(header, SignatureHeader)
    assert isinstance(plain, SignatureHeader)
    assert header[:4] == plain[:4]


FLAT_SURPLUS = [field for field in SURPLUS if not isinstance(field, list | dict)]
"""A pair is the third level of four: what it holds nests no deeper than one list."""


@pytest.mark.parametrize(
    "surplus", [*([field] for field in FLAT_SURPLUS), FLAT_SURPLUS, [[1]], [None] * 62], ids=repr
)
def test_surplus_fields_of_a_recipient_pair_are_ignored(surplus: list[object]) -> None:
    header = parse(sealed(recipients=[[IDENTIFIER, KEY_BOX, *surplus], [None, KEY_BOX]]))
    assert isinstance(header, EncryptionHeader)
    assert header.recipients == (Recipient(IDENTIFIER, KEY_BOX), Recipient(None, KEY_BOX))


@pytest.mark.parametrize("surplus", SURPLUS, ids=repr)
def test_surplus_fields_of_a_payload_packet_are_ignored(surplus: object) -> None:
    header, sealer = support.header_of(
        support.signing_key("alice"),
        [support.x25519_recipient("bob")],
        support.message_keys(),
        lambda _fields: None,
    )
    [(box, final)] = support.unpack_all(support.seal_chunk(sealer, 0, b"text", final=True))
    message = header + pack([box, final, surplus, surplus])
    assert support.open_message(message, support.x25519_reader("bob")).plaintext == b"text"


@pytest.mark.parametrize("mode", [0, 3])
def test_the_seventh_field_is_metadata_in_signcryption_alone(mode: int) -> None:
    header = parse(sealed(mode=mode, surplus=[METADATA]))
    assert isinstance(header, EncryptionHeader)
    assert header.metadata_secretbox == (METADATA if mode == 3 else None)


@pytest.mark.parametrize("field", [None, 1, "text", [METADATA], {}], ids=repr)
def test_a_seventh_field_that_is_no_byte_array_is_no_metadata(field: object) -> None:
    header = parse(sealed(surplus=[field, METADATA]))
    assert isinstance(header, EncryptionHeader)
    assert header.metadata_secretbox is None


@pytest.mark.parametrize("field", [None, 1, b"bytes", ["a purpose"], {}], ids=repr)
def test_a_sixth_field_that_is_no_string_is_no_purpose(field: object) -> None:
    header = parse(signed(surplus=[field, "a purpose"]))
    assert isinstance(header, SignatureHeader)
    assert header.purpose is None
