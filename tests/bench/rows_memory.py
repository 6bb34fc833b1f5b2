"""Peak memory, which must not grow with the input."""

import shutil
from collections.abc import Iterator

from tests.bench.peers import Peers
from tests.bench.rows import Budget, Row
from tests.bench.timing import Command
from tests.bench.workbench import MIB, Workbench

MOST_MIB = 64.0
_SPARE = 3


def memory(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal, open, sign and verify inputs of several sizes; those that the disk has room for."""
    for size in workbench.scale.memory_mib:
        if shutil.disk_usage(workbench.directory).free > _SPARE * size * MIB:
            yield from _at_size(workbench, size)


def memory_row(
    workbench: Workbench, section: str, what: str, command: Command, allowed_bytes: int = 0
) -> Row:
    """Return the row of one program's peak memory, in which `allowed_bytes` come on top of the bound."""
    peak = workbench.stopwatch.run(command).peak_bytes
    budget = Budget("≤", MOST_MIB + allowed_bytes / MIB, "measured")
    return Row(section, what, "MiB", peak / MIB, None, budget)


def _at_size(workbench: Workbench, size: int) -> Iterator[Row]:
    document = workbench.file(size * MIB)
    alice, bob = workbench.alices_keyring, workbench.bobs_keyring
    pairs = (
        ("seal", "open", workbench.e2e(alice, "send", "bob", document)),
        ("sign", "verify", workbench.e2e(alice, "sign", document, "-o", "-")),
    )
    for making, reading, command in pairs:
        message = workbench.directory / "memory.message"
        yield memory_row(workbench, "memory", f"{making} {size} MiB", command._replace(output=message))
        reader = workbench.e2e(bob, reading, message, "-o", "-")
        yield memory_row(workbench, "memory", f"{reading} {size} MiB", reader)
        message.unlink()
    if size > workbench.scale.mib:
        document.unlink()
