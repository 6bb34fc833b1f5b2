"""Identities: your own secret keys, one file each, locked under a passphrase (section 2.6)."""

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

from e2ecli.errors import UnknownNameError, WrongPassphraseError
from e2ecli.keyring import toml
from e2ecli.keyring.cards import Card
from e2ecli.keyring.derivation import MOST_GENERATIONS, SECRETS_BYTES, IdentitySecrets
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.files import naming, write_atomically
from e2ecli.keyring.petnames import is_petname
from e2ecli.keyring.signedcard import CardReader, SignedCard, read_stored, stored
from e2ecli.keyring.surveys import Survey, survey
from e2ecli.nearness import did_you_mean
from e2ecli.primitives import aead
from e2ecli.primitives.kdf import SALT_BYTES, Argon2idCost, argon2id
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

FORMAT = "e2e-identity/1"
_PART = "identities"

KdfName = Literal["interactive", "moderate", "sensitive"]
COSTS: dict[KdfName, Argon2idCost] = {
    "interactive": Argon2idCost(passes=2, memory=64 * 2**20),
    "moderate": Argon2idCost(passes=3, memory=256 * 2**20),
    "sensitive": Argon2idCost(passes=4, memory=1024 * 2**20),
}


class PassphraseLock(Record):
    """How the secrets are locked: the cost and salt of the passphrase's key."""

    cost: Argon2idCost
    salt: bytes

    @classmethod
    def new(cls, kdf: KdfName) -> "PassphraseLock":
        """Return a lock with a fresh salt."""
        return cls(COSTS[kdf], random_bytes(SALT_BYTES))


class LockKey(Record):
    """A lock together with the key that a passphrase makes of it."""

    lock: PassphraseLock
    key: SecretBytes

    @classmethod
    def derive(cls, lock: PassphraseLock, passphrase: SecretBytes) -> "LockKey":
        """Return the key of a passphrase (this takes as long as the lock's cost says)."""
        return cls(lock, argon2id(passphrase, lock.salt, lock.cost))


class Unlocked(Record):
    """An identity's secrets, and the key to lock them up again; None where there is no lock."""

    secrets: IdentitySecrets
    lock_key: LockKey | None


class Identity(Record):
    """One of your own identities as it lies in the keyring: its card, and its secrets sealed.

    Without a lock, `sealed` is the secrets themselves.
    """

    name: str
    signed_card: SignedCard
    created: datetime
    oldest: int
    newest: int
    lock: PassphraseLock | None
    sealed: SecretBytes

    @property
    def card(self) -> Card:
        """What the identity says of itself."""
        return self.signed_card.card

    @property
    def locked(self) -> bool:
        """Whether using it takes a passphrase."""
        return self.lock is not None

    def unlock(self, passphrase: SecretBytes | None) -> Unlocked:
        """Return the secrets; a passphrase is needed where there is a lock.

        Raises:
            WrongPassphraseError: the passphrase doesn't open it.
        """
        if self.lock is None:
            return Unlocked(IdentitySecrets.from_bytes(self.sealed, self.oldest, self.newest), None)
        try:
            if passphrase is None:
                raise aead.AeadOpenError("no passphrase")
            lock_key = LockKey.derive(self.lock, passphrase)
            associated_data = _associated_data(self.card.id, self.oldest, self.newest, self.lock)
            packed = aead.open_sealed(self.sealed.reveal(), associated_data, lock_key.key)
        except aead.AeadOpenError:
            raise WrongPassphraseError(
                f"the passphrase doesn't open the identity “{self.name}”",
                "try again; if it is forgotten, the recovery words bring the identity back in a new keyring: "
                "e2e keys restore --keyring DIR",
            ) from None
        return Unlocked(IdentitySecrets.from_bytes(packed, self.oldest, self.newest), lock_key)


def seal_identity(
    name: str,
    signed_card: SignedCard,
    created: datetime,
    secrets: IdentitySecrets,
    lock_key: LockKey | None,
) -> Identity:
    """Return an identity whose secrets are locked, or in the clear without a lock."""
    sealed, lock = secrets.to_bytes(), None
    if lock_key is not None:
        lock = lock_key.lock
        associated_data = _associated_data(signed_card.card.id, secrets.oldest, secrets.newest, lock)
        sealed = SecretBytes(aead.seal(sealed, associated_data, lock_key.key))
    return Identity(name, signed_card, created, secrets.oldest, secrets.newest, lock, sealed)


