"""Group recipients (section 2.3): one symmetric entry for all, under an identifier that hides it."""

from typing import Final, NamedTuple

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.groups import Epoch, Group
from e2ecli.primitives.hashes import hmac_sha512_256
from e2ecli.primitives.kdf import hkdf_sha256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.signcryption import SymmetricRecipient

GROUP_IDENTIFIER_BYTES: Final = 32

_IDENTIFIER: Final = b"e2e/group-recipient/v1"
_AT_REST: Final = b"e2e/group-keys-at-rest/v1"


class GroupEpoch(NamedTuple):
    """An epoch of a group."""

    group: Group
    epoch: Epoch


def group_identifier(key: SecretBytes, ephemeral_public_key: X25519PublicKey) -> bytes:
    """Return the identifier, 32 bytes, by which members find a group's entry in one message."""
    return hmac_sha512_256(key.reveal(), _IDENTIFIER + ephemeral_public_key.value)


def group_recipient(key: SecretBytes, ephemeral_public_key: X25519PublicKey) -> SymmetricRecipient:
    """Return a group's entry in one message."""
    return SymmetricRecipient(group_identifier(key, ephemeral_public_key), key)


def at_rest_key(secrets: IdentitySecrets) -> SecretBytes:
    """Return the key under which an identity's group keys are locked at rest."""
    return hkdf_sha256(secrets.signing_seed, _AT_REST)
