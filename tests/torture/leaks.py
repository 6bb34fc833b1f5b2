"""The secrets of a keyring, and every form in which they might have leaked."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.keyring.recovery import root_of_words
from e2ecli.operations.workspace import Workspace


class Secret(NamedTuple):
    """Something that must not be seen, and what it is."""

    what: str
    value: bytes

    def forms(self) -> Iterable[bytes]:
        """Return the bytes themselves, in hexadecimal, in Base64 at any offset, and as Python shows them."""
        yield self.value
        yield self.value.hex().encode()
        yield self.value.hex().upper().encode()
        yield repr(self.value)[2:-1].encode()
        for offset in range(3):
            # The characters that depend on nothing before or after the secret.
            encoded = base64.b64encode(bytes(offset) + self.value)
            inner = encoded[(0, 2, 3)[offset] :].rstrip(b"=")[:-1]
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def found_in(data: bytes, secrets: Iterable[Secret]) -> list[str]:
    """Return which secrets stand in some data."""
    return sorted({one.what for one in secrets if any(form in data for form in one.forms())})


def secrets_of_words(words: str, generations: int) -> list[Secret]:
    """Return all that 24 words lead to."""
    root = root_of_words(words)
    secrets = IdentitySecrets.from_root(root)._replace(newest=generations - 1)
    found = [
        Secret("the words", " ".join(words.split()[:4]).encode()),
        Secret("the root", root.reveal()),
        Secret("the packed secrets", secrets.to_bytes().reveal()),
        Secret("the signing seed", secrets.to_bytes().reveal()[:32]),
        Secret("the chain", secrets.to_bytes().reveal()[32:]),
    ]
    for number, keys in enumerate(secrets.generations()):
        found.append(Secret(f"hybrid seed {number}", keys.hybrid_seed.reveal()))
        found.append(Secret(f"X25519 key {number}", keys.x25519.secret.reveal()))
    return found


def group_key(workspace: Workspace, name: str) -> Secret:
    """Return the key of a group's newest epoch."""
    group = workspace.groups.get(name)
    keys = workspace.keys_of(workspace.own_identity())
    return Secret(f"the key of the group “{name}”", group.open_key(group.newest, keys).reveal())


def leaks_in_files(directory: Path, secrets: Iterable[Secret]) -> list[str]:
    """Return which files hold which secrets."""
    secrets = list(secrets)
    return [
        f"{path.name}: {what}"
        for path in sorted(directory.rglob("*"))
        if path.is_file()
        for what in found_in(path.read_bytes(), secrets)
    ]