def _associated_data(key_id: str, oldest: int, newest: int, lock: PassphraseLock) -> bytes:
    facts = (FORMAT, key_id, oldest, newest, lock.cost.passes, lock.cost.memory, lock.salt.hex())
    return "\n".join(map(str, facts)).encode()


class IdentityStore(Record):
    """The identities of a keyring."""

    directory: KeyringDirectory
    read_card: CardReader

    def names(self) -> list[str]:
        """Return the names of all identities, in alphabetical order."""
        files = self.directory.names(_PART)
        names = [file.removesuffix(".toml") for file in files if file.endswith(".toml")]
        return sorted(filter(is_petname, names))

    def all(self) -> list[Identity]:
        """Return all identities, oldest first: the first is the default until told otherwise.

        Raises:
            KeyringError: one can't be read.
        """
        read = self.survey()
        read.check()
        return read.found

    def survey(self) -> Survey[Identity]:
        """Return the identities that can be read, oldest first, and why others can't."""
        read = survey(self.names(), self.get)
        read.found.sort(key=lambda identity: (identity.created, identity.name))
        return read

    def get(self, name: str) -> Identity:
        """Return an identity by its name.

        Raises:
            UnknownNameError: there is none.
            KeyringError: its file is damaged, or open to other users.
        """
        self.directory.exists()
        if not is_petname(name) or not os.path.lexists(self._path(name)):
            hint = did_you_mean(name, self.names(), "e2e keys list shows your identities")
            raise UnknownNameError(f"no identity is called “{name}”", hint)
        path = self._path(name)
        remedy = (
            f"restore it from a backup; or move it away, and with the recovery words: e2e keys restore {name}"
        )
        fields = toml.parse_own(self.directory.read_private(path), path, FORMAT, remedy)
        return toml.reading_own(path, lambda: self._parse(name, fields), remedy)

    def write(self, identity: Identity) -> None:
        """Store an identity. The caller holds the keyring's lock."""
        write_atomically(self._path(identity.name), _format(identity).encode())

    def note_drill(self, identity: Identity) -> None:
        """Note that the recovery words were tried and are right.

        Raises:
            FileError: it can't be noted.
        """
        path = self._drill_path(identity)
        with naming(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)

    def was_drilled(self, identity: Identity) -> bool:
        """Whether the recovery words were ever tried."""
        return self._drill_path(identity).exists()

    def _drill_path(self, identity: Identity) -> Path:
        return self.directory.part("drilled") / identity.card.id

    def _path(self, name: str) -> Path:
        return self.directory.part(_PART) / f"{name}.toml"

    def _parse(self, name: str, fields: toml.Table) -> Identity:
        secret = fields.table("secret")
        lock = None
        if secret.text("kdf") != "none":
            cost = Argon2idCost(secret.integer("passes", 1, 16), secret.integer("memory", 2**13, 2**32))
            lock = PassphraseLock(cost, secret.base64("salt", SALT_BYTES))
        sealed = SecretBytes(secret.base64("sealed", None if lock else SECRETS_BYTES))
        newest = secret.integer("generation", 0, MOST_GENERATIONS - 1)
        return Identity(
            name,
            read_stored(fields, self.read_card),
            fields.time("created"),
            secret.integer("oldest_generation", 0, newest),
            newest,
            lock,
            sealed,
        )


def _format(identity: Identity) -> str:
    secret: dict[str, object] = {
        "generation": identity.newest,
        "oldest_generation": identity.oldest,
        "kdf": "none",
    }
    if identity.lock is not None:
        secret |= {
            "kdf": "argon2id",
            "passes": identity.lock.cost.passes,
            "memory": identity.lock.cost.memory,
            "salt": toml.encode_base64(identity.lock.salt),
        }
    secret["sealed"] = toml.encode_base64(identity.sealed.reveal())
    fields = {"format": FORMAT, "created": identity.created} | stored(identity.signed_card)
    return toml.dump(fields | {"secret": secret})
