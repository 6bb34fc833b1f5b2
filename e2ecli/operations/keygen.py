"""Making an identity: random root, keys, a signed card, and the recovery words (section 2.6)."""

from datetime import datetime, timedelta

from e2ecli.errors import DamagedError, E2EError, KeyringError, UnknownNameError, UsageError
from e2ecli.keyring.cards import Card, EncryptionKeys, Revocation, check_email, check_name, whole_second
from e2ecli.keyring.derivation import ROOT_BYTES, IdentitySecrets
from e2ecli.keyring.identities import Identity, KdfName, LockKey, PassphraseLock, seal_identity
from e2ecli.keyring.petnames import check_petname, slug
from e2ecli.keyring.recovery import recovery_words
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import issue_card
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record


class NewIdentity(Record):
    """Who the identity is for, and how it is kept. `kdf` None stores the secrets in the clear."""

    name: str
    email: str | None
    valid_for: timedelta | None
    kdf: KdfName | None
    petname: str | None = None


class MadeIdentity(Record):
    """A new identity, not yet stored, and what to keep away from this machine: words, and a revocation."""

    identity: Identity
    words: tuple[str, ...]
    revocation: SignedCard

    def __repr__(self) -> str:
        return f"MadeIdentity({self.identity.name!r}, words redacted)"


class PreparedIdentity(Record):
    """A new identity's facts, checked, before anybody is asked for a passphrase."""

    name: str
    email: str | None
    petname: str
    issued: datetime
    expires: datetime | None
    kdf: KdfName | None


def prepare(workspace: Workspace, new: NewIdentity) -> PreparedIdentity:
    """Check what a new identity is to be.

    Raises:
        UsageError: the name or address can't stand on a card, or the petname can't be one.
        KeyringError: the petname is taken.
    """
    try:
        name = check_name(new.name)
        email = None if new.email is None else check_email(new.email)
    except DamagedError as error:
        raise UsageError(error.message) from None
    petname = slug(name) if new.petname is None else check_petname(new.petname)
    workspace.check_name_free(petname, "choose another with --name PETNAME")
    issued = whole_second(workspace.clock())
    expires = None if new.valid_for is None else issued + new.valid_for
    return PreparedIdentity(name, email, petname, issued, expires, new.kdf)


def make_identity(
    workspace: Workspace, prepared: PreparedIdentity, passphrase: SecretBytes | None
) -> MadeIdentity:
    """Make an identity, whose secrets are locked under the passphrase if the kdf isn't None."""
    root = SecretBytes(random_bytes(ROOT_BYTES))
    secrets = IdentitySecrets.from_root(root)
    identity = identity_from(workspace, prepared, secrets, passphrase)
    revoked = identity.card._replace(
        encryption_keys=None, revoked=Revocation(prepared.issued, "lost", successor=None)
    )
    return MadeIdentity(identity, recovery_words(root), issue_card(revoked, secrets.signing_key()))


def identity_from(
    workspace: Workspace,
    prepared: PreparedIdentity,
    secrets: IdentitySecrets,
    passphrase: SecretBytes | None,
) -> Identity:
    """Return the identity of given secrets, with a new card."""
    signer = secrets.signing_key()
    card = Card(
        name=prepared.name,
        email=prepared.email,
        signing_key=signer.public_key,
        issued=prepared.issued,
        expires=prepared.expires,
        encryption_keys=public_keys(secrets),
        revoked=None,
    )
    lock_key = None
    if prepared.kdf is not None and passphrase is not None:
        lock_key = LockKey.derive(PassphraseLock.new(prepared.kdf), passphrase)
    return seal_identity(prepared.petname, issue_card(card, signer), workspace.clock(), secrets, lock_key)


def store_identity(workspace: Workspace, identity: Identity) -> None:
    """Store a new identity.

    Raises:
        KeyringError: its name was taken in the meantime, or its key is in the keyring already.
        FileError: the keyring can't be written; nothing was stored.
    """
    with workspace.directory.writing():
        workspace.check_name_free(identity.name, "choose another with --name PETNAME")
        for other in workspace.readable_identities():
            if other.card.signing_key == identity.card.signing_key:
                raise KeyringError(f"this identity is in the keyring already, as “{other.name}”")
        contact = workspace.contacts.find_by_key(identity.card.signing_key)
        if contact is not None:
            raise KeyringError(
                f"this identity is filed as the contact “{contact.petname}”",
                f"e2e contacts remove {contact.petname}, then this again",
            )
        workspace.identities.write(identity)


def may_be_stored(workspace: Workspace, identity: Identity) -> bool:
    """Return False only where it is certain that an identity is not in the keyring."""
    try:
        return workspace.identities.get(identity.name).card.signing_key == identity.card.signing_key
    except UnknownNameError:
        return False
    except E2EError:
        return True


def public_keys(secrets: IdentitySecrets) -> EncryptionKeys:
    """Return the public halves of the newest generation's encryption keys."""
    from e2ecli.primitives.hybrid import HybridSecretKey  # noqa: PLC0415  # takes a while to import

    newest = secrets.newest_keys()
    hybrid = HybridSecretKey.from_seed(newest.hybrid_seed)
    return EncryptionKeys(newest.x25519.public_key, hybrid.public_bytes)
