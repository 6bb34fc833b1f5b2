"""What the formats ask of keys that they never see: the protocols between Saltpack and a keyring."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import SharedSecret, X25519PublicKey, X25519SecretKey
from e2ecli.records import Record


class Signer(Protocol):
    """Somebody who can sign."""

    @property
    def public_key(self) -> SigningPublicKey:
        """The key that verifies the signatures."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a 64-byte Ed25519 signature over `message`."""
        ...


class BoxKey(Protocol):
    """An X25519 key that somebody holds."""

    @property
    def public_key(self) -> X25519PublicKey:
        """Its public half."""
        ...

    def shared_with(self, public_key: X25519PublicKey) -> SharedSecret:
        """Return the secret shared with the owner of `public_key`; a key of low order is a DamagedError."""
        ...


class SymmetricKeyMatch(Record):
    """A recipient's entry that one of the application's symmetric keys may open."""

    position: int
    key: SecretBytes
    origin: object = None
    """What the application knows the key by."""


class RecipientKeys(Protocol):
    """The keys that a reader tries on a message."""

    def x25519_keys(self) -> Iterable[BoxKey]:
        """Yield every X25519 key held here."""
        ...

    def symmetric_keys(
        self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]
    ) -> Iterator[SymmetricKeyMatch]:
        """Yield every entry whose identifier names a symmetric key held here (identifiers in order)."""
        ...


class MessageKeys(Record):
    """The two random keys of one message. Never use them for a second one."""

    ephemeral: X25519SecretKey
    payload_key: SecretBytes

    @classmethod
    def generate(cls) -> "MessageKeys":
        """Return fresh keys (steps 1 and 2 of the specification)."""
        return cls(X25519SecretKey.generate(), SecretBytes(random_bytes(32)))
