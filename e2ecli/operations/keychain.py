"""The keys at hand for opening: those that need no passphrase first, then the one that is asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from e2ecli.errors import NotForYouError
from e2ecli.keyring.derivation import GenerationKeys, IdentitySecrets
from e2ecli.keyring.groups import Group
from e2ecli.keyring.identities import Identity
from e2ecli.operations.group_keys import (
    GROUP_IDENTIFIER_BYTES,
    GroupEpoch,
    at_rest_key,
    group_identifier,
)
from e2ecli.operations.hybrid_recipients import IDENTIFIER_BYTES, INFO
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.keys import BoxKey, RecipientKeys, SymmetricKeyMatch

Start = TypeVar("Start")


class IdentityKeys:
    """One identity's encryption keys of all generations, and its groups' keys, tried newest first."""

    def __init__(self, secrets: IdentitySecrets, groups: Sequence[Group] = ()) -> None:
        self._secrets = secrets
        self._groups = groups

    @cached_property
    def _generations(self) -> list[GenerationKeys]:
        return list(self._secrets.generations())[::-1]

    def x25519_keys(self) -> Iterable[BoxKey]:
        """Yield every X25519 key held here."""
        for generation in self._generations:
            yield generation.x25519

    @cached_property
    def _group_keys(self) -> list[tuple[GroupEpoch, SecretBytes]]:
        at_rest = at_rest_key(self._secrets)
        epochs = [GroupEpoch(group, epoch) for group in self._groups for epoch in group.epochs[::-1]]
        return [(one, one.group.open_key(one.epoch, at_rest)) for one in epochs]

    def symmetric_keys(
        self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]
    ) -> Iterator[SymmetricKeyMatch]:
        """Yield the entries whose identifier a group key makes, or one of the hybrid keys opens."""
        short = {
            identifier: index
            for index, identifier in enumerate(identifiers)
            if identifier is not None and len(identifier) == GROUP_IDENTIFIER_BYTES
        }
        for origin, key in self._group_keys if short else ():
            index = short.get(group_identifier(key, ephemeral_public_key))
            if index is not None:
                yield SymmetricKeyMatch(index, key, origin)
        yield from self._hybrid_keys(identifiers)

    def _hybrid_keys(self, identifiers: list[bytes | None]) -> Iterator[SymmetricKeyMatch]:
        from e2ecli.primitives.hybrid import HybridSecretKey  # noqa: PLC0415  # takes a while to import

        places = [
            (index, identifier)
            for index, identifier in enumerate(identifiers)
            if identifier is not None and len(identifier) == IDENTIFIER_BYTES
        ]
        for generation in self._generations if places else ():
            hybrid = HybridSecretKey.from_seed(generation.hybrid_seed)
            for index, identifier in places:
                key = hybrid.open(identifier, INFO)
                if key is not None:
                    yield SymmetricKeyMatch(index, key)


class Keychain:
    """Finds the key of one message after the other, asking for a passphrase once at most."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: dict[str, IdentityKeys] = {}

    @cached_property
    def _identities(self) -> list[Identity]:
        return self._workspace.identities.all()

    def find(self, open_header: Callable[[RecipientKeys], Start]) -> Start:
        """Open a message's header with any identity's keys.

        Raises:
            NotForYouError: none fits; identities that could not be tried are named.
            LockedError: the identity to ask for is locked, and there is no passphrase to be had.
            DamagedError: a key fits, and what it should open was altered.
        """
        for identity in self._identities:
            if identity.locked and identity.name not in self._open:
                continue
            try:
                return open_header(self._keys(identity))
            except NotForYouError:
                continue
        asked = self._to_ask_for()
        if asked is not None:
            try:
                return open_header(self._keys(asked))
            except NotForYouError:
                pass
        raise self._not_for_you()

    def _keys(self, identity: Identity) -> IdentityKeys:
        if identity.name not in self._open:
            self._open[identity.name] = IdentityKeys(
                self._workspace.secrets_of(identity), self._groups_of(identity)
            )
        return self._open[identity.name]

    def _groups_of(self, identity: Identity) -> list[Group]:
        return [group for group in self._groups if group.identity == identity.card.signing_key]

    @cached_property
    def _groups(self) -> list[Group]:
        return self._workspace.groups.all()

    def _to_ask_for(self) -> Identity | None:
        if not self._identities:
            return None
        identity = self._workspace.own_identity()
        return identity if identity.locked and identity.name not in self._open else None

    def _not_for_you(self) -> NotForYouError:
        untried = [
            identity.name
            for identity in self._identities
            if identity.locked and identity.name not in self._open
        ]
        if untried:
            return NotForYouError(
                "the message is not for any identity that could be tried; locked and not tried: "
                + ", ".join(untried),
                f"try again with --as {untried[0]}",
            )
        hint = "if it should be for you, give the sender your newest card: e2e export"
        if self._groups:
            hint += "; if it is for a group, ask its owner for the update: e2e groups share"
        return NotForYouError("the message is not for you: no key in this keyring opens it", hint)
