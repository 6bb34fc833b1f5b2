"""Group recipients (section 2.3): one symmetric entry for all, under an identifier that hides it."""

from typing import Final

from e2ecli.keyring.groups import Epoch, Group
from e2ecli.primitives.hashes import hmac_sha512_256
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record
from e2ecli.saltpack.signcryption import SymmetricRecipient

GROUP_IDENTIFIER_BYTES: Final = 32

_IDENTIFIER: Final = b"e2e/group-recipient/v1"


class GroupEpoch(Record):
    """An epoch of a group."""

    group: Group
    epoch: Epoch


def group_identifier(key: SecretBytes, ephemeral_public_key: X25519PublicKey) -> bytes:
    """Return the identifier, 32 bytes, by which members find a group's entry in one message."""
    return hmac_sha512_256(key.reveal(), _IDENTIFIER + ephemeral_public_key.value)


def group_recipient(key: SecretBytes, ephemeral_public_key: X25519PublicKey) -> SymmetricRecipient:
    """Return a group's entry in one message."""
    return SymmetricRecipient(group_identifier(key, ephemeral_public_key), key)
