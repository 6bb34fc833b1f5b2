"""Attached signatures over short texts, which cards are, and detached ones over any content."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli import limits
from e2ecli.errors import DamagedError, NotAMessageError
from e2ecli.primitives.ed25519 import SignatureInvalidError
from e2ecli.primitives.hashes import sha512
from e2ecli.saltpack import signing
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import open_packets
from e2ecli.saltpack.header import SignatureHeader, header_packet, read_header
from e2ecli.saltpack.messagepack import MalformedError
from e2ecli.saltpack.signing import (
    AttachedOpener,
    claimed_text,
    sign_detached,
    sign_text,
    verify_detached,
    verify_text,
)
from tests.unit.saltpack import damage, sources, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.sources import ShortReads
from tests.unit.saltpack.support import parsing

ALICE = support.signing_key("alice")
MALLORY = support.signing_key("mallory")
TEXT = b"Curiouser and curiouser!"
PURPOSE = "e2e-card/1"
NONCE = bytes(range(32))
MOST = 10_000

MESSAGE = sign_text(TEXT, ALICE, PURPOSE)


def refused(message: bytes) -> bool:
    try:
        verify_text(message, MOST)
    except DamagedError:
        return True
    return False


def signed(
    chunks: list[bytes], nonce: bytes = NONCE, purpose: str | None = None
) -> tuple[bytes, list[bytes]]:
    """The header packet and the payload packets of a text cut into these chunks."""
    header, sealer = signing.seal_header(ALICE, nonce, purpose)
    return header, support.seal_chunks(sealer, chunks)


@given(text=st.binary(max_size=2000), purpose=st.text(max_size=20))
@support.streaming
def test_a_signed_text_verifies_and_states_its_signer_and_purpose(text: bytes, purpose: str) -> None:
    header, verified = verify_text(sign_text(text, ALICE, purpose), MOST)
    assert (header.sender_public_key, header.purpose, verified) == (ALICE.public_key, purpose, text)


def test_a_signature_over_a_document_states_no_purpose() -> None:
    header, packets = signed([TEXT])
    assert verify_text(header + packets[0], MOST)[0].purpose is None


def test_invariant_3_every_single_flipped_bit_is_refused() -> None:
    assert [bit for bit, message in damage.flipped_bits(MESSAGE) if not refused(message)] == []


def test_invariant_3_every_truncation_is_refused() -> None:
    assert [length for length in range(len(MESSAGE)) if not refused(MESSAGE[:length])] == []


@pytest.mark.parametrize(
    "addition",
    [b"\0", b"\xc0", b"\xff", MESSAGE, support.split_header(MESSAGE)[1]],
    ids=["a zero", "nil", "-1", "the message again", "the packet again"],
)
def test_invariant_3_anything_after_the_end_is_refused(addition: bytes) -> None:
    assert refused(MESSAGE + addition)


@given(changes=damage.edits(len(MESSAGE)))
@parsing
def test_invariant_3_whatever_is_done_to_a_signed_text_it_verifies_as_it_was_signed_or_not_at_all(
    changes: list[Edit],
) -> None:
    try:
        header, text = verify_text(damage.edited(MESSAGE, changes), MOST)
    except DamagedError:
        return
    assert (header.sender_public_key, header.purpose, text) == (ALICE.public_key, PURPOSE, TEXT)


def test_a_claimed_text_is_read_whoever_wrote_it() -> None:
    altered = MESSAGE.replace(TEXT, TEXT[::-1])
    header, text = claimed_text(altered, MOST)
    assert (header.sender_public_key, header.purpose, text) == (ALICE.public_key, PURPOSE, TEXT[::-1])
    with pytest.raises(DamagedError):
        verify_text(altered, MOST)


@given(changes=damage.edits(len(MESSAGE)))
@parsing
def test_invariant_9_whatever_is_done_to_a_claimed_text_it_is_read_or_refused(changes: list[Edit]) -> None:
    with contextlib.suppress(DamagedError, NotAMessageError):
        assert len(claimed_text(damage.edited(MESSAGE, changes), MOST)[1]) <= MOST


CHUNKS = [b"the first chunk, ", b"the second, ", b"and the last"]
HEADER, PACKETS = signed(CHUNKS)
OTHER_HEADER, OTHER_PACKETS = signed(CHUNKS, nonce=NONCE[::-1])


def test_a_text_in_several_chunks_verifies() -> None:
    assert verify_text(HEADER + b"".join(PACKETS), MOST)[1] == b"".join(CHUNKS)


@pytest.mark.parametrize(
    "packets",
    [
        [],
        PACKETS[:2],
        PACKETS[1:],
        [PACKETS[0], PACKETS[2]],
        [PACKETS[1], PACKETS[0], PACKETS[2]],
        [PACKETS[0], *PACKETS],
        [*PACKETS, PACKETS[2]],
        [OTHER_PACKETS[0], *PACKETS[1:]],
        [*PACKETS[:2], OTHER_PACKETS[2]],
        [b"\x93\xc3" + PACKETS[0][2:]],
        [*PACKETS[:2], b"\x93\xc2" + PACKETS[2][2:]],
    ],
    ids=[
        "none",
        "the last one missing",
        "the first one missing",
        "the middle one missing",
        "two exchanged",
        "the first one doubled",
        "the last one doubled",
        "the first one of another text",
        "the last one of another text",
        "the first one made final",
        "the last one made not final",
    ],
)
def test_invariant_3_packets_that_are_moved_are_refused(packets: list[bytes]) -> None:
    assert refused(HEADER + b"".join(packets))


def test_the_same_text_under_another_purpose_does_not_verify() -> None:
    """What was signed as a document can't be made a card of (section 2.7 of the design)."""
    _header, packets = signed([TEXT])
    card_header, _packets = signed([TEXT], purpose=PURPOSE)
    with pytest.raises(SignatureInvalidError):
        verify_text(card_header + packets[0], MOST)


