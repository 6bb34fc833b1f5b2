"""What can be told of a message without any key."""

from e2ecli import limits
from e2ecli.operations.hybrid_recipients import count_hybrid
from e2ecli.operations.reading import read_message
from e2ecli.records import Record
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import EncryptionHeader, Header
from e2ecli.saltpack.stream import BinarySource

_PIECE_BYTES = limits.MIB


class Inspected(Record):
    """What a message shows to everybody. Counts are None where the mode has none."""

    version: str
    mode: Mode
    purpose: str | None
    armored: bool
    brand: str | None
    recipients: int | None
    hybrid_recipients: int | None
    post_quantum: bool
    metadata: bool


def inspect_message(source: BinarySource) -> Inspected:
    """Read a message's header, and the rest to its end.

    Raises:
        DamagedError: it is no message, or its header or armor is damaged.
    """
    message = read_message(source)
    binary, armor = message.source
    while binary.read(_PIECE_BYTES):
        pass
    brand = None if armor is None else armor.frame.brand
    return _describe(message.header, armored=armor is not None, brand=brand)


def _describe(header: Header, *, armored: bool, brand: str | None) -> Inspected:
    recipients = hybrid = None
    metadata = False
    if isinstance(header, EncryptionHeader):
        recipients = len(header.recipients)
        hybrid = count_hybrid(header)
        metadata = header.metadata_secretbox is not None
    return Inspected(
        version=".".join(map(str, header.version)),
        mode=header.mode,
        purpose=None if isinstance(header, EncryptionHeader) else header.purpose,
        armored=armored,
        brand=brand,
        recipients=recipients,
        hybrid_recipients=hybrid,
        post_quantum=bool(recipients) and recipients == hybrid,
        metadata=metadata,
    )
