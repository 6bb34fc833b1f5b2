"""What every operation works with: the keyring, the clock, and where passphrases come from."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from e2ecli.errors import KeyringError, UnknownNameError, WrongPassphraseError
from e2ecli.keyring.config import Config, read_config
from e2ecli.keyring.contacts import ContactStore
from e2ecli.keyring.files import KeyringDirectory
from e2ecli.keyring.groups import GroupStore
from e2ecli.keyring.identities import Identity, IdentityStore, Unlocked
from e2ecli.nearness import did_you_mean
from e2ecli.operations.cards import read_stored_card
from e2ecli.operations.secret_keys import LocalKeys, SecretKeys
from e2ecli.primitives.secret import SecretBytes

Clock = Callable[[], datetime]


class Passphrases(Protocol):
    """Where passphrases come from: a file descriptor, a file, a command, or somebody at the terminal."""

    @property
    def attempts(self) -> int:
        """How often to ask anew after a wrong passphrase: more than once where a person types it."""
        ...

    def existing(self, identity: str) -> SecretBytes:
        """Return the passphrase of an identity.

        Raises:
            LockedError: there is none to be had.
        """
        ...

    def new(self, identity: str) -> SecretBytes:
        """Return a passphrase for a new lock, asked for twice where a person types it.

        Raises:
            LockedError: there is none to be had.
        """
        ...


class Workspace(NamedTuple):
    """A keyring in use. `as_identity` is the identity to act as, where not the default one."""

    directory: KeyringDirectory
    clock: Clock
    passphrases: Passphrases
    as_identity: str | None = None

    @classmethod
    def at(
        cls, keyring: Path, clock: Clock, passphrases: Passphrases, as_identity: str | None = None
    ) -> "Workspace":
        """Return the workspace of the keyring in a directory."""
        return cls(KeyringDirectory(keyring), clock, passphrases, as_identity)

    @property
    def identities(self) -> IdentityStore:
        """Your own identities."""
        return IdentityStore(self.directory, read_stored_card)

    @property
    def contacts(self) -> ContactStore:
        """Everybody else."""
        return ContactStore(self.directory, read_stored_card)

    @property
    def groups(self) -> GroupStore:
        """The groups that you are a member of."""
        return GroupStore(self.directory)

    @property
    def config(self) -> Config:
        """The user's lasting wishes."""
        return read_config(self.directory)

    def own_identity(self) -> Identity:
        """Return the identity to act as.

        Raises:
            UnknownNameError: none goes by the name that was asked for.
            KeyringError: there is none yet.
        """
        if self.as_identity is not None:
            return self.identities.get(self.as_identity)
        default = self.config.default_identity
        if default is not None:
            return self.identities.get(default)
        identities = self.identities.all()
        if not identities:
            raise KeyringError(
                f"there is no identity in the keyring {self.directory.path}", "make one: e2e keygen"
            )
        usable = [identity for identity in identities if identity.card.revoked is None]
        return (usable or identities)[0]

    def signing_identity(self) -> Identity:
        """Return the identity to act as, for signing.

        Raises:
            KeyringError: there is none, or it is revoked.
        """
        identity = self.own_identity()
        if identity.card.revoked is not None:
            raise KeyringError(
                f"your identity “{identity.name}” is revoked: nobody would accept what it signs",
                "make a new one: e2e keygen",
            )
        return identity

    def default_identity_name(self) -> str | None:
        """Return the name of the identity to act as when nothing else is said, or None without any."""
        if self.config.default_identity is None and not self.identities.names():
            return None
        return self._replace(as_identity=None).own_identity().name

    def keys_of(self, identity: Identity) -> SecretKeys:
        """Return an identity's keys for use, asking for the passphrase where that takes one.

        Raises:
            LockedError: there is no passphrase to be had, or it is wrong.
        """
        return self.keys_without_asking(identity) or LocalKeys(self.unlock(identity).secrets)

    def keys_without_asking(self, identity: Identity) -> SecretKeys | None:
        """Return an identity's keys for use, or None where that takes a passphrase."""
        if not identity.locked:
            return LocalKeys(identity.unlock(None).secrets)
        from e2ecli.operations.agent_client import keys_in_agent  # noqa: PLC0415  # for locked identities

        return keys_in_agent(self.directory, identity)

    def unlock(self, identity: Identity) -> Unlocked:
        """Return an identity's secrets and the key to lock them up again.

        Raises:
            LockedError: there is no passphrase to be had, or it is wrong.
        """
        if not identity.locked:
            return identity.unlock(None)
        for _ in range(self.passphrases.attempts - 1):
            try:
                return identity.unlock(self.passphrases.existing(identity.name))
            except WrongPassphraseError:
                continue
        return identity.unlock(self.passphrases.existing(identity.name))

    def check_name_free(self, name: str, remedy: str = "choose another name") -> None:
        """Check that no identity, contact or group has this name; `remedy` says how another is chosen.

        Raises:
            KeyringError: one has.
        """
        taken = (
            ("an identity", name in self.identities.names()),
            ("a contact", self.contacts.find(name) is not None),
            ("a group", self.groups.find(name) is not None),
        )
        for what, is_taken in taken:
            if is_taken:
                raise KeyringError(f"{what} is called “{name}” already", remedy)


def unknown_name(workspace: Workspace, name: str) -> UnknownNameError:
    """Return the error for a name that is no contact's: yours, a group's, or nobody's, who may be meant."""
    if name == "me" or name in workspace.identities.names():
        return UnknownNameError(
            f"“{name}” is you, and no contact", f"as sender and recipient you are “me”; e2e keys show {name}"
        )
    if name in workspace.groups.names():
        return UnknownNameError(f"“{name}” is a group, and no contact", f"e2e groups show {name}")
    known = [*workspace.contacts.petnames(), *workspace.groups.names()]
    otherwise = "e2e contacts list shows who is; e2e import CARD adds somebody"
    return UnknownNameError(f"nobody in the keyring is called “{name}”", did_you_mean(name, known, otherwise))
