"""Many post-quantum recipients in one message, against the bare HPKE operations."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from e2ecli.operations.hybrid_recipients import hybrid_recipient
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from tests.bench.peers import Peers
from tests.bench.people import Person, crowd, make_keyring
from tests.bench.rows import Budget, Reference, Row
from tests.bench.rows_memory import memory_row
from tests.bench.timing import Command
from tests.bench.workbench import KIB, Workbench

AGAINST_HPKE = Budget("≤", 3)


def recipients(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal 1 KiB to many, and open it as the last of them: the worst place, which is random otherwise."""
    yield from _sealing(workbench)
    yield from _opening(workbench)


def _sealing(workbench: Workbench) -> Iterator[Row]:
    people = crowd(workbench.scale.recipients)
    keyring = make_keyring(workbench.directory / "alice-recipients", workbench.alice, people).directory.path
    keys = workbench.directory / "recipients.keys"
    keys.write_bytes(b"".join(one.hybrid_key for one in people))
    names = ",".join(one.name for one in people)
    ours = workbench.e2e(keyring, "send", names, workbench.file(KIB))
    bare = workbench.script("floors.py", "hpke-seal", keys)
    message = workbench.write(ours, workbench.directory / "recipients.sealed")
    what = f"seal 1 KiB to {len(people)} recipients"
    yield from _rows(workbench, what, ours, bare, message)


def _opening(workbench: Workbench) -> Iterator[Row]:
    people = [*crowd(workbench.scale.recipients - 1), workbench.bob]
    sealed = _sealed_in_order(workbench, people)
    identifiers = workbench.directory / "recipients.identifiers"
    identifiers.write_bytes(b"".join(sealed.identifiers))
    seed = workbench.bob.secrets.newest_keys().hybrid_seed.reveal().hex()
    ours = workbench.e2e(workbench.bobs_keyring, "open", sealed.path)
    bare = workbench.script("floors.py", "hpke-open", seed, identifiers)
    yield from _rows(workbench, f"open 1 KiB as the last of {len(people)}", ours, bare, sealed.path)


def _rows(workbench: Workbench, what: str, ours: Command, bare: Command, message: Path) -> Iterator[Row]:
    measured = workbench.stopwatch.alternate({"ours": ours, "bare": bare})
    reference = Reference("bare HPKE", measured["bare"].seconds)
    yield Row("recipients", what, "s", measured["ours"].seconds, reference, AGAINST_HPKE)
    yield memory_row(workbench, "recipients", f"{what}: memory", ours, message.stat().st_size)


class _Sealed(NamedTuple):
    """A message, and its recipients' identifiers in their order."""

    path: Path
    identifiers: list[bytes]


def _sealed_in_order(workbench: Workbench, people: Sequence[Person]) -> _Sealed:
    """Seal a message whose recipients are not shuffled, which the program wouldn't do."""
    entries = [hybrid_recipient(one.hybrid_key) for one in people]
    signer = workbench.alice.secrets.signing_key()
    metadata = encode_metadata(Metadata())
    header, sealer = signcryption.seal_header(signer, entries, MessageKeys.generate(), metadata)
    source = io.BufferedReader(io.BytesIO(bytes(KIB)))
    path = workbench.directory / "ordered.sealed"
    path.write_bytes(header + b"".join(bytes(packet) for packet in seal_packets(source, sealer)))
    return _Sealed(path, [entry.identifier for entry in entries])
