"""Ed25519 signatures as libsodium makes and checks them: no small-order keys, no malleable signatures."""

from typing import Final

from nacl import bindings, exceptions

from e2ecli.errors import DamagedError, ForgedError
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

KEY_BYTES = 32
SIGNATURE_BYTES = 64


class SignatureInvalidError(ForgedError):
    """A signature was not made by this key over this message."""


class SigningPublicKey:
    """An Ed25519 public key, 32 bytes."""

    __slots__ = ("value",)

    def __init__(self, value: bytes) -> None:
        if len(value) != KEY_BYTES:
            raise DamagedError(f"an Ed25519 key is 32 bytes, not {len(value)}")
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SigningPublicKey) and self.value == other.value

    def __hash__(self) -> int:
        return hash((SigningPublicKey, self.value))

    def __repr__(self) -> str:
        return f"SigningPublicKey({self.value.hex()})"

    def is_valid(self) -> bool:
        """Whether this is a canonical point of the main subgroup, which alone can verify anything."""
        return bool(bindings.crypto_core_ed25519_is_valid_point(self.value))

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a 64-byte detached signature over `message` (RFC 8032, as libsodium does).

        Raises:
            SignatureInvalidError: it is not this key's signature over this message.
        """
        if len(signature) != SIGNATURE_BYTES:
            raise SignatureInvalidError(f"a signature is 64 bytes, not {len(signature)}")
        try:
            bindings.crypto_sign_open(signature + message, self.value)
        except (exceptions.CryptoError, ValueError):
            raise SignatureInvalidError(
                "it is damaged or forged: a signature doesn't verify", "ask the sender to send it again"
            ) from None


class SigningSecretKey(Record):
    """An Ed25519 secret key: its public half and libsodium's 64-byte form of the secret one."""

    public_key: SigningPublicKey
    expanded: SecretBytes

    @classmethod
    def from_seed(cls, seed: SecretBytes) -> "SigningSecretKey":
        """Return the key of a 32-byte seed (RFC 8032, section 5.1.5)."""
        public_key, expanded = bindings.crypto_sign_seed_keypair(seed.reveal())
        return cls(SigningPublicKey(public_key), SecretBytes(expanded))

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte detached signature over `message`."""
        return bindings.crypto_sign(message, self.expanded.reveal())[:SIGNATURE_BYTES]
