"""Floors: the least that a job can take besides bulk encryption, each a program of its own.

python floors.py hpke-seal KEYS               one HPKE operation for each public key in the file
python floors.py hpke-open SEED IDENTIFIERS   one for each sealed key, of which the last is ours
python floors.py files DIRECTORY COUNT        files of 1 KiB, each flushed to disk and then renamed
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

INFO = b"e2e/saltpack/hybrid-recipient/v1"
PUBLIC_KEY_BYTES = 1216
MLKEM_PUBLIC_KEY_BYTES = 1184
IDENTIFIER_BYTES = 1168
IMPORTS = "import click, nacl.bindings, cryptography.hazmat.primitives.hpke, msgpack, tomllib"
"""What a bare Python imports against which the start of the program is measured."""


def pieces(path: str, length: int) -> Iterator[bytes]:
    """Yield a file in pieces of one length."""
    with Path(path).open("rb") as file:
        while piece := file.read(length):
            yield piece


def hpke_seal(path: str) -> None:
    """Seal a fresh key to every public key."""
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    for key in pieces(path, PUBLIC_KEY_BYTES):
        mlkem = MLKEM768PublicKey.from_public_bytes(key[:MLKEM_PUBLIC_KEY_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(key[MLKEM_PUBLIC_KEY_BYTES:])
        suite.encrypt(os.urandom(32), MLKEM768X25519PublicKey(mlkem, x25519), INFO)


def hpke_open(seed: str, path: str) -> None:
    """Try to open every sealed key; the last must open."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

    expanded = hashlib.shake_256(bytes.fromhex(seed)).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    key = MLKEM768X25519PrivateKey(mlkem, X25519PrivateKey.from_private_bytes(expanded[64:]))
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    opened = False
    for identifier in pieces(path, IDENTIFIER_BYTES):
        try:
            suite.decrypt(identifier, key, INFO)
            opened = True
        except InvalidTag:
            opened = False
    if not opened:
        raise SystemExit("the last sealed key doesn't open")


def write_files(directory: str, count: str) -> None:
    """Write files that appear whole or not at all, and nothing else."""
    content = os.urandom(1024)
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(int(count)):
        temporary, final = f"{directory}/.{number}", f"{directory}/{number}"
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(file, content)
        os.fsync(file)
        os.close(file)
        os.rename(temporary, final)  # noqa: PTH104  # no objects in between
        os.fsync(place)


JOBS: dict[str, Callable[..., None]] = {
    "hpke-seal": hpke_seal,
    "hpke-open": hpke_open,
    "files": write_files,
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
