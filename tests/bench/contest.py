"""The same job for the program, its bare reference and every peer, taking turns."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers import Job, Peer
from tests.bench.rows import Budget, Reference, Row
from tests.bench.timing import Command, Measured
from tests.bench.workbench import MIB, Workbench

CEILING = Budget("≥", 0.9)
OURS = "e2e"


class Rival(NamedTuple):
    """A program that the product is compared with, and what is demanded of the ratio, if anything."""

    command: Command
    budget: Budget | None = None


class Contest(NamedTuple):
    """One job, on one document, for the product and its rivals."""

    section: str
    what: str
    ours: Command
    rivals: Mapping[str, Rival]

    def speeds(self, workbench: Workbench, size: int) -> Iterator[Row]:
        """Yield a row for each rival, in MiB a second, of input without what sealing adds."""
        measured = self._measure(workbench, factor=1)
        speed = {name: size / MIB / result.seconds for name, result in measured.items()}
        for name, rival in self.rivals.items():
            reference = Reference(name, speed[name])
            yield Row(self.section, self.what, "MiB/s", speed[OURS], reference, rival.budget)

    def times(self, workbench: Workbench) -> Iterator[Row]:
        """Yield a row for each rival, in seconds; for what takes a moment only."""
        measured = self._measure(workbench, workbench.scale.short_factor)
        for name, rival in self.rivals.items():
            reference = Reference(name, measured[name].seconds)
            yield Row(self.section, self.what, "s", measured[OURS].seconds, reference, rival.budget)

    def _measure(self, workbench: Workbench, factor: int) -> dict[str, Measured]:
        commands = {OURS: self.ours} | {name: rival.command for name, rival in self.rivals.items()}
        return workbench.stopwatch.alternate(commands, factor)


def peers_for(
    workbench: Workbench,
    peers: tuple[Peer, ...],
    job: Job,
    document: Path,
    budgets: Mapping[str, Budget] | None = None,
) -> dict[str, Rival]:
    """Return the peers that can do a job, with the messages ready that it needs."""
    able = [peer for peer in peers if job in peer.jobs]
    rivals = {}
    for peer in able:
        message = message_of(workbench, peer, job, document)
        rivals[peer.name] = Rival(peer.command(job, document, message), (budgets or {}).get(peer.name))
    return rivals


_MAKING = {Job.OPEN: Job.SEAL, Job.VERIFY: Job.SIGN, Job.VERIFY_DETACHED: Job.SIGN_DETACHED}


def message_of(workbench: Workbench, peer: Peer, job: Job, document: Path) -> Path:
    """Return the message that a job reads, made now if it wasn't yet; the name of none for the others."""
    making = _MAKING.get(job, job)
    message = document.with_name(f"{document.name}.{peer.name}.{making.name.lower()}".replace(" ", "-"))
    if job in _MAKING and not message.exists():
        workbench.write(peer.command(making, document, message), message)
    return message
