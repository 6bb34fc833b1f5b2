"""The keys at hand for opening: those that need no passphrase first, then the one that is asked for."""

from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TypeVar

from e2ecli.errors import KeyringError, NotForYouError
from e2ecli.keyring.groups import Group
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.surveys import Survey
from e2ecli.operations.group_keys import (
    GROUP_IDENTIFIER_BYTES,
    GroupEpoch,
    group_identifier,
)
from e2ecli.operations.hybrid_recipients import IDENTIFIER_BYTES
from e2ecli.operations.secret_keys import SecretKeys
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.keys import BoxKey, RecipientKeys, SymmetricKeyMatch

Start = TypeVar("Start")


class IdentityKeys:
    """One identity's encryption keys of all generations, and its groups' keys, tried newest first."""

    def __init__(self, keys: SecretKeys, groups: Sequence[Group] = ()) -> None:
        self._keys = keys
        self._groups = groups
        self.damaged: list[KeyringError] = []
        """Why groups' keys can't be used."""

    def x25519_keys(self) -> Iterable[BoxKey]:
        """Return every X25519 key held here."""
        return self._keys.encryption_keys

    @cached_property
    def _group_keys(self) -> list[tuple[GroupEpoch, SecretBytes]]:
        keys = []
        for group in self._groups:
            for epoch in group.epochs[::-1]:
                try:
                    keys.append((GroupEpoch(group, epoch), group.open_key(epoch, self._keys)))
                except KeyringError as error:
                    self.damaged.append(error)
        return keys

    def symmetric_keys(
        self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]
    ) -> Iterator[SymmetricKeyMatch]:
        """Yield the entries whose identifier a group key makes, or one of the hybrid keys opens."""
        short = {one for one in identifiers if one is not None and len(one) == GROUP_IDENTIFIER_BYTES}
        for origin, key in self._group_keys if short else ():
            mine = group_identifier(key, ephemeral_public_key)
            if mine in short:  # maybe more than once
                places = (index for index, one in enumerate(identifiers) if one == mine)
                yield from (SymmetricKeyMatch(index, key, origin) for index in places)
        yield from self._hybrid_keys(identifiers)

    def _hybrid_keys(self, identifiers: list[bytes | None]) -> Iterator[SymmetricKeyMatch]:
        places = [
            (index, identifier)
            for index, identifier in enumerate(identifiers)
            if identifier is not None and len(identifier) == IDENTIFIER_BYTES
        ]
        if places:
            for match in self._keys.open_hybrid([identifier for _, identifier in places]):
                yield SymmetricKeyMatch(places[match.position][0], match.key)


class Keychain:
    """Finds the key of one message after the other, asking for a passphrase once at most."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: dict[str, IdentityKeys] = {}
        self._locked: set[str] = set()
        self._asking = allocate_lock()

    @cached_property
    def _identities(self) -> Survey[Identity]:
        return self._workspace.identities.survey()

    def find(self, open_header: Callable[[RecipientKeys], Start]) -> Start:
        """Open a message's header with any identity's keys.

        Raises:
            NotForYouError: none fits; identities that could not be tried are named.
            KeyringError: none fits, and one that can't be read might.
            LockedError: the identity to ask for is locked, and there is no passphrase to be had.
            DamagedError: a key fits, and what it should open was altered.
        """
        start = self._tried(open_header)
        for error in self._damaged():
            if start is None:
                raise KeyringError(error.message, error.hint) from error
            self._workspace.warn_of(error)
        if start is None:
            raise self._not_for_you()
        return start

    def _tried(self, open_header: Callable[[RecipientKeys], Start]) -> Start | None:
        for identity in self._identities.found:
            if self._needs_passphrase(identity):
                continue
            with suppress(NotForYouError):
                return open_header(self._open[identity.name])
        asked = self._to_ask_for()
        if asked is not None:
            with self._asking:  # several messages may be opened at the same time
                if asked.name not in self._open:
                    self._hold(asked, self._workspace.keys_of(asked))
            with suppress(NotForYouError):
                return open_header(self._open[asked.name])
        return None

    def _damaged(self) -> list[KeyringError]:
        """Return why identities and groups can't be used."""
        surveys = (self._identities, self._groups)
        return [
            *(error for survey in surveys for error in survey.damaged.values()),
            *(error for keys in self._open.values() for error in keys.damaged),
        ]

    def _needs_passphrase(self, identity: Identity) -> bool:
        """Whether an identity's keys can't be used yet; where they can be had without asking, they are."""
        if identity.name in self._open or identity.name in self._locked:
            return identity.name in self._locked
        keys = self._workspace.keys_without_asking(identity)
        if keys is None:
            self._locked.add(identity.name)
            return True
        self._hold(identity, keys)
        return False

    def _hold(self, identity: Identity, keys: SecretKeys) -> None:
        self._locked.discard(identity.name)
        self._open[identity.name] = IdentityKeys(keys, self._groups_of(identity))

    def _groups_of(self, identity: Identity) -> list[Group]:
        return [group for group in self._groups.found if group.identity == identity.card.signing_key]

    @cached_property
    def _groups(self) -> Survey[Group]:
        return self._workspace.groups.survey()

    def _to_ask_for(self) -> Identity | None:
        if not self._identities.found:
            return None
        identity = self._workspace.own_identity()
        return None if identity.name in self._open else identity

    def _not_for_you(self) -> NotForYouError:
        if not self._identities.found:
            path = self._workspace.directory.path
            return NotForYouError(
                f"no message can be opened: there is no identity in the keyring {path}",
                "make one: e2e keygen; or say where yours is: --keyring DIR",
            )
        untried = [identity.name for identity in self._identities.found if identity.name not in self._open]
        if untried:
            return NotForYouError(
                "the message is not for any identity that could be tried; locked and not tried: "
                + ", ".join(untried),
                f"try again with --as {untried[0]}",
            )
        hint = "if it should be for you, give the sender your newest card: e2e export"
        if self._groups.found:
            hint += "; if it is for a group, ask its owner for the update: e2e groups share"
        return NotForYouError("the message is not for you: no key in this keyring opens it", hint)
