"""Contacts: other people's cards under petnames, one file each (section 3).

A file is named `<petname>.<key id>.toml`, or `<petname>.x25519-<hex>.toml` where no signing key is known,
so that a contact is found by either without an index.
"""

import contextlib
import os
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

from e2ecli.errors import KeyringError, UnknownNameError
from e2ecli.keyring import toml
from e2ecli.keyring.cards import Card, EncryptionKeys, Revocation
from e2ecli.keyring.directory import KeyringDirectory, VanishedError, settled
from e2ecli.keyring.files import flush_directory, make_directory, naming, write_atomically
from e2ecli.keyring.keyid import PREFIX, key_id, looks_like_key_id, parse_key_id
from e2ecli.keyring.petnames import is_petname
from e2ecli.keyring.signedcard import CardReader, SignedCard, read_stored, stored
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record

FORMAT = "e2e-contact/1"
_PART = "contacts"
_USED = "used"
_REVOKED = "revoked"


class Verification(Record):
    """When you compared safety numbers with the person, and how."""

    at: datetime
    method: str


class RawKeys(Record):
    """Bare public keys of somebody who uses other Saltpack software, and so has no card."""

    x25519: X25519PublicKey
    signing_key: SigningPublicKey | None


class Contact(Record):
    """Somebody else's card (or bare keys) in your keyring, and what you know of it."""

    petname: str
    source: SignedCard | RawKeys
    added: datetime
    verified: Verification | None = None
    introduced_by: SigningPublicKey | None = None
    former_x25519: tuple[X25519PublicKey, ...] = ()
    """Encryption keys of earlier cards: deniable messages may still come under them."""
    replaces: str | None = None
    """The id of the key that had this petname before. Where a crash left both files, this one counts."""

    @property
    def signed_card(self) -> SignedCard | None:
        """The contact's card as they signed it, or None where there are only raw keys."""
        return None if isinstance(self.source, RawKeys) else self.source

    @property
    def card(self) -> Card | None:
        """What the contact says of themselves, or None where there are only raw keys."""
        return None if isinstance(self.source, RawKeys) else self.source.card

    @property
    def signing_key(self) -> SigningPublicKey | None:
        """The key that verifies what they sign; unknown of some raw keys."""
        return self.source.signing_key if isinstance(self.source, RawKeys) else self.source.card.signing_key

    @property
    def encryption_keys(self) -> EncryptionKeys | None:
        """The keys to seal to; None once revoked."""
        if isinstance(self.source, RawKeys):
            return EncryptionKeys(self.source.x25519, None)
        return self.source.card.encryption_keys

    @property
    def id(self) -> str | None:
        """The key id, where the signing key is known."""
        return None if self.signing_key is None else key_id(self.signing_key)

    @property
    def shown_id(self) -> str:
        """The key id, or else the X25519 key: what tells this contact from all others."""
        id_ = self.id
        if id_ is not None:
            return id_
        return f"x25519-{self.source.x25519.value.hex()}" if isinstance(self.source, RawKeys) else ""

    @property
    def revoked(self) -> Revocation | None:
        """That the identity is no longer to be used, since when and why."""
        return None if self.card is None else self.card.revoked

    def expired(self, now: datetime) -> bool:
        """Whether the card's time is over."""
        return self.card is not None and self.card.expired(now)


class ContactEntry(Record):
    """What the names of a contact's files say. There is more than one id only after a crash."""

    petname: str
    ids: tuple[str, ...]


