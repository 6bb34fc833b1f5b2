"""X25519 encryption keys and what NaCl's `crypto_box` makes of a pair of them."""

from functools import cached_property
from typing import Final

from nacl import bindings, exceptions

from e2ecli.errors import DamagedError
from e2ecli.primitives import secretbox
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

KEY_BYTES = 32


class X25519KeyError(DamagedError):
    """Not an X25519 public key: a wrong length, or a point of low order."""


class X25519PublicKey:
    """An X25519 public key, 32 bytes."""

    __slots__ = ("value",)

    def __init__(self, value: bytes) -> None:
        if len(value) != KEY_BYTES:
            raise X25519KeyError(f"an X25519 key is 32 bytes, not {len(value)}")
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519PublicKey) and self.value == other.value

    def __hash__(self) -> int:
        return hash((X25519PublicKey, self.value))

    def __repr__(self) -> str:
        return f"X25519PublicKey({self.value.hex()})"


class SharedSecret(Record):
    """What `crypto_box_beforenm` makes of one secret and one public key: a secretbox key."""

    key: SecretBytes

    def box(self, plaintext: bytes, nonce: bytes) -> bytes:
        """Return the `crypto_box` of `plaintext` under a 24-byte nonce."""
        return secretbox.seal(plaintext, nonce, self.key)

    def open_box(self, box: bytes, nonce: bytes) -> bytes:
        """Return the plaintext of a `crypto_box`.

        Raises:
            BoxOpenError: made for other keys or another nonce, or altered.
        """
        return secretbox.open_box(box, nonce, self.key)


class X25519SecretKey:
    """An X25519 secret key, 32 bytes."""

    def __init__(self, secret: SecretBytes) -> None:
        self.secret: Final = secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519SecretKey) and self.secret == other.secret

    __hash__ = None  # type: ignore[assignment]  # as of the secret in it

    @classmethod
    def generate(cls) -> "X25519SecretKey":
        """Return a fresh random key."""
        return cls(SecretBytes(random_bytes(KEY_BYTES)))

    @cached_property
    def public_key(self) -> X25519PublicKey:
        """The public half."""
        return X25519PublicKey(bindings.crypto_scalarmult_base(self.secret.reveal()))

    def shared_with(self, public_key: X25519PublicKey) -> SharedSecret:
        """Return the secret shared with the owner of `public_key` (`crypto_box_beforenm`).

        Raises:
            X25519KeyError: the public key is a point of low order, which would make the secret known.
        """
        try:
            return SharedSecret(
                SecretBytes(bindings.crypto_box_beforenm(public_key.value, self.secret.reveal()))
            )
        except (exceptions.CryptoError, exceptions.RuntimeError):
            raise X25519KeyError("an X25519 key is a point of low order") from None
