"""Armor, as text that survives mail and chat: how much of it one core makes and reads in a second."""

from collections.abc import Iterator

from tests.bench.peers import Peers
from tests.bench.rows import Budget, Reference, Row
from tests.bench.timing import Command
from tests.bench.workbench import MIB, Workbench

A_CORE = Budget("≥", 10, "measured")


def armor(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal and open armored messages whole, by processor time, against binary ones."""
    size = workbench.scale.armored_mib
    document = workbench.file(size * MIB)
    alice, bob = workbench.alices_keyring, workbench.bobs_keyring
    armored = workbench.e2e(alice, "send", "bob", document, "-a")
    binary = workbench.e2e(alice, "send", "bob", document)
    yield _row(workbench, f"seal {size} MiB, armored", armored, binary)
    opened = [
        workbench.e2e(bob, "open", workbench.write(command, document.with_suffix(f".{name}")), "-o", "-")
        for name, command in (("armored", armored), ("binary", binary))
    ]
    yield _row(workbench, f"open {size} MiB, armored", *opened)


def _row(workbench: Workbench, what: str, armored: Command, binary: Command) -> Row:
    measured = workbench.stopwatch.alternate({"armored": armored, "binary": binary})
    speed = {name: workbench.scale.armored_mib / result.cpu_seconds for name, result in measured.items()}
    return Row("armor", what, "MiB/s", speed["armored"], Reference("binary", speed["binary"]), A_CORE)
