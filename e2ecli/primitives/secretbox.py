"""XSalsa20-Poly1305 secretboxes (NaCl's `crypto_secretbox`), on bytes and within re-used buffers.

A box is a 16-byte authenticator followed by the ciphertext.
"""

from collections.abc import Callable

from nacl import bindings, exceptions

from e2ecli.errors import DamagedError
from e2ecli.primitives.secret import SecretBytes

MAC_BYTES = 16
NONCE_BYTES = 24

BufferOperation = Callable[[memoryview, bytes, bytes], bool]


class BoxOpenError(DamagedError):
    """A secretbox doesn't open under this key and nonce."""

    kind = "forged"


def _not_opened() -> BoxOpenError:
    return BoxOpenError(
        "it is damaged or forged: a part of it doesn't decrypt", "ask the sender to send it again"
    )


def seal(plaintext: bytes, nonce: bytes, key: SecretBytes) -> bytes:
    """Return the box of `plaintext` under a 24-byte nonce and a 32-byte key."""
    return bindings.crypto_secretbox_easy(plaintext, nonce, key.reveal())


def open_box(box: bytes, nonce: bytes, key: SecretBytes) -> bytes:
    """Return the plaintext of `box`.

    Raises:
        BoxOpenError: the box was not made with this key and nonce, or was altered.
    """
    try:
        return bindings.crypto_secretbox_open_easy(box, nonce, key.reveal())
    except exceptions.CryptoError:
        raise _not_opened() from None


def seal_in_place(box: memoryview, nonce: bytes, key: SecretBytes) -> None:
    """Turn `box`, whose plaintext starts at byte 16, into the secretbox of it, without copying."""
    _OPERATIONS[0](box, nonce, key.reveal())


def open_in_place(box: memoryview, nonce: bytes, key: SecretBytes) -> memoryview:
    """Decrypt `box` where it lies and return the plaintext's part of it, without copying.

    Raises:
        BoxOpenError: the box was not made with this key and nonce, or was altered; nothing was decrypted.
    """
    if len(box) < MAC_BYTES or not _OPERATIONS[1](box, nonce, key.reveal()):
        raise _not_opened()
    return box[MAC_BYTES:]


def copying_operations() -> tuple[BufferOperation, BufferOperation]:
    """Return sealing and opening by PyNaCl's public functions, which allocate anew each time."""

    def seal_copying(box: memoryview, nonce: bytes, key: bytes) -> bool:
        box[:] = bindings.crypto_secretbox_easy(bytes(box[MAC_BYTES:]), nonce, key)
        return True

    def open_copying(box: memoryview, nonce: bytes, key: bytes) -> bool:
        try:
            box[MAC_BYTES:] = bindings.crypto_secretbox_open_easy(bytes(box), nonce, key)
        except exceptions.CryptoError:
            return False
        return True

    return seal_copying, open_copying


def in_place_operations() -> tuple[BufferOperation, BufferOperation]:
    """Return sealing and opening by the libsodium functions under PyNaCl, which work in place.

    Fresh buffers cost a quarter of the speed in page faults. PyNaCl's binding is its private part, so
    this falls back to the public functions wherever it looks otherwise than known.
    """
    try:
        from nacl._sodium import ffi, lib  # noqa: PLC0415

        sodium_seal, sodium_open = lib.crypto_secretbox_easy, lib.crypto_secretbox_open_easy
        from_buffer = ffi.from_buffer
    except (ImportError, AttributeError):
        return copying_operations()

    def seal_at_once(box: memoryview, nonce: bytes, key: bytes) -> bool:
        start = from_buffer(box, require_writable=True)
        return bool(sodium_seal(start, start + MAC_BYTES, len(box) - MAC_BYTES, nonce, key) == 0)

    def open_at_once(box: memoryview, nonce: bytes, key: bytes) -> bool:
        start = from_buffer(box, require_writable=True)
        return bool(sodium_open(start + MAC_BYTES, start, len(box), nonce, key) == 0)

    return seal_at_once, open_at_once


_OPERATIONS = in_place_operations()
