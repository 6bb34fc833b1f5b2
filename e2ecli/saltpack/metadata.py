"""Signed metadata: what a header's seventh field says of the message (section 2.4 of the design).

The field is sealed under the payload key and covered by every signature through the header hash. Nothing
of it is to be trusted before the first chunk has verified, and a name in it is data from a stranger.
"""

from typing import Final, Literal, get_args

from e2ecli.errors import NotAMessageError
from e2ecli.records import Record
from e2ecli.saltpack.messagepack import Fields, MalformedError, pack

MessageType = Literal["message", "roster", "introduction"]

_MOST_ENTRIES: Final = 64
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999."""
_GROUP_ID_BYTES: Final = 16


class Metadata(Record):
    """What the sender says of a message: its type, when it was sent (Unix time), the file's name."""

    type: MessageType = "message"
    sent: int | None = None
    name: str | None = None
    group: bytes | None = None
    epoch: int | None = None


def encode_metadata(metadata: Metadata) -> bytes:
    """Return the metadata as a MessagePack map, without what is absent."""
    entries = {
        "type": metadata.type,
        "sent": metadata.sent,
        "name": metadata.name,
        "group": metadata.group,
        "epoch": metadata.epoch,
    }
    return pack({key: value for key, value in entries.items() if value is not None})


def decode_metadata(encoded: bytes | None) -> Metadata:
    """Read a metadata map; a message without one is of type message.

    Raises:
        MalformedError: it is no map, or an entry has a wrong type or stands there twice.
        NotAMessageError: the message is of a type that this program doesn't know.
    """
    if encoded is None:
        return Metadata()
    fields = Fields(encoded, "the metadata")
    values: dict[str, object] = {}
    for _ in range(fields.map_length(_MOST_ENTRIES)):
        key = fields.text()
        if key in values:
            raise MalformedError("the metadata has an entry twice")
        values[key] = _value(fields, key)
    fields.end()
    kind = values.get("type")
    if kind not in get_args(MessageType):
        raise NotAMessageError("this is a message of a type that this program doesn't know")
    return Metadata(**{key: value for key, value in values.items() if key in _KNOWN})  # type: ignore[arg-type]


_KNOWN: Final = frozenset(Metadata._fields)


def _value(fields: Fields, key: str) -> object:
    match key:
        case "type" | "name":
            return fields.text()
        case "sent":
            return _bounded(fields, _LATEST)
        case "epoch":
            return _bounded(fields, 2**53)
        case "group":
            return fields.binary(_GROUP_ID_BYTES)
        case _:
            fields.skip()
            return None


def _bounded(fields: Fields, most: int) -> int:
    value = fields.integer()
    if not 0 <= value <= most:
        raise MalformedError("the metadata has a number out of range")
    return value
