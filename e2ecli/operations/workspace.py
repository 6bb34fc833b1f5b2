"""What every operation works with: the keyring, the clock, and where passphrases come from."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from e2ecli.errors import KeyringError, UnknownNameError, WrongPassphraseError
from e2ecli.keyring.config import Config, read_config
from e2ecli.keyring.contacts import ContactStore
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.groups import GroupStore
from e2ecli.keyring.identities import Identity, IdentityStore, Unlocked
from e2ecli.keyring.surveys import Survey
from e2ecli.nearness import did_you_mean
from e2ecli.operations.cards import read_stored_card
from e2ecli.operations.secret_keys import LocalKeys, SecretKeys
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

Clock = Callable[[], datetime]
Item = TypeVar("Item")


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


WarnOf = Callable[[KeyringError], None]
"""Tells of a file that can't be read and isn't needed."""


def _nobody_is_told(error: KeyringError) -> None:
    pass


class Workspace(Record):
    """A keyring in use. `as_identity` is the identity to act as, where not the default one."""

    directory: KeyringDirectory
    clock: Clock
    passphrases: Passphrases
    as_identity: str | None = None
    warn_of: WarnOf = _nobody_is_told

    @classmethod
    def at(
        cls,
        keyring: Path,
        clock: Clock,
        passphrases: Passphrases,
        as_identity: str | None = None,
        warn_of: WarnOf = _nobody_is_told,
    ) -> "Workspace":
        """Return the workspace of the keyring in a directory."""
        return cls(KeyringDirectory(keyring), clock, passphrases, as_identity, warn_of)

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
            KeyringError: there is none yet, or it can't be read.
        """
        if self.as_identity is not None:
            return self.identities.get(self.as_identity)
        default = self.config.default_identity
        return self._oldest_identity() if default is None else self._configured_identity(default)

    def _configured_identity(self, name: str) -> Identity:
        names = self.identities.names()
        if name not in names:
            path = self.directory.part("config.toml")
            raise UnknownNameError(
                f"no identity is called “{name}”, as {path} says of the default one",
                f"choose one of yours: e2e keys default {names[0]}" if names else "make one: e2e keygen",
            )
        return self.identities.get(name)

    def _oldest_identity(self) -> Identity:
        """Return the oldest identity that isn't revoked.

        One that can't be read may be older than what is left. Nothing is signed by another identity than
        usual because of that.
        """
        identities = self.identities.survey()
        if not identities.found:
            identities.check()
            raise KeyringError(
                f"there is no identity in the keyring {self.directory.path}", "make one: e2e keygen"
            )
        usable = [identity for identity in identities.found if identity.card.revoked is None]
        oldest = (usable or identities.found)[0]
        for error in identities.damaged.values():
            other = f"--as {oldest.name}, for good e2e keys default {oldest.name}"
            raise KeyringError(error.message, f"{error.hint}; or act as another: {other}") from error
        return oldest

    def readable_identities(self) -> list[Identity]:
        """Return your identities, oldest first, without any that can't be read."""
        return self._told_of(self.identities.survey())

    def identity_where(self, fits: Callable[[Identity], bool]) -> Identity | None:
        """Return the oldest identity that fits, or None.

        Raises:
            KeyringError: none fits, and one that can't be read might.
        """
        identities = self.identities.survey()
        for identity in identities.found:
            if fits(identity):
                self._told_of(identities)
                return identity
        identities.check()
        return None

    def _told_of(self, survey: Survey[Item]) -> list[Item]:
        for error in survey.damaged.values():
            self.warn_of(error)
        return survey.found

    def signing_identity(self) -> Identity:
        """Return the identity to act as, for signing.

        Raises:
            KeyringError: there is none, or it is revoked.
        """
        identity = self.own_identity()
        if identity.card.revoked is not None:
            raise KeyringError(
                f"your identity “{identity.name}” is revoked: nobody would accept what it signs",
                self.instead_of_revoked(),
            )
        return identity

    def instead_of_revoked(self) -> str:
        """Return what to do where the identity to act as is revoked."""
        others = [one.name for one in self.readable_identities() if one.card.revoked is None]
        if not others:
            return "make a new one: e2e keygen"
        if self.as_identity is not None:
            return f"act as another: --as {others[-1]}"
        return f"act as another from now on: e2e keys default {others[-1]}"

    def default_identity_name(self) -> str | None:
        """Return the name of the identity to act as when nothing else is said; None where none can be."""
        default = self.config.default_identity
        if default is not None:
            return default if default in self.identities.names() else None
        try:
            return self._replace(warn_of=_nobody_is_told)._oldest_identity().name
        except KeyringError:
            return None

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
