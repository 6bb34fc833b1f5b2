"""Rosters: who is in a group in one epoch, and that epoch's key, as TOML text (section 5).

The text is sent whole, sealed and signed by the owner. At rest the key is kept apart, locked.
"""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from e2ecli.errors import DamagedError
from e2ecli.keyring import toml
from e2ecli.keyring.cards import check_name
from e2ecli.keyring.groups import FINGERPRINT_BYTES, GROUP_ID_BYTES
from e2ecli.keyring.keyid import key_id, parse_key_id
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hashes import running_sha512
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

FORMAT = "e2e-group/1"
GROUP_KEY_BYTES = 32
_LATEST_EPOCH = 2**53
_SHAPE = re.compile(rb"(?:[a-z]+ = [^\n]{1,2048}\n){7,8}members = \[\n(?:'''\n[^']*''',\n)*+\]\n")


class Roster(Record):
    """One epoch of a group. Members are armored cards, whose signatures are checked by who reads them."""

    group_id: bytes
    name: str
    owner: SigningPublicKey
    epoch: int
    previous: bytes | None
    """The fingerprint of the roster before, 32 bytes; None of the first."""
    issued: datetime
    members: Collection[str]
    key: SecretBytes

    def pieces(self) -> Iterator[bytes]:
        """Yield the roster's TOML text, a member at a time."""
        fields: dict[str, Any] = {
            "format": FORMAT,
            "id": toml.encode_base64(self.group_id),
            "name": self.name,
            "owner": key_id(self.owner),
            "epoch": self.epoch,
            "previous": None if self.previous is None else toml.encode_base64(self.previous),
            "issued": self.issued,
            "key": toml.encode_base64(self.key.reveal()),
        }
        yield f"{toml.dump(fields)}members = [\n".encode()
        for member in self.members:
            yield f"'''\n{member}''',\n".encode()
        yield b"]\n"

    def text(self) -> bytes:
        """Return the roster's TOML text."""
        return b"".join(self.pieces())

    def fingerprint(self) -> bytes:
        """Return what tells this roster from every other, 32 bytes; members compare it."""
        running = running_sha512()
        for piece in self.pieces():
            running.update(piece)
        return running.digest()[:FINGERPRINT_BYTES]


def parse_roster(text: bytes) -> Roster:
    """Parse a roster's TOML text.

    Raises:
        DamagedError: it is no roster, or not written as rosters are (so that its fingerprint would differ).
    """
    # Before parsing, which other documents of this size could make costly.
    if _SHAPE.fullmatch(text) is None:
        raise DamagedError("the roster is not written as rosters are: its fingerprint would mean nothing")
    fields = toml.parse(text, "the roster")
    fields.check_format(FORMAT)
    name = fields.text("name")
    if check_name(name) != name:
        raise DamagedError("the group's name is not in Unicode's normal form C")
    roster = Roster(
        group_id=fields.base64("id", GROUP_ID_BYTES),
        name=name,
        owner=parse_key_id(fields.text("owner")),
        epoch=fields.integer("epoch", 1, _LATEST_EPOCH),
        previous=fields.base64("previous", FINGERPRINT_BYTES) if "previous" in fields else None,
        issued=fields.time("issued"),
        members=tuple(fields.texts("members")),
        key=SecretBytes(fields.base64("key", GROUP_KEY_BYTES)),
    )
    if (roster.epoch == 1) != (roster.previous is None):
        raise DamagedError("the roster doesn't say which one came before")
    if roster.text() != text:
        raise DamagedError("the roster is not written as rosters are: its fingerprint would mean nothing")
    return roster
