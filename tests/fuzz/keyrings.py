"""The keyring that hostile input meets: Bob's, who knows Alice and is in her group; Mallory is a stranger."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from e2ecli.keyring.rosters import Roster
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.import_text import import_text
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import X25519Recipient
from tests.unit.keyring.support import NOW, card_of, keys_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import person, source
from tests.unit.saltpack.support import message_keys

GROUP_ID = b"sixteen bytes, g"
GROUP_KEY = SecretBytes(b"the group's key of the first one")
SENT = int(NOW.timestamp())

_CARDS = sorted((signed(card_of(name)) for name in ("Alice", "Bob")), key=lambda card: card.card.id)
ROSTER = Roster(
    GROUP_ID,
    "The Team",
    signing_key_of("Alice"),
    1,
    None,
    NOW,
    tuple(card.armored for card in _CARDS),
    GROUP_KEY,
)
NEXT_ROSTER = ROSTER._replace(epoch=2, previous=ROSTER.fingerprint(), key=SecretBytes(b"k" * 32))


def signer(name: str) -> Signer:
    return secrets_of(name).signing_key()


def sealed_to_bob(
    text: bytes,
    metadata: bytes | Metadata | None,
    by: str = "Alice",
    keys: MessageKeys | None = None,
) -> bytes:
    """A message to Bob with whatever text and metadata, under a valid signature."""
    encoded = encode_metadata(metadata) if isinstance(metadata, Metadata) else metadata
    recipients = [X25519Recipient(keys_of("Bob").x25519)]
    header, sealer = signcryption.seal_header(signer(by), recipients, keys or message_keys("to Bob"), encoded)
    return header + b"".join(bytes(packet) for packet in seal_packets(source(text), sealer))


def sealed_to_group(text: bytes, by: str = "Alice") -> bytes:
    keys = message_keys("to the group")
    recipient = group_recipient(GROUP_KEY, keys.ephemeral.public_key)
    header, sealer = signcryption.seal_header(
        signer(by), [recipient], keys, encode_metadata(Metadata("message", SENT, None, GROUP_ID, 1))
    )
    return header + b"".join(bytes(packet) for packet in seal_packets(source(text), sealer))


def roster_message(text: bytes, by: str = "Alice", epoch: int = 2) -> bytes:
    return sealed_to_bob(text, Metadata("roster", SENT, None, GROUP_ID, epoch), by)


class Keyring:
    """A keyring that is put back as it was once something was taken in."""

    def __init__(self, path: Path) -> None:
        self.workspace = person(path, "Bob", knows=["Alice"])
        import_text(self.workspace, roster_message(ROSTER.text(), epoch=1), confirm=lambda _: True)
        self.path = self.workspace.directory.path
        self._template = path / "template"
        shutil.copytree(self.path, self._template)
        self._contents = self.contents()

    def contents(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.path.rglob("*") if path.is_file()}

    def unchanged(self) -> bool:
        return self.contents() == self._contents

    def restore(self) -> None:
        shutil.rmtree(self.path)
        shutil.copytree(self._template, self.path)


@cache
def keyring() -> Keyring:
    """The one keyring of this process."""
    directory = tempfile.mkdtemp(prefix="e2e-fuzz-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Keyring(Path(directory))


def workspace() -> Workspace:
    return keyring().workspace