def test_a_text_signed_by_another_key_than_the_header_names_is_refused() -> None:
    header, sealer = signing.seal_header(support.NameOnly(ALICE.public_key, MALLORY.sign(b"")), NONCE)
    with pytest.raises(SignatureInvalidError):
        verify_text(header + support.seal_chunk(sealer, 0, TEXT, final=True), MOST)


@pytest.mark.parametrize("chunks", [[b"", b"x"], [b"x", b""], [b"x", b"", b"x"]])
def test_an_empty_chunk_where_none_may_be_is_refused(chunks: list[bytes]) -> None:
    header, packets = signed(chunks)
    assert refused(header + b"".join(packets))


def test_an_empty_text_is_one_empty_chunk() -> None:
    header, packets = signed([b""])
    assert verify_text(header + packets[0], MOST)[1] == b""


def test_an_empty_chunk_may_be_nil_as_go_writes_it() -> None:
    header, packets = signed([b""])
    assert packets[0].endswith(b"\xc4\x00")
    assert verify_text(header + packets[0][:-2] + b"\xc0", MOST)[1] == b""


@pytest.mark.parametrize("fields", [[], [True], [True, bytes(64)]])
def test_a_packet_with_too_few_fields_is_refused(fields: list[object]) -> None:
    assert refused(HEADER + support.pack(fields))


def test_surplus_fields_of_a_packet_are_ignored() -> None:
    header, packets = signed([TEXT])
    fields = support.unpack(packets[0])
    assert verify_text(header + support.pack([*fields, None, {"surplus": []}]), MOST)[1] == TEXT


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    header, packets = signed([TEXT])
    final, signature, chunk = support.unpack(packets[0])
    assert refused(header + support.pack([final, (signature + b"\0")[:length], chunk]))


# What is no signed text


@pytest.mark.parametrize(
    "message",
    [
        support.seal(TEXT, [support.x25519_recipient("bob")], signer=ALICE),
        support.with_header(MESSAGE, lambda fields: fields.__setitem__(2, 2)),
        support.with_header(MESSAGE, lambda fields: fields.__setitem__(1, [1, 0])),
        TEXT,
    ],
    ids=["a sealed message", "a detached signature", "version 1", "a bare text"],
)
def test_what_is_no_attached_signature_of_version_2_is_refused_as_that(message: bytes) -> None:
    with pytest.raises(NotAMessageError):
        verify_text(message, MOST)


def test_a_text_longer_than_allowed_is_refused() -> None:
    assert verify_text(MESSAGE, len(TEXT))[1] == TEXT
    with pytest.raises(MalformedError):
        verify_text(MESSAGE, len(TEXT) - 1)


def test_a_text_whose_short_chunks_are_too_long_together_is_refused() -> None:
    header, packets = signed([TEXT] * 10)
    message = header + b"".join(packets)
    assert verify_text(message, 10 * len(TEXT))[1] == TEXT * 10
    with pytest.raises(NotAMessageError):
        verify_text(message, 10 * len(TEXT) - 1)


def test_invariant_8_a_text_longer_than_allowed_is_not_read_to_its_end() -> None:
    """The damage in the last of the chunks is never reached: the first is too long already."""
    header, packets = signed([bytes(limits.CHUNK_BYTES)] * 10)
    packets[9] = packets[9][:-1] + b"\1"
    with pytest.raises(MalformedError):
        verify_text(header + b"".join(packets), MOST)


# Writing


def test_a_fresh_nonce_of_32_bytes_is_used_each_time() -> None:
    nonces = {verify_text(sign_text(TEXT, ALICE, PURPOSE), MOST)[0].nonce for _text in range(20)}
    assert {len(nonce) for nonce in nonces} == {32}
    assert len(nonces) == 20


