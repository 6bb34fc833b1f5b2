"""Tools of the scenes that need Python: packets in another order, other days, cards to come."""

import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgpack

from e2ecli.cli.main import run
from e2ecli.keyring.cards import Card, EncryptionKeys, Revocation, format_card
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.keyring.identities import Identity, IdentityStore
from e2ecli.operations.cards import PURPOSE, issue_card, read_card
from e2ecli.saltpack.armor import CARD_BRAND, Frame, armor
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.signing import seal_header
from e2ecli.saltpack.stream import BinarySource


def packets(message: bytes) -> list[bytes]:
    """Return the packets of a message, the header first, as they are encoded."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(message) + 1, raw=True)
    unpacker.feed(message)
    ends = [0]
    while ends[-1] < len(message):
        unpacker.skip()
        ends.append(unpacker.tell())
    return [message[start:end] for start, end in pairwise(ends)]


def signed_text(identity: Identity, text: bytes, purpose: str | None) -> str:
    """Return a text signed by an identity without a passphrase, armored like a card."""
    header, sealer = seal_header(identity.unlock(None).secrets.signing_key(), purpose=purpose)
    message = header + b"".join(bytes(packet) for packet in seal_packets(_source(text), sealer))
    return armor(message, Frame(CARD_BRAND, Frame.of(Mode.ATTACHED).type))


def altered_card(card: Card, settings: dict[str, str]) -> Card:
    """Return a card with other facts on it."""
    if "issued" in settings:
        card = card._replace(issued=_date(settings["issued"]))
    if "expires" in settings:
        card = card._replace(expires=_date(settings["expires"]))
    if "name" in settings:
        card = card._replace(name=settings["name"])
    if settings.get("hybrid") == "no":
        assert card.encryption_keys is not None
        card = card._replace(encryption_keys=EncryptionKeys(card.encryption_keys.x25519, None))
    if "revoked" in settings:
        revocation = Revocation(_date(settings["revoked"]), "lost", None)
        card = card._replace(encryption_keys=None, revoked=revocation)
    return card


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _source(text: bytes) -> BinarySource:
    import io

    return io.BufferedReader(io.BytesIO(text))


def _packets(order: list[str], source: BinaryIO, target: BinaryIO) -> None:
    parts = packets(source.read())
    for place in order:
        target.write(parts[int(place)])


def _issue_card(keyring: Path, name: str, settings: dict[str, str]) -> str:
    identity = IdentityStore(KeyringDirectory(keyring), read_card).get(name)
    card = altered_card(identity.card, settings)
    purpose = settings.get("purpose", PURPOSE)
    if purpose == PURPOSE:
        return issue_card(card, identity.unlock(None).secrets.signing_key()).armored
    return signed_text(identity, format_card(card), purpose if purpose != "none" else None)


def _on(date: str, arguments: list[str]) -> NoReturn:
    run(arguments, {"clock": lambda: _date(date)})


def _within(most: int, command: list[str]) -> int:
    import resource
    import subprocess

    code = subprocess.run(command, check=False).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if peak > most:
        raise SystemExit(f"{command[0]} took {peak} MiB of memory, and {most} are the most")
    return code


def main(arguments: list[str], keyring: Path) -> None:
    """Run the tool that is named first."""
    match arguments:
        case ["packets", *order]:
            _packets(order, sys.stdin.buffer, sys.stdout.buffer)
        case ["on", date, *rest]:
            _on(date, rest)
        case ["within", most, *command]:
            raise SystemExit(_within(int(most), command))
        case ["issue-card", name, *settings]:
            sys.stdout.write(_issue_card(keyring, name, dict(each.split("=", 1) for each in settings)))
        case _:
            raise SystemExit(f"there is no such tool: {arguments}")


if __name__ == "__main__":
    import os

    main(sys.argv[1:], Path(os.environ["E2E_KEYRING"]))
