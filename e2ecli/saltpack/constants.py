"""The constants that the Saltpack specifications name."""

from enum import IntEnum
from typing import Final

FORMAT_NAME: Final = "saltpack"
VERSION: Final = (2, 0)


class Mode(IntEnum):
    """What a message is; the third field of its header."""

    ENCRYPTION = 0
    ATTACHED = 1
    DETACHED = 2
    SIGNCRYPTION = 3

    @property
    def word(self) -> str:
        """The mode's name in JSON and in status lines."""
        return self.name.lower()


SENDER_KEY_NONCE: Final = b"saltpack_sender_key_sbox"
DERIVED_KEY_NONCE: Final = b"saltpack_derived_sboxkey"
PAYLOAD_KEY_NONCE_PREFIX: Final = b"saltpack_recipsb"
PAYLOAD_KEY_NONCE_V1: Final = b"saltpack_payload_key_box"
PAYLOAD_NONCE_PREFIX: Final = b"saltpack_ploadsb"
METADATA_NONCE: Final = b"e2e_metadata_secretbox_1"

BOX_KEY_IDENTIFIER: Final = b"saltpack signcryption box key identifier"
DERIVED_SYMMETRIC_KEY: Final = b"saltpack signcryption derived symmetric key"
ENCRYPTED_SIGNATURE: Final = b"saltpack encrypted signature\x00"
DETACHED_SIGNATURE: Final = b"saltpack detached signature\x00"
ATTACHED_SIGNATURE: Final = b"saltpack attached signature\x00"

ANONYMOUS_SENDER: Final = bytes(32)
NO_SIGNATURE: Final = bytes(64)

HEADER_NONCE_BYTES: Final = 32