@pytest.mark.parametrize(
    "length", [0, 1, 255, 256, 65_535, 65_536, limits.CHUNK_BYTES, limits.CHUNK_BYTES + 1]
)
def test_texts_of_every_length_are_written_in_the_shortest_encoding(length: int) -> None:
    message = sign_text(bytes(length), ALICE, PURPOSE)
    encoded, packets = support.split_header(message)
    unpacked = support.unpack_all(packets)
    assert [len(chunk) for _final, _signature, chunk in unpacked] == (
        [length] if length <= limits.CHUNK_BYTES else [limits.CHUNK_BYTES, length - limits.CHUNK_BYTES]
    )
    assert packets == b"".join(map(support.pack, unpacked))
    assert message == support.pack(encoded) + packets


# Version 1, which is read


def signed_in_version_1(chunks: list[bytes]) -> bytes:
    """`specs/saltpack_signing_v1.md`, word for word: no final flag, an empty chunk is the end."""
    header, header_hash = header_packet(["saltpack", [1, 0], 1, ALICE.public_key.value, NONCE])
    packets = []
    for number, chunk in enumerate(chunks):
        digest = sha512(header_hash + number.to_bytes(8, "big") + chunk)
        packets.append(support.pack([ALICE.sign(b"saltpack attached signature\0" + digest), chunk]))
    return header + b"".join(packets)


def verified(message: bytes) -> bytes:
    stream = sources.stream(message)
    header = read_header(stream)
    if not isinstance(header, SignatureHeader):
        raise NotAMessageError("this is no signature")
    return b"".join(map(bytes, open_packets(stream, AttachedOpener(header))))


@pytest.mark.parametrize("chunks", [[b""], [TEXT, b""], [*CHUNKS, b""]], ids=["empty", "one chunk", "three"])
def test_a_signature_of_version_1_verifies(chunks: list[bytes]) -> None:
    assert verified(signed_in_version_1(chunks)) == b"".join(chunks)


@pytest.mark.parametrize(
    "chunks",
    [[], [TEXT], CHUNKS, [TEXT, b"", TEXT], [TEXT, b"", b""]],
    ids=["0", "1", "3", "middle", "twice"],
)
def test_a_signature_of_version_1_ends_with_its_one_empty_chunk(chunks: list[bytes]) -> None:
    with pytest.raises(DamagedError):
        verified(signed_in_version_1(chunks))


def test_invariant_3_every_flipped_bit_of_a_signature_of_version_1_is_refused() -> None:
    for _bit, altered in damage.flipped_bits(signed_in_version_1([TEXT, b""])):
        with pytest.raises(DamagedError):
            verified(altered)


# Detached signatures

DETACHED = sign_detached(sources.source(TEXT), ALICE, NONCE)


def verify_detached_over(signature: bytes, text: bytes) -> SignatureHeader:
    stream = sources.stream(signature)
    header = read_header(stream)
    if not isinstance(header, SignatureHeader):
        raise NotAMessageError("this is no signature")
    verify_detached(header, stream, sources.source(text))
    return header


@pytest.mark.parametrize("length", [0, 1, 1000, limits.MIB, limits.MIB + 1, 3 * limits.MIB])
def test_a_detached_signature_verifies_over_content_of_any_length(length: int) -> None:
    content = bytes(length)
    signature = sign_detached(sources.source(content), ALICE)
    header = verify_detached_over(signature, content)
    assert (header.mode, header.sender_public_key) == (Mode.DETACHED, ALICE.public_key)
    assert len(signature) < 200


def test_a_detached_signature_is_made_by_the_steps_of_the_specification() -> None:
    header, header_hash = header_packet(["saltpack", [2, 0], 2, ALICE.public_key.value, NONCE])
    signature = ALICE.sign(b"saltpack detached signature\0" + sha512(header_hash + TEXT))
    assert header + support.pack(signature) == DETACHED


@pytest.mark.parametrize("most", [1, 7])
def test_content_is_read_however_it_arrives(most: int) -> None:
    assert sign_detached(ShortReads(TEXT, most), ALICE, NONCE) == DETACHED


@pytest.mark.parametrize("content", [b"", TEXT[:-1], TEXT + b"\0", TEXT.upper()])
def test_a_detached_signature_does_not_verify_over_other_content(content: bytes) -> None:
    with pytest.raises(SignatureInvalidError):
        verify_detached_over(DETACHED, content)


def detached_refused(signature: bytes) -> bool:
    try:
        verify_detached_over(signature, TEXT)
    except DamagedError:
        return True
    return False


def test_invariant_3_every_flipped_bit_of_a_detached_signature_is_refused() -> None:
    assert [bit for bit, altered in damage.flipped_bits(DETACHED) if not detached_refused(altered)] == []


def test_invariant_3_every_truncation_of_a_detached_signature_is_refused() -> None:
    assert [length for length in range(len(DETACHED)) if not detached_refused(DETACHED[:length])] == []


@pytest.mark.parametrize("addition", [b"\0", b"\xc0", DETACHED], ids=["a zero", "nil", "another signature"])
def test_anything_after_a_detached_signature_is_refused(addition: bytes) -> None:
    assert detached_refused(DETACHED + addition)
