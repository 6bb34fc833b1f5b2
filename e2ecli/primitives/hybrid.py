"""MLKEM768-X25519 (X-Wing) keys, and sealing to them with HPKE (RFC 9180, base mode).

An attacker has to break ML-KEM-768 and X25519 both. The KEM and HPKE are `cryptography`'s; importing
them takes a while, so only commands that meet a hybrid key import this module.
"""

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from e2ecli.errors import DamagedError
from e2ecli.primitives.hashes import shake256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

PUBLIC_KEY_BYTES = 1216
ENCAPSULATION_BYTES = 1120
TAG_BYTES = 16
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_KEY_BYTES = 1184


class HybridKeyError(DamagedError):
    """Not a hybrid public key."""


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class Loaders(Record):
    """How raw key bytes become `cryptography`'s keys."""

    mlkem_public: Callable[[bytes], Any]
    mlkem_private: Callable[[bytes], Any]
    x25519_public: Callable[[bytes], Any]
    x25519_private: Callable[[bytes], Any]


def public_loaders() -> Loaders:
    """Return the loaders that `cryptography` documents; the first call of one imports its whole backend."""
    return Loaders(
        MLKEM768PublicKey.from_public_bytes,
        MLKEM768PrivateKey.from_seed_bytes,
        X25519PublicKey.from_public_bytes,
        X25519PrivateKey.from_private_bytes,
    )


def direct_loaders() -> Loaders:
    """Return the loaders under the documented ones, which save every start a tenth.

    They are the library's private part, so this falls back wherever they look otherwise than known.
    """
    try:
        from cryptography.hazmat.bindings._rust import openssl  # noqa: PLC0415

        return Loaders(
            openssl.mlkem.from_mlkem768_public_bytes,
            openssl.mlkem.from_mlkem768_seed_bytes,
            openssl.x25519.from_public_bytes,
            openssl.x25519.from_private_bytes,
        )
    except (ImportError, AttributeError):
        return public_loaders()


_LOADERS = direct_loaders()


class HybridSealer(Record):
    """The public half of a hybrid key, ready to seal to."""

    key: MLKEM768X25519PublicKey

    @classmethod
    def from_bytes(cls, value: bytes) -> "HybridSealer":
        """Read a 1216-byte public key: ML-KEM-768 (1184 bytes), then X25519 (32 bytes).

        Raises:
            HybridKeyError: a wrong length, or no valid ML-KEM key.
        """
        if len(value) != PUBLIC_KEY_BYTES:
            raise HybridKeyError(f"a hybrid key is {PUBLIC_KEY_BYTES} bytes, not {len(value)}")
        try:
            mlkem = _LOADERS.mlkem_public(value[:_MLKEM_PUBLIC_KEY_BYTES])
            x25519 = _LOADERS.x25519_public(value[_MLKEM_PUBLIC_KEY_BYTES:])
        except ValueError:
            raise HybridKeyError("a hybrid key holds no valid ML-KEM-768 key") from None
        return cls(MLKEM768X25519PublicKey(mlkem, x25519))

    def seal(self, plaintext: SecretBytes, info: bytes) -> bytes:
        """Return the encapsulated key (1120 bytes) and the ciphertext (16 bytes longer than the plaintext).

        Raises:
            HybridKeyError: the key's X25519 half is a point of low order.
        """
        try:
            return _suite().encrypt(plaintext.reveal(), self.key, info)
        except ValueError:
            raise HybridKeyError("a hybrid key can't be sealed to") from None


class HybridSecretKey(Record):
    """A hybrid secret key, expanded from its 32-byte seed as X-Wing does."""

    key: MLKEM768X25519PrivateKey
    public_bytes: bytes

    @classmethod
    def from_seed(cls, seed: SecretBytes) -> "HybridSecretKey":
        """Expand a 32-byte seed by SHAKE256: ML-KEM-768's d and z (64 bytes), X25519's secret (32)."""
        expanded = shake256(seed.reveal(), _MLKEM_SEED_BYTES + 32)
        mlkem = _LOADERS.mlkem_private(expanded[:_MLKEM_SEED_BYTES])
        x25519 = _LOADERS.x25519_private(expanded[_MLKEM_SEED_BYTES:])
        public_bytes = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(MLKEM768X25519PrivateKey(mlkem, x25519), public_bytes)

    def open(self, sealed: bytes, info: bytes) -> SecretBytes | None:
        """Return the plaintext, or None where `sealed` was not made for this key (or was altered)."""
        try:
            return SecretBytes(_suite().decrypt(sealed, self.key, info))
        except (InvalidTag, ValueError):
            return None
