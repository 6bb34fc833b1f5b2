"""What the tests of the keyring share: people with known secrets, their cards, and contacts of them."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from e2ecli.keyring.cards import Card, EncryptionKeys, Revocation
from e2ecli.keyring.contacts import Contact, ContactStore
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.identities import PassphraseLock
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import issue_card, read_card
from e2ecli.operations.keygen import public_keys
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.kdf import Argon2idCost
from e2ecli.primitives.secret import SecretBytes

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CHEAP_LOCK = PassphraseLock(Argon2idCost(passes=1, memory=8192), b"a salt, 16 bytes")
"""A lock that takes no time: what a passphrase costs is the primitive's affair."""


def secrets_of(name: str) -> IdentitySecrets:
    return IdentitySecrets.from_root(SecretBytes(sha512(name.encode())[:32]))


def signing_key_of(name: str) -> SigningPublicKey:
    return secrets_of(name).signing_key().public_key


def keys_of(name: str, generation: int = 0, *, hybrid: bool = True) -> EncryptionKeys:
    secrets = secrets_of(name)._replace(newest=generation)
    if hybrid:
        return public_keys(secrets)
    return EncryptionKeys(secrets.newest_keys().x25519.public_key, None)


def card_of(
    name: str,
    *,
    issued: datetime = NOW,
    expires: datetime | None = None,
    email: str | None = None,
    generation: int = 0,
    hybrid: bool = True,
    revoked: Revocation | None = None,
) -> Card:
    keys = None if revoked is not None else keys_of(name, generation, hybrid=hybrid)
    return Card(name, email, signing_key_of(name), issued, expires, keys, revoked)


def signed(card: Card) -> SignedCard:
    """The card, signed with the secret key of the person whose name is on it."""
    return issue_card(card, secrets_of(card.name).signing_key())


def contact_of(
    name: str, *, petname: str | None = None, added: datetime = NOW, hybrid: bool = True
) -> Contact:
    return Contact(petname or name.lower(), signed(card_of(name, hybrid=hybrid)), added)


def directory_at(path: Path) -> KeyringDirectory:
    """A keyring that exists, empty."""
    directory = KeyringDirectory(path / "keyring")
    with directory.writing():
        pass
    return directory


def store_at(path: Path) -> ContactStore:
    return ContactStore(directory_at(path), read_card)


def mode(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)
