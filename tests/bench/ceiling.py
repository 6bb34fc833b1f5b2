"""The ceiling: the bare primitives of one mode on all cores, and nothing else.

    python ceiling.py seal|open|sign|verify|sign-detached|verify-detached INPUT OUTPUT [DOCUMENT]

Every core takes the next chunk of 1 MiB into a buffer of its own, which it keeps, hashes it with SHA-512,
signs the hash with Ed25519 and encrypts chunk and signature in place with XSalsa20-Poly1305; or the way
back. Records are of one length and lie where their number says, so that nothing has to be put in order.
There is no header, no framing and no check of anything else: what `e2e` takes longer is what those cost.

A detached signature is one hash over everything, which no second core can help with.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

from nacl import bindings
from nacl._sodium import ffi, lib

CHUNK = 1024 * 1024
MAC = 16
SIGNATURE = 64
KEY = bytes(range(32))
CONTEXT = bytes(64 + 64 + 24)
"""As long as what a signature covers beside the hash of the chunk: purpose, header hash, nonce."""

PUBLIC_KEY, SECRET_KEY = bindings.crypto_sign_seed_keypair(KEY)


class Shape(NamedTuple):
    """How a mode's records look: what stands before a chunk, and what makes and reads one."""

    overhead: int
    seal: Callable[[memoryview, int], None]
    open: Callable[[memoryview, int], None]


def signature_over(chunk: memoryview) -> bytes:
    """Hash and sign a chunk."""
    return bindings.crypto_sign(CONTEXT + hashlib.sha512(chunk).digest(), SECRET_KEY)[:SIGNATURE]


def check(signature: bytes, chunk: memoryview) -> None:
    """Hash a chunk and verify its signature."""
    bindings.crypto_sign_open(signature + CONTEXT + hashlib.sha512(chunk).digest(), PUBLIC_KEY)


def sign(record: memoryview, _: int) -> None:
    """Put a chunk's signature before it."""
    record[:SIGNATURE] = signature_over(record[SIGNATURE:])


def verify(record: memoryview, _: int) -> None:
    """Check the signature before a chunk."""
    check(bytes(record[:SIGNATURE]), record[SIGNATURE:])


def signcrypt(record: memoryview, number: int) -> None:
    """Put a chunk's signature before it and encrypt both in place."""
    sign(record[MAC:], number)
    start = ffi.from_buffer(record, require_writable=True)
    lib.crypto_secretbox_easy(start, start + MAC, len(record) - MAC, number.to_bytes(24, "big"), KEY)


def designcrypt(record: memoryview, number: int) -> None:
    """Decrypt a record in place and check the signature in it."""
    start = ffi.from_buffer(record, require_writable=True)
    if lib.crypto_secretbox_open_easy(start + MAC, start, len(record), number.to_bytes(24, "big"), KEY):
        raise ValueError("the input is not what this program sealed")
    verify(record[MAC:], number)


SIGNCRYPTION = Shape(MAC + SIGNATURE, signcrypt, designcrypt)
ATTACHED = Shape(SIGNATURE, sign, verify)


def work(shape: Shape, numbers: Iterator[int], source: int, target: int, *, sealing: bool) -> None:
    """Take the next chunk as long as there is one."""
    record = memoryview(bytearray(shape.overhead + CHUNK))
    skipped = shape.overhead if sealing else 0
    operation = shape.seal if sealing else shape.open
    for number in numbers:
        length = os.preadv(source, [record[skipped:]], number * (len(record) - skipped))
        if not length:
            return
        operation(record[: skipped + length], number)
        written = record[shape.overhead - skipped : skipped + length]
        os.pwrite(target, written, number * (len(record) - shape.overhead + skipped))


def give_up(failure: threading.ExceptHookArgs) -> None:
    """End the program, not only the thread that failed."""
    print(failure.exc_value, file=sys.stderr, flush=True)
    os._exit(1)


def on_all_cores(shape: Shape, source: int, target: int, *, sealing: bool) -> None:
    """Let one thread a core take chunks."""
    threading.excepthook = give_up
    numbers = count()
    threads = [
        threading.Thread(target=work, args=(shape, numbers, source, target), kwargs={"sealing": sealing})
        for _ in range(os.cpu_count() or 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hash_of(source: int) -> bytes:
    """Hash everything in a file."""
    running = hashlib.sha512()
    buffer = memoryview(bytearray(CHUNK))
    while length := os.readv(source, [buffer]):
        running.update(buffer[:length])
    return running.digest()


def main(job: str, path: str, output: str, document: str = os.devnull) -> None:
    """Do one job."""
    source = os.open(path, os.O_RDONLY)
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if job in {"seal", "open"}:
        on_all_cores(SIGNCRYPTION, source, target, sealing=job == "seal")
    elif job in {"sign", "verify"}:
        on_all_cores(ATTACHED, source, target, sealing=job == "sign")
    elif job == "sign-detached":
        os.write(target, bindings.crypto_sign(CONTEXT + hash_of(source), SECRET_KEY)[:SIGNATURE])
    elif job == "verify-detached":
        signature = os.read(source, SIGNATURE)
        signed = hash_of(os.open(document, os.O_RDONLY))
        bindings.crypto_sign_open(signature + CONTEXT + signed, PUBLIC_KEY)


if __name__ == "__main__":
    main(*sys.argv[1:])
