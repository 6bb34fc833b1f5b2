"""People, crowds and keyrings, made through the package's own modules: the program would take minutes."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from e2ecli.errors import LockedError
from e2ecli.keyring.cards import Card, whole_second
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.groups import Group
from e2ecli.keyring.identities import seal_identity
from e2ecli.keyring.rosters import Roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import issue_card
from e2ecli.operations.groups import add_epoch
from e2ecli.operations.keygen import public_keys
from e2ecli.operations.secret_keys import LocalKeys
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.secret import SecretBytes

NOW = whole_second(datetime.now(UTC))


class Person(NamedTuple):
    """Somebody with their secrets, which follow from their name, and their card."""

    name: str
    secrets: IdentitySecrets
    signed_card: SignedCard

    @property
    def card(self) -> Card:
        """What they say of themselves."""
        return self.signed_card.card

    @property
    def hybrid_key(self) -> bytes:
        """The post-quantum key that others seal to."""
        keys = self.card.encryption_keys
        return b"" if keys is None or keys.hybrid is None else keys.hybrid


class NoPassphrases:
    """Nothing is locked here."""

    attempts = 1

    def existing(self, identity: str) -> SecretBytes:
        """Refuse."""
        raise LockedError(f"{identity} is locked")

    def new(self, identity: str) -> SecretBytes:
        """Refuse."""
        return self.existing(identity)


@cache
def person(name: str) -> Person:
    """Return somebody, the same each time."""
    secrets = IdentitySecrets.from_root(SecretBytes(sha512(name.encode())[:32]))
    signer = secrets.signing_key()
    card = Card(name, None, signer.public_key, NOW, None, public_keys(secrets), None)
    return Person(name, secrets, issue_card(card, signer))


def crowd(size: int) -> list[Person]:
    """Return many people; a smaller crowd is the beginning of a larger one."""
    return [person(f"person-{number:05}") for number in range(size)]


@contextmanager
def unflushed() -> Iterator[None]:
    """Spare the disk: what the set-up writes need not survive a crash."""
    with patch.object(os, "fsync", lambda _: None):
        yield


def make_keyring(path: Path, owner: Person, contacts: Sequence[Person]) -> Workspace:
    """Make a keyring with one identity, which needs no passphrase, and contacts."""
    workspace = Workspace.at(path, lambda: NOW, NoPassphrases())
    with unflushed(), workspace.directory.writing():
        identity = seal_identity(owner.name, owner.signed_card, NOW, owner.secrets, None)
        workspace.identities.write(identity)
        for contact in contacts:
            workspace.contacts.write(Contact(contact.name, contact.signed_card, NOW))
    return workspace


def join_group(workspace: Workspace, reader: Person, name: str, members: Sequence[Person]) -> None:
    """Put a group into somebody's keyring. The first member owns it."""
    owner = members[0]
    ordered = sorted((member.signed_card for member in members), key=lambda signed: signed.card.id)
    roster = Roster(
        group_id=sha512(name.encode())[:16],
        name=name,
        owner=owner.card.signing_key,
        epoch=1,
        previous=None,
        issued=NOW,
        members=tuple(signed.armored for signed in ordered),
        key=SecretBytes(sha512(name.encode())[32:]),
    )
    group = Group(name, roster.group_id, name, roster.owner, reader.card.signing_key, ())
    with unflushed(), workspace.directory.writing():
        add_epoch(workspace, group, roster, ordered, LocalKeys(reader.secrets))
