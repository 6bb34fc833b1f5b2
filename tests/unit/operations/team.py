"""What the tests of groups share: a team with its keyrings, and what a hostile program might write."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from e2ecli.errors import (
    E2EError,
)
from e2ecli.keyring.cards import Revocation
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations import groups
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.import_roster import ImportedRoster
from e2ecli.operations.import_text import import_text
from e2ecli.operations.reading import ReadPolicy
from e2ecli.operations.senders import SenderPolicy
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import RecipientKey, X25519Recipient
from tests.unit.keyring.support import NOW, card_of, keys_of, secrets_of
from tests.unit.operations.support import (
    TEXT,
    source,
    workspace_at,
)

LOST = Revocation(NOW, "lost", None)


FORMER = ReadPolicy(SenderPolicy(allow_former=True))


class World:
    """Alice owns `team`; Bob and Carol know her, and she everybody; Dave is outside at first."""

    def __init__(self, path: Path, first: bytes) -> None:
        self.alice, self.bob, self.carol, self.dave = (
            workspace_at(path / who) for who in ("alice", "bob", "carol", "dave")
        )
        self.first = first


class Template(NamedTuple):
    """The keyrings that every test begins with, made once, and the first update."""

    path: Path
    first: bytes


def share(workspace: Workspace, name: str = "team", *, armored: bool = False) -> bytes:
    update = groups.prepare_update(workspace, name)
    written = bytearray()
    groups.seal_update(update, update.sending.addressees.people, written.extend, armored=armored)
    return bytes(written)


def import_update(
    workspace: Workspace, update: bytes, name: str | None = None, *, join: bool = True
) -> ImportedRoster:
    imported = import_text(workspace, update, name, confirm=lambda _: join)
    assert isinstance(imported, ImportedRoster)
    return imported


def contents(workspace: Workspace) -> dict[str, bytes]:
    root = workspace.directory.path
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(
    workspace: Workspace, error: type[E2EError], act: Callable[[], object], match: str = "."
) -> E2EError:
    """Check that something fails, with this very class, and changes nothing in the keyring."""
    before = contents(workspace)
    with pytest.raises(error, match=match) as raised:
        act()
    assert raised.type is error
    assert contents(workspace) == before
    return raised.value


def key_of(workspace: Workspace, epoch: int, name: str = "team") -> SecretBytes:
    """An epoch's key, as its members have it."""
    group = workspace.groups.get(name)
    found = group.epoch(epoch)
    assert found is not None
    identity = next(one for one in workspace.identities.all() if one.card.signing_key == group.identity)
    return group.open_key(found, workspace.keys_of(identity))


def sealed_for_group(
    key: SecretBytes, signer: Signer | None, metadata: Metadata | None = None, data: bytes = TEXT
) -> bytes:
    """What a hostile program with a group's key might write."""
    keys = MessageKeys.generate()
    return sealed_to(signer, group_recipient(key, keys.ephemeral.public_key), keys, metadata, data)


def sealed_to(
    signer: Signer | None, recipient: RecipientKey, keys: MessageKeys, metadata: Metadata | None, data: bytes
) -> bytes:
    encoded = None if metadata is None else encode_metadata(metadata)
    header, sealer = signcryption.seal_header(signer, [recipient], keys, encoded)
    return header + b"".join(bytes(packet) for packet in seal_packets(source(data), sealer))


def signer_of(who: str) -> Signer:
    return secrets_of(who).signing_key()


def newest_roster(workspace: Workspace) -> Roster:
    return parse_roster(groups.prepare_update(workspace, "team").roster.text())


def sealed_roster(
    roster: Roster | bytes, by: str = "Alice", to: str = "Bob", metadata: Metadata | None = None
) -> bytes:
    """A roster as a hostile program might issue it."""
    text = roster if isinstance(roster, bytes) else roster.text()
    if isinstance(roster, Roster):
        metadata = metadata or Metadata("roster", int(NOW.timestamp()), None, roster.group_id, roster.epoch)
    keys = MessageKeys.generate()
    return sealed_to(signer_of(by), X25519Recipient(keys_of(to).x25519), keys, metadata, text)


def following(roster: Roster, **changes: object) -> Roster:
    """The next epoch's roster."""
    changed = {"epoch": roster.epoch + 1, "previous": roster.fingerprint(), **changes}
    return roster._replace(key=SecretBytes(b"n" * 32))._replace(**changed)  # type: ignore[arg-type]


def names_in(workspace: Workspace, name: str = "team") -> list[str]:
    group = workspace.groups.get(name)
    texts = workspace.groups.members(group, group.newest.number)
    from e2ecli.operations.cards import read_stored_card

    return sorted(read_stored_card(text.encode()).card.name for text in texts)


def signed_as(name: str, who: str) -> SignedCard:
    from e2ecli.operations.cards import issue_card

    return issue_card(card_of(who)._replace(name=name), secrets_of(who).signing_key())


def verify(workspace: Workspace, petname: str) -> None:
    record_verification(workspace, workspace.contacts.get(petname), "compared at the terminal")
