"""What the formats ask of keys that they never see: the protocols between Saltpack and a keyring."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import SharedSecret, X25519PublicKey, X25519SecretKey


class Signer(Protocol):
    """Somebody who can sign."""

    @property
    def public_key(self) -> SigningPublicKey:
        """The key that verifies the signatures."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a 64-byte Ed25519 signature over `message`."""
        ...


class SymmetricKeyMatch(NamedTuple):
    """A recipient's entry that one of the application's symmetric keys may open."""

    position: int
    key: SecretBytes


class RecipientKeys(Protocol):
    """The keys that a reader tries on a message."""

    def shared_secrets(self, ephemeral_public_key: X25519PublicKey) -> Iterable[SharedSecret]:
        """Yield the secret that each X25519 key shares with the message's ephemeral key."""
        ...

    def symmetric_keys(
        self, ephemeral_public_key: X25519PublicKey, identifiers: list[bytes | None]
    ) -> Iterator[SymmetricKeyMatch]:
        """Yield every entry whose identifier names a symmetric key held here (identifiers in order)."""
        ...


class MessageKeys(NamedTuple):
    """The two random keys of one message. Never use them for a second one."""

    ephemeral: X25519SecretKey
    payload_key: SecretBytes

    @classmethod
    def generate(cls) -> "MessageKeys":
        """Return fresh keys (steps 1 and 2 of the specification)."""
        return cls(X25519SecretKey.generate(), SecretBytes(random_bytes(32)))
