"""An identity's secret keys in use, wherever they are: in this process, or in the agent that keeps them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from e2ecli.keyring.derivation import GenerationKeys, IdentitySecrets
from e2ecli.operations.hybrid_recipients import INFO
from e2ecli.primitives import aead
from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.primitives.kdf import hkdf_sha256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record
from e2ecli.saltpack.keys import BoxKey, Signer

if TYPE_CHECKING:
    from e2ecli.primitives.hybrid import HybridSecretKey

_GROUP_KEYS_AT_REST: Final = b"e2e/group-keys-at-rest/v1"


class HybridMatch(Record):
    """An identifier that one of the hybrid keys opens, and the symmetric key in it."""

    position: int
    key: SecretBytes


class SecretKeys(Protocol):
    """What can be done with an identity's secret keys without having them."""

    @property
    def signer(self) -> Signer:
        """The signing key."""
        ...

    @property
    def encryption_keys(self) -> Sequence[BoxKey]:
        """The X25519 keys of all generations, newest first."""
        ...

    def open_hybrid(self, identifiers: Sequence[bytes]) -> Iterator[HybridMatch]:
        """Yield the identifiers that a hybrid key opens, the newest generation's first."""
        ...

    def seal_group_key(self, key: SecretBytes, associated_data: bytes) -> bytes:
        """Return a group's key as it may lie on disk."""
        ...

    def open_group_key(self, sealed: bytes, associated_data: bytes) -> SecretBytes:
        """Return a group's key that lay on disk.

        Raises:
            AeadOpenError: it was altered, or is another identity's.
        """
        ...


class LocalKeys:
    """An identity's secret keys in this process."""

    def __init__(self, secrets: IdentitySecrets) -> None:
        self._secrets = secrets
        self._hybrid_keys: dict[int, HybridSecretKey] = {}

    @cached_property
    def signer(self) -> SigningSecretKey:
        """The signing key."""
        return self._secrets.signing_key()

    @cached_property
    def _generations(self) -> list[GenerationKeys]:
        return list(self._secrets.generations())[::-1]

    @property
    def encryption_keys(self) -> Sequence[BoxKey]:
        """The X25519 keys of all generations, newest first."""
        return [generation.x25519 for generation in self._generations]

    def open_hybrid(self, identifiers: Sequence[bytes]) -> Iterator[HybridMatch]:
        """Yield the identifiers that a hybrid key opens, the newest generation's first."""
        for place in range(len(self._generations)):
            yield from self.open_hybrid_of(place, identifiers)

    def open_hybrid_of(self, place: int, identifiers: Sequence[bytes]) -> Iterator[HybridMatch]:
        """Yield the identifiers that one generation's hybrid key opens; 0 is the newest."""
        hybrid = self._hybrid_key(place)
        for position, identifier in enumerate(identifiers):
            key = hybrid.open(identifier, INFO)
            if key is not None:
                yield HybridMatch(position, key)

    def _hybrid_key(self, place: int) -> "HybridSecretKey":
        if place not in self._hybrid_keys:
            from e2ecli.primitives.hybrid import HybridSecretKey  # noqa: PLC0415  # takes a while to import

            self._hybrid_keys[place] = HybridSecretKey.from_seed(self._generations[place].hybrid_seed)
        return self._hybrid_keys[place]

    @cached_property
    def _group_keys_at_rest(self) -> SecretBytes:
        return hkdf_sha256(self._secrets.signing_seed, _GROUP_KEYS_AT_REST)

    def seal_group_key(self, key: SecretBytes, associated_data: bytes) -> bytes:
        """Return a group's key as it may lie on disk."""
        return aead.seal(key, associated_data, self._group_keys_at_rest)

    def open_group_key(self, sealed: bytes, associated_data: bytes) -> SecretBytes:
        """Return a group's key that lay on disk.

        Raises:
            AeadOpenError: it was altered, or is another identity's.
        """
        return aead.open_sealed(sealed, associated_data, self._group_keys_at_rest)
