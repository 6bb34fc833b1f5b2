"""What the secrets of an identity are, and what of them lies on disk."""

import base64
import re
from pathlib import Path

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.primitives.hashes import sha512
from tests.unit.keyring.support import secrets_of


def secrets_up_to(generation: int) -> dict[str, bytes]:
    """Whatever opens a message to a generation before `generation`, or leads to it."""
    secrets = secrets_of("Alice")
    leading = {"root": sha512(b"Alice")[:32]}
    for number in range(generation):
        link = secrets.forgetting(number)
        keys = link._replace(newest=number).newest_keys()
        leading[f"chain {number}"] = link.chain.reveal()
        leading[f"x25519 {number}"] = keys.x25519.secret.reveal()
        leading[f"hybrid {number}"] = keys.hybrid_seed.reveal()
    return leading


def everything_on(path: Path) -> bytes:
    """All bytes of all files below, and of all that is written in them as base64 or hexadecimal."""
    found = b""
    for file in path.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        found += content + b"\n"
        for word in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", content):
            found += base64.b64decode(word + b"=" * (-len(word.rstrip(b"=")) % 4)) + b"\n"
        for word in re.findall(rb"[0-9a-f]{16,}", content):
            found += bytes.fromhex(word[: len(word) // 2 * 2].decode()) + b"\n"
    return found


def derivable(secrets: IdentitySecrets, steps: int) -> set[bytes]:
    """All that derivation makes of secrets, going forward so many generations."""
    found = {secrets.signing_seed.reveal(), secrets.chain.reveal()}
    for keys in secrets._replace(newest=secrets.oldest + steps).generations():
        found |= {keys.x25519.secret.reveal(), keys.hybrid_seed.reveal()}
    link = secrets
    for _ in range(steps):
        link = link._replace(newest=link.newest + 1).forgetting(link.oldest + 1)
        found.add(link.chain.reveal())
    return found
