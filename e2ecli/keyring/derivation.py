"""From 24 words to keys (section 2.6): a root, a signing seed, and a one-way chain of encryption keys."""

from collections.abc import Iterator

from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.primitives.kdf import hkdf_sha256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519SecretKey
from e2ecli.records import Record

ROOT_BYTES = 32
SECRETS_BYTES = 64
MOST_GENERATIONS = 10_000


class GenerationKeys(Record):
    """The encryption secrets of one generation."""

    x25519: X25519SecretKey
    hybrid_seed: SecretBytes


class IdentitySecrets(Record):
    """What a keyring keeps of an identity: its signing seed, and the chain from its oldest generation on."""

    signing_seed: SecretBytes
    chain: SecretBytes
    oldest: int
    newest: int

    @classmethod
    def from_root(cls, root: SecretBytes) -> "IdentitySecrets":
        """Derive a new identity's secrets from its 32 random bytes."""
        signing_seed = hkdf_sha256(root, b"e2e/ed25519/v1")
        return cls(signing_seed, hkdf_sha256(root, b"e2e/encryption-chain/v1"), 0, 0)

    @classmethod
    def from_bytes(cls, packed: SecretBytes, oldest: int, newest: int) -> "IdentitySecrets":
        """Return the secrets that `to_bytes` packed."""
        value = packed.reveal()
        return cls(SecretBytes(value[:32]), SecretBytes(value[32:]), oldest, newest)

    def rotated(self) -> "IdentitySecrets":
        """Return the secrets with one more generation."""
        return self._replace(newest=self.newest + 1)

    def forgetting(self, before: int) -> "IdentitySecrets":
        """Return the secrets without the generations before `before`, to which no way leads back."""
        chain = self.chain
        for _ in range(self.oldest, before):
            chain = _next(chain)
        return self._replace(chain=chain, oldest=before)

    def to_bytes(self) -> SecretBytes:
        """Return the secret part, 64 bytes, for sealing at rest."""
        return SecretBytes(self.signing_seed.reveal() + self.chain.reveal())

    def signing_key(self) -> SigningSecretKey:
        """Return the key that is the identity."""
        return SigningSecretKey.from_seed(self.signing_seed)

    def generations(self) -> Iterator[GenerationKeys]:
        """Yield the encryption keys of every generation that is kept, oldest first."""
        chain = self.chain
        for _ in range(self.oldest, self.newest + 1):
            yield GenerationKeys(
                X25519SecretKey(hkdf_sha256(chain, b"e2e/x25519/v1")),
                hkdf_sha256(chain, b"e2e/mlkem768x25519/v1"),
            )
            chain = _next(chain)

    def newest_keys(self) -> GenerationKeys:
        """Return the encryption keys that the newest card shows."""
        *_, newest = self.generations()
        return newest


def _next(chain: SecretBytes) -> SecretBytes:
    return hkdf_sha256(chain, b"e2e/encryption-chain/next/v1")
