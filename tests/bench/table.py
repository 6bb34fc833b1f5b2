"""The result for people: plain text, the machine first, then a line for each row."""

from collections.abc import Iterator, Sequence

from tests.bench.machine import Machine
from tests.bench.peers import Peers
from tests.bench.rows import Row, Unit
from tests.bench.workbench import Scale

_TITLES = ("what", "e2e", "reference", "", "ratio", "budget", "")
_RIGHT = {1, 2, 4, 5}
_PLACES: dict[Unit, int] = {"s": 3, "ms/file": 2, "MiB": 1, "MiB/s": 0, "bytes": 0}


def report(machine: Machine, scale: Scale, peers: Peers, rows: Sequence[Row]) -> str:
    """Return the whole result as text."""
    missed = sum(row.met is False for row in rows)
    judged = sum(row.met is not None for row in rows)
    return "\n".join(
        (
            *_machine_lines(machine),
            "",
            *_peer_lines(peers),
            *_table(rows),
            "",
            f"Medians of {scale.rounds} rounds, {scale.rounds * scale.short_factor} of what takes a moment.",
            f"Ratio: e2e to the reference. Budgets met: {judged - missed} of {judged}.",
            *(["This was --quick: it all runs, and the figures mean nothing."] if not scale.warm_up else []),
        )
    )


def _machine_lines(machine: Machine) -> Iterator[str]:
    cores = "one core" if machine.cores == 1 else f"{machine.cores} cores"
    yield f"{machine.cpu}, {cores}, {machine.memory_mib} MiB of memory, {machine.kernel}, {machine.python}"
    yield ", ".join(f"{name} {version}" for name, version in machine.libraries.items())
    yield "load average at the start: " + " ".join(f"{load:.2f}" for load in machine.load_average)


def _peer_lines(peers: Peers) -> Iterator[str]:
    """Yield a line for each peer, and an empty one behind them."""
    for peer in peers.present:
        yield f"{peer.name} {peer.version}: {peer.remark}"
    for name, reason in peers.absent.items():
        yield f"{name} is absent: {reason}"
    if peers.present or peers.absent:
        yield ""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    cells = [_TITLES, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    section = ""
    for number, line in enumerate(cells):
        here = rows[number - 1].section if number else ""
        if here != section:
            yield here
            section = here
        padded = (
            cell.rjust(width) if place in _RIGHT else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  " + "  ".join(padded).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        _figure(row.measured, row.unit),
        "" if row.reference is None else _figure(row.reference.value, row.unit),
        "" if row.reference is None else row.reference.name,
        "" if row.ratio is None else f"{row.ratio:.2f} ×",
        _budget(row),
        {None: "", True: "met", False: "NOT MET"}[row.met],
    )


def _figure(value: float, unit: Unit) -> str:
    return f"{value:.{_PLACES[unit]}f} {unit}"


def _budget(row: Row) -> str:
    if row.budget is None:
        return ""
    unit = "×" if row.budget.of == "ratio" else row.unit
    return f"{row.budget.relation} {row.budget.bound:.4g} {unit}"