class ContactStore(Record):
    """The contacts of a keyring."""

    directory: KeyringDirectory
    read_card: CardReader

    def petnames(self) -> list[str]:
        """Return all petnames, in alphabetical order."""
        return sorted({petname for petname, _ in self._files()})

    def entries(self) -> list[ContactEntry]:
        """Return every contact's petname and keys, as the files' names say, in the order of the petnames."""
        ids: dict[str, list[str]] = {}
        for petname, id_ in self._files():
            ids.setdefault(petname, []).append(id_)
        return [ContactEntry(petname, tuple(ids[petname])) for petname in sorted(ids)]

    def read(self, entry: ContactEntry) -> Contact:
        """Return the contact of an entry.

        Raises:
            KeyringError: two files claim the name, or the file is damaged or gone.
        """
        contact = self._the_one_called(entry.petname, [(entry.petname, id_) for id_ in entry.ids])
        if contact is None:
            raise VanishedError(f"the contact “{entry.petname}” has just been removed")
        return contact

    def all(self) -> list[Contact]:
        """Return all contacts, in the order of their petnames."""
        return settled(lambda: [self.read(entry) for entry in self.entries()])

    def get(self, petname: str) -> Contact:
        """Return a contact by petname.

        Raises:
            UnknownNameError: there is none.
            KeyringError: two files claim the name, or the file is damaged.
        """
        contact = self.find(petname)
        if contact is None:
            raise UnknownNameError(
                f"no contact is called “{petname}”",
                "e2e contacts list shows your contacts; e2e import CARD adds one",
            )
        return contact

    def find(self, petname: str) -> Contact | None:
        """Return a contact by petname, or None.

        Raises:
            KeyringError: two files claim the name, or the file is damaged.
        """
        return settled(lambda: self._find(petname))

    def _find(self, petname: str) -> Contact | None:
        # Names are compared as they stand before any is taken apart: there may be many.
        prefixes = (f"{petname}.{PREFIX}1", f"{petname}.x25519-")
        names = [name for name in self.directory.names(_PART) if name.startswith(prefixes)]
        return self._the_one_called(petname, _parsed(names))

    def find_by_key(self, key: SigningPublicKey) -> Contact | None:
        """Return a contact by signing key, or None.

        Raises:
            KeyringError: two files have the key, or the file is damaged.
        """
        return settled(lambda: self._find_by_key(key))

    def _find_by_key(self, key: SigningPublicKey) -> Contact | None:
        ending = f".{key_id(key)}.toml"
        names = self.directory.names(_PART)
        petnames = [petname for petname, _ in _parsed([name for name in names if name.endswith(ending)])]
        found = [
            self._the_one_called(petname, _parsed([name for name in names if name.startswith(f"{petname}.")]))
            for petname in petnames
        ]
        claims = [contact for contact in found if contact is not None and contact.signing_key == key]
        if len(claims) > 1:
            raise self._ambiguous(claims, f"the key {key_id(key)}")
        return claims[0] if claims else None

    def _the_one_called(self, petname: str, files: list[tuple[str, str]]) -> Contact | None:
        claims = [self._read(*file) for file in files if file[0] == petname]
        if len(claims) == 2:
            # A crash left the old file beside the new one, which names it. Where each names the other, the
            # later one counts.
            replacing = [one for one, other in permutations(claims) if one.replaces == other.shown_id]
            claims = sorted(replacing, key=lambda contact: contact.added)[-1:] or claims
        if len(claims) > 1:
            raise self._ambiguous(claims, f"the petname “{petname}”")
        return claims[0] if claims else None

    def find_by_x25519(self, key: X25519PublicKey) -> list[Contact]:
        """Return every contact who has, or had, an encryption key.

        Only deniable messages name their sender by this key, so that it stands in no file's name: this
        reads every contact.
        """
        return [
            contact
            for contact in self.all()
            if key in contact.former_x25519
            or (contact.encryption_keys is not None and contact.encryption_keys.x25519 == key)
        ]

    def write(self, contact: Contact) -> None:
        """Store a contact. The caller holds the keyring's lock."""
        fields: dict[str, Any] = {"format": FORMAT, "added": contact.added}
        if contact.introduced_by is not None:
            fields["introduced_by"] = key_id(contact.introduced_by)
        if contact.replaces is not None:
            fields["replaces"] = contact.replaces
        if isinstance(contact.source, RawKeys):
            fields["x25519"] = contact.source.x25519.value.hex()
            if contact.source.signing_key is not None:
                fields["ed25519"] = contact.source.signing_key.value.hex()
        else:
            fields |= stored(contact.source)
        if contact.former_x25519:
            fields["former_x25519"] = [key.value.hex() for key in contact.former_x25519]
        if contact.verified is not None:
            fields["verified"] = {"at": contact.verified.at, "method": contact.verified.method}
        self._remember_revoked(contact)
        write_atomically(self._path(contact.petname, contact.shown_id), toml.dump(fields).encode())

    def of_same_key(self) -> list[list[str]]:
        """Return the petnames, two or more, that have one key, for each such key."""
        petnames: dict[str, list[str]] = {}
        for petname, id_ in self._files():
            petnames.setdefault(id_, []).append(petname)
        return [sorted(names) for names in petnames.values() if len(names) > 1]

    def ids(self) -> set[str]:
        """Return what tells each contact from all others: key ids, as the files' names say."""
        return {id_ for _, id_ in self._files()}

    def note_use(self, contact: Contact, now: datetime) -> None:
        """Note that a message went to this contact or came from them; where it can't be, no harm is done."""
        path, times = self._use_path(contact), (now.timestamp(), now.timestamp())
        with contextlib.suppress(OSError):
            try:
                os.utime(path, times)
            except FileNotFoundError:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                path.touch(mode=0o600)
                os.utime(path, times)

    def last_uses(self) -> dict[str, datetime]:
        """Return when a message last went to, or came from, each contact who was ever used, by `shown_id`."""
        try:
            with os.scandir(self.directory.part(_USED)) as entries:
                return {entry.name: datetime.fromtimestamp(entry.stat().st_mtime, UTC) for entry in entries}
        except OSError:
            return {}

    def _use_path(self, contact: Contact) -> Path:
        return self.directory.part(_USED) / contact.shown_id

    def was_revoked(self, key: SigningPublicKey) -> bool:
        """Whether a contact, maybe gone since, has revoked this key: it never comes back.

        Raises:
            KeyringError: what was revoked can't be looked up.
        """
        path = self._revoked_path(key_id(key))
        with contextlib.suppress(FileNotFoundError):
            try:
                path.lstat()
            except FileNotFoundError:
                raise
            except OSError as error:
                raise KeyringError(f"{path} can't be read: {error.strerror}") from error
            return True
        if os.path.lexists(path.parent) and not path.parent.is_dir():
            raise KeyringError(f"{path.parent} is a link to a directory that isn't there")
        return False

    def revoked_keys(self) -> list[SigningPublicKey]:
        """Return the keys that contacts, maybe gone since, have revoked."""
        ids = (name.removesuffix(".card") for name in self.directory.names(_REVOKED))
        return [parse_key_id(id_) for id_ in sorted(ids) if looks_like_key_id(id_)]

    def _remember_revoked(self, contact: Contact) -> None:
        """Keep a revoked card where it stays when the contact goes, or an older file of theirs comes back."""
        if contact.revoked is not None and contact.signed_card is not None and contact.id is not None:
            path = self._revoked_path(contact.id)
            with naming(path):
                make_directory(path.parent, 0o700)
            write_atomically(path, contact.signed_card.armored.encode())

    def _revoked_path(self, id_: str) -> Path:
        return self.directory.part(_REVOKED) / f"{id_}.card"

    def replace(self, old: Contact, new: Contact) -> None:
        """Put another key under a petname. The caller holds the keyring's lock."""
        self._remember_revoked(old)
        self.write(new)
        self._remove_others(old.petname, new.shown_id)

    def rename(self, contact: Contact, petname: str) -> None:
        """Give a contact another petname. The caller holds the keyring's lock."""
        self._remove_others(contact.petname, contact.shown_id)
        old = self._path(contact.petname, contact.shown_id)
        with naming(old):
            old.rename(self._path(petname, contact.shown_id))
            flush_directory(old.parent)

    def remove(self, contact: Contact) -> None:
        """Remove a contact; a revocation is remembered. The caller holds the keyring's lock."""
        self._remember_revoked(contact)
        self._remove_others(contact.petname, contact.shown_id)
        path = self._path(contact.petname, contact.shown_id)
        with naming(path):
            path.unlink()
            flush_directory(path.parent)
        with contextlib.suppress(OSError):
            self._use_path(contact).unlink()

    def _remove_others(self, petname: str, kept_id: str) -> None:
        """Remove every other key's file under a petname: the one replaced, or what a crash left of one."""
        for other_petname, id_ in self._files():
            if other_petname == petname and id_ != kept_id:
                path = self._path(petname, id_)
                with naming(path):
                    path.unlink(missing_ok=True)
                    flush_directory(path.parent)

    def _files(self) -> list[tuple[str, str]]:
        """Return the petname and key of every contact, as the files' names say."""
        return _parsed(self.directory.names(_PART))

    def _ambiguous(self, claims: list[Contact], what: str) -> KeyringError:
        paths = " and ".join(self._path(claim.petname, claim.shown_id).name for claim in claims)
        return KeyringError(
            f"two contacts have {what}: {paths}", f"remove one of them from {self.directory.part(_PART)}"
        )

    def _path(self, petname: str, id_: str) -> Path:
        return self.directory.part(_PART) / f"{petname}.{id_}.toml"

    def _read(self, petname: str, id_: str) -> Contact:
        path = self._path(petname, id_)
        fields = toml.parse_own(self.directory.read_private(path), path, FORMAT)
        contact = toml.reading_own(path, lambda: self._parse(petname, fields))
        if contact.shown_id != id_:
            raise KeyringError(
                f"{path} holds another key than its name says", "remove it and import the card again"
            )
        return contact

    def _parse(self, petname: str, fields: toml.Table) -> Contact:
        verified = None
        if "verified" in fields:
            table = fields.table("verified")
            verified = Verification(table.time("at"), table.text("method"))
        return Contact(
            petname,
            self._parse_source(fields),
            fields.time("added"),
            verified,
            _optional_key(fields, "introduced_by"),
            tuple(map(X25519PublicKey, fields.hexadecimals("former_x25519", 32))),
            fields.optional_text("replaces"),
        )

    def _parse_source(self, fields: toml.Table) -> SignedCard | RawKeys:
        if "card" in fields:
            return read_stored(fields, self.read_card)
        signing_key = SigningPublicKey(fields.hexadecimal("ed25519", 32)) if "ed25519" in fields else None
        return RawKeys(X25519PublicKey(fields.hexadecimal("x25519", 32)), signing_key)


def _parsed(names: list[str]) -> list[tuple[str, str]]:
    """Return the petname and key that each file's name carries; others are no contacts."""
    files = []
    for name in names:
        stem, _, suffix = name.rpartition(".")
        petname, _, id_ = stem.rpartition(".")
        if suffix == "toml" and is_petname(petname) and id_.replace("-", "").isalnum():
            files.append((petname, id_))
    return files


def _optional_key(fields: toml.Table, name: str) -> SigningPublicKey | None:
    id_ = fields.optional_text(name)
    return None if id_ is None else parse_key_id(id_)
