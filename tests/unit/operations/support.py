"""What the tests of the operations share: people with keyrings, and a clock that stands still.

Everything else is real: keys, files, messages.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from e2ecli.errors import LockedError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.identities import Identity, LockKey, seal_identity
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.change_identity import rotate
from e2ecli.operations.import_card import Imported
from e2ecli.operations.import_text import import_text
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import MessageFacts, Opened, ReadPolicy, read_message
from e2ecli.operations.send import SendOptions, prepare, seal
from e2ecli.operations.senders import SenderPolicy, accepted_from
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys, Signer
from e2ecli.saltpack.signcryption import X25519Recipient
from tests.unit.keyring.support import CHEAP_LOCK, NOW, card_of, keys_of, secrets_of, signed

PASSPHRASE = SecretBytes(b"correct horse")
TEXT = b"See you at the gate at nine.\n"
ACCEPT_ALL = ReadPolicy(SenderPolicy(allow_unknown=True, allow_anonymous=True))
KNOWN = ReadPolicy(SenderPolicy())


def only_from(workspace: Workspace, *names: str, strangers: bool = False) -> ReadPolicy:
    """The policy of `--from`, and of `--allow-unknown --allow-anonymous` beside it."""
    policy = accepted_from(workspace, names)
    return ReadPolicy(policy._replace(allow_unknown=strangers, allow_anonymous=strangers))


class FixedPassphrases:
    """Passphrases as somebody types them, one after the other; none at all where the list is empty."""

    def __init__(self, *typed: bytes, attempts: int = 1) -> None:
        self._typed = list(typed)
        self.attempts = attempts
        self.asked: list[str] = []

    def existing(self, identity: str) -> SecretBytes:
        self.asked.append(identity)
        if not self._typed:
            raise LockedError("there is no passphrase")
        return SecretBytes(self._typed.pop(0))

    def new(self, identity: str) -> SecretBytes:
        return self.existing(identity)


class Collected:
    """An output in memory, which remembers whether it was started and committed."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.facts: MessageFacts | None = None
        self.committed = False

    def start(self, facts: MessageFacts) -> "Collected":
        self.facts = facts
        return self

    def write(self, data: memoryview) -> None:
        self.data += data

    def commit(self) -> None:
        self.committed = True


class Read(NamedTuple):
    """A message that was opened, and its content."""

    opened: Opened
    content: bytes

    @property
    def sender(self) -> str | None:
        """The name of the sender."""
        return getattr(self.opened.facts.sender, "name", None)


def workspace_at(path: Path, passphrases: FixedPassphrases | None = None, now: datetime = NOW) -> Workspace:
    return Workspace.at(path / "keyring", lambda: now, passphrases or FixedPassphrases())


def at(workspace: Workspace, now: datetime) -> Workspace:
    """The same keyring at another time."""
    return workspace._replace(clock=lambda: now)


def add_identity(
    workspace: Workspace,
    who: str,
    *,
    name: str | None = None,
    locked: bool = False,
    generation: int = 0,
    created: datetime = NOW,
    card: Card | None = None,
) -> None:
    """Give a keyring the identity of somebody, all of whose generations it keeps."""
    secrets = secrets_of(who)._replace(newest=generation)
    lock_key = LockKey.derive(CHEAP_LOCK, PASSPHRASE) if locked else None
    signed_card = signed(card or card_of(who, generation=generation))
    with workspace.directory.writing():
        workspace.identities.write(
            seal_identity(name or who.lower(), signed_card, created, secrets, lock_key)
        )


def import_(
    workspace: Workspace, card: Card | SignedCard, petname: str | None = None, *, replace_key: bool = False
) -> Imported:
    """Import a card, signed by the person whose name is on it."""
    signed_card = card if isinstance(card, SignedCard) else signed(card)
    imported = import_text(workspace, signed_card.armored.encode(), petname, replace_key=replace_key)
    assert isinstance(imported, Imported)
    return imported


def store(workspace: Workspace, contact: Contact) -> None:
    with workspace.directory.writing():
        workspace.contacts.write(contact)


def person(path: Path, who: str, *, knows: Sequence[str] = (), locked: bool = False) -> Workspace:
    """Somebody with an identity and contacts."""
    workspace = workspace_at(path / who.lower())
    add_identity(workspace, who, locked=locked)
    for other in knows:
        import_(workspace, card_of(other))
    return workspace


def source(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


def send(
    workspace: Workspace,
    *names: str,
    options: SendOptions | None = None,
    data: bytes = TEXT,
    file_name: str | None = None,
    armored: bool = False,
) -> bytes:
    message = bytearray()
    sending = prepare(workspace, names, options or SendOptions())
    seal(sending, source(data), message.extend, file_name, armored=armored)
    return bytes(message)


def open_(
    workspace: Workspace, message: bytes, policy: ReadPolicy = KNOWN, output: Collected | None = None
) -> Read:
    output = output or Collected()
    opened = Opener(workspace, policy).open(read_message(source(message)), output.start)
    assert output.committed
    return Read(opened, bytes(output.data))


def sealed_by_hand(
    to: str, metadata: bytes | None, *, signer: Signer | None = None, data: bytes = TEXT
) -> bytes:
    """A message from Alice with whatever metadata: what a hostile program might write."""
    recipient = X25519Recipient(keys_of(to).x25519)
    header, sealer = signcryption.seal_header(
        signer or secrets_of("Alice").signing_key(), [recipient], MessageKeys.generate(), metadata
    )
    return header + b"".join(bytes(packet) for packet in seal_packets(source(data), sealer))


def own(workspace: Workspace, name: str = "alice") -> Identity:
    return workspace.identities.get(name)


def rotated(workspace: Workspace, times: int = 1) -> Identity:
    for _ in range(times):
        rotate(workspace, own(workspace))
    return own(workspace)


def snapshot(workspace: Workspace) -> dict[str, bytes]:
    path = workspace.directory.path
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.suffix == ".toml"
    }
