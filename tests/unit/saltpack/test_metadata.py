"""Signed metadata: what strangers may put into it, and what comes out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.errors import DamagedError, NotAMessageError
from e2ecli.saltpack.messagepack import MalformedError
from e2ecli.saltpack.metadata import MessageType, Metadata, decode_metadata, encode_metadata
from tests.unit.saltpack import damage, support
from tests.unit.saltpack.damage import Edit
from tests.unit.saltpack.support import pack, parsing, unpack
from tests.unit.saltpack.test_messagepack import everything

LAST_SECOND_OF_9999 = 253_402_300_799
GROUP = bytes(range(16))

ALL = Metadata(type="roster", sent=1_764_000_000, name="tea.txt", group=GROUP, epoch=7)


def message(**entries: object) -> bytes:
    return pack({"type": "message", **entries})


# Round trips

texts = st.text(st.characters(exclude_categories=["Cs"]))
types: st.SearchStrategy[MessageType] = st.sampled_from(["message", "roster", "introduction"])


@given(
    metadata=st.builds(
        Metadata,
        type=types,
        sent=st.none() | st.integers(0, LAST_SECOND_OF_9999),
        name=st.none() | texts,
        group=st.none() | st.binary(min_size=16, max_size=16),
        epoch=st.none() | st.integers(0, 2**53),
    )
)
@parsing
def test_what_was_encoded_is_decoded(metadata: Metadata) -> None:
    assert decode_metadata(encode_metadata(metadata)) == metadata


def test_metadata_is_a_map_of_what_there_is() -> None:
    assert unpack(encode_metadata(ALL)) == {
        "type": "roster",
        "sent": 1_764_000_000,
        "name": "tea.txt",
        "group": GROUP,
        "epoch": 7,
    }


def test_what_is_absent_is_left_out() -> None:
    assert unpack(encode_metadata(Metadata())) == {"type": "message"}


def test_a_message_without_metadata_is_of_type_message() -> None:
    assert decode_metadata(None) == Metadata(type="message")


@pytest.mark.parametrize("kind", ["message", "roster", "introduction"])
def test_each_type_is_told(kind: str) -> None:
    assert decode_metadata(pack({"type": kind})).type == kind


@pytest.mark.parametrize(
    "name",
    ["", "../../etc/passwd", "/dev/null", "a\0b", "\x1b[31m", "\N{RIGHT-TO-LEFT OVERRIDE}fdp", "x" * 4000],
)
def test_a_name_comes_out_as_it_is_for_others_to_judge(name: str) -> None:
    assert decode_metadata(message(name=name)).name == name


# Hostile values

NO_TEXT: list[object] = [None, True, 0, 1.5, b"message", [], {}, ["message"]]
NO_INTEGER: list[object] = [None, True, 0.0, "0", b"0", [], {}, [0]]
NO_GROUP: list[object] = [None, True, 0, "x" * 16, [], {}, b"", bytes(15), bytes(17), bytes(1000)]

NO_KEY: list[object] = [None, True, 7, b"name", [], {}, [0]]

HOSTILE: dict[str, list[bytes]] = {
    "a type that is no string": [pack({"type": value}) for value in NO_TEXT],
    "a sent that is no integer": [message(sent=value) for value in NO_INTEGER],
    "a sent out of range": [
        message(sent=value) for value in (-1, -(2**63), LAST_SECOND_OF_9999 + 1, 2**64 - 1)
    ],
    "a name that is no string": [message(name=value) for value in NO_TEXT],
    "a group that is no group id": [message(group=value) for value in NO_GROUP],
    "an epoch that is no integer": [message(epoch=value) for value in NO_INTEGER],
    "an epoch out of range": [message(epoch=value) for value in (-1, -(2**63), 2**53 + 1, 2**64 - 1)],
    "no map": [pack(value) for value in (None, True, 7, "message", b"message", [], ["type", "message"])],
    "no messagepack": [b"", b"\xc1", b"\x81", b"\x81\xa4type", b"\x81\xa4typ", b"\xff" * 20],
    "a key that is no string": [
        b"\x82" + pack(key) + pack(0) + pack("type") + pack("message") for key in NO_KEY
    ],
    "a name that is no UTF-8": [b"\x82\xa4type\xa7message\xa4name\xa1\xff"],
    "a key that is no UTF-8": [b"\x82\xa4type\xa7message\xa1\xff\x00"],
    "a known key twice": [
        b"\x82\xa4type\xa7message\xa4type\xa6roster",
        b"\x82\xa4type\xa6roster\xa4type\xa6roster",
        b"\x83\xa4type\xa7message\xa4name\xa1a\xa4name\xa1b",
    ],
    "an unknown key twice": [b"\x83\xa4type\xa7message\xa1x\x00\xa1x\x00"],
    "bytes after the end": [message() + b"\0", message() + message()],
    "too many entries": [message(**{f"key {number}": 0 for number in range(64)})],
    "an enormous map": [b"\xdf\xff\xff\xff\xff" + message()[1:], b"\xde\xff\xff" + message()[1:]],
    "an enormous name": [b"\x82\xa4type\xa7message\xa4name\xdb\xff\xff\xff\xff"],
    "an enormous unknown entry": [
        b"\x82\xa4type\xa7message\xa1x" + head + b"\xff" * 4 for head in (b"\xc6", b"\xdb", b"\xdd", b"\xdf")
    ],
    "an unknown entry nested too deep": [b"\x82\xa4type\xa7message\xa1x" + b"\x91" * 4 + b"\xc0"],
    "an unknown entry nested very deep": [b"\x82\xa4type\xa7message\xa1x" + b"\x91" * 4000 + b"\xc0"],
}


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(encoded, id=f"{name}, {number}")
        for name, table in HOSTILE.items()
        for number, encoded in enumerate(table)
    ],
)
def test_invariant_9_hostile_metadata_is_malformed(encoded: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_metadata(encoded)


@pytest.mark.parametrize("kind", ["", "Message", "message ", "card", "e2e-card/1", "x" * 1000])
def test_a_type_that_is_not_known_is_no_message_for_us(kind: str) -> None:
    with pytest.raises(NotAMessageError):
        decode_metadata(pack({"type": kind}))


@pytest.mark.parametrize("entries", [{}, {"name": "tea.txt"}, {"sent": 0}])
def test_metadata_without_a_type_is_no_message_for_us(entries: dict[str, Any]) -> None:
    with pytest.raises(NotAMessageError):
        decode_metadata(pack(entries))


@pytest.mark.parametrize(
    "value",
    [None, True, -1, 2**64 - 1, 1.5, "text", b"bytes", [[[]]], {"a": {"b": [0]}}, [0] * 1000],
    ids=repr,
)
@pytest.mark.parametrize("key", ["", "unknown", "TYPE", "sent ", "__class__", "x" * 1000])
def test_unknown_entries_are_ignored(key: str, value: object) -> None:
    assert decode_metadata(message(name="tea.txt", **{key: value})) == Metadata(name="tea.txt")


def test_entries_may_come_in_any_order() -> None:
    assert decode_metadata(pack({"name": "tea.txt", "type": "message"})) == Metadata(name="tea.txt")


def test_encodings_that_are_not_the_shortest_are_read() -> None:
    wide = b"\xdf\x00\x00\x00\x02" + b"".join(map(support.widest, ["type", "message", "sent", 1_764_000_000]))
    assert decode_metadata(wide) == Metadata(sent=1_764_000_000)


# Anything at all


@given(encoded=st.one_of(st.binary(max_size=100), everything.map(pack)))
@parsing
def test_invariant_9_any_bytes_are_metadata_or_damage(encoded: bytes) -> None:
    try:
        decode_metadata(encoded)
    except DamagedError:
        return


@given(changes=damage.edits(len(encode_metadata(ALL))))
@parsing
def test_invariant_9_edited_metadata_is_metadata_or_damage(changes: list[Edit]) -> None:
    try:
        decode_metadata(damage.edited(encode_metadata(ALL), changes))
    except DamagedError:
        return


@given(entries=st.dictionaries(st.sampled_from(["type", "sent", "name", "group", "epoch", "x"]), everything))
@parsing
def test_invariant_9_any_values_are_metadata_or_damage(entries: dict[str, object]) -> None:
    try:
        decode_metadata(pack({"type": "message", **entries}))
    except DamagedError:
        return
