"""Measures the program against its budgets: python -m tests.bench [--rows NAME…] [--quick] [--json]."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tests.bench import rows_armor, rows_bulk, rows_crowds, rows_memory, rows_recipients, rows_short
from tests.bench.machine import Machine
from tests.bench.peers import PEERS, Peers, find_peers, stop_gpg_agent
from tests.bench.rows import Row
from tests.bench.table import report
from tests.bench.timing import BenchError
from tests.bench.workbench import FULL, QUICK, Scale, Workbench

Section = Callable[[Workbench, Peers], Iterator[Row]]

SECTIONS: dict[str, Section] = {
    "sealing": rows_bulk.sealing,
    "memory": rows_memory.memory,
    "start": rows_short.start,
    "files": rows_short.files,
    "contacts": rows_crowds.contacts,
    "groups": rows_crowds.groups,
    "recipients": rows_recipients.recipients,
    "armor": rows_armor.armor,
    "signatures": rows_bulk.signatures,
}


def main() -> int:
    """Measure and print the result; the exit code says whether all could be measured."""
    options = _parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    machine = Machine.here()
    directory = Path(tempfile.mkdtemp(prefix="e2e-bench-", dir=options.directory))
    workbench = Workbench(directory, _scale(options))
    peers = Peers((), {})
    rows: list[Row] = []
    code = 0
    try:
        if not options.no_peers:
            peers = find_peers(directory, workbench.stopwatch.environment, options.peers)
        for row in _measured(workbench, peers, dict.fromkeys(options.rows or SECTIONS)):
            rows.append(row)
    except BenchError as error:
        print(f"a program failed: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print("interrupted: this is what was measured until now", file=sys.stderr)
        code = 130
    finally:
        stop_gpg_agent(directory, workbench.stopwatch.environment)
        shutil.rmtree(directory, ignore_errors=True)
    if options.json:
        print(_json(machine, workbench.scale, peers, rows))
    else:
        print(report(machine, workbench.scale, peers, rows))
    return code


def _measured(workbench: Workbench, peers: Peers, sections: Iterable[str]) -> Iterator[Row]:
    for name in sections:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        yield from SECTIONS[name](workbench, peers)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure e2e.")
    parser.add_argument("--rows", nargs="+", choices=SECTIONS, metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--size", type=int, metavar="MIB", help=f"the large file (default: {FULL.mib} MiB)")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds (default: {FULL.rounds})")
    parser.add_argument("--quick", action="store_true", help="tiny sizes and one round: does it all run?")
    parser.add_argument(
        "--peers", nargs="+", choices=PEERS, default=PEERS, metavar="NAME", help=", ".join(PEERS)
    )
    parser.add_argument("--no-peers", action="store_true", help="leave other programs out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="where to put files meanwhile")
    return parser.parse_args()


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else FULL
    return scale._replace(mib=options.size or scale.mib, rounds=options.rounds or scale.rounds)


def _json(machine: Machine, scale: Scale, peers: Peers, rows: Sequence[Row]) -> str:
    present = [{"name": peer.name, "version": peer.version, "remark": peer.remark} for peer in peers.present]
    document = {
        "schema": "e2e-bench/1",
        "machine": machine._asdict(),
        "scale": scale._asdict(),
        "peers": present,
        "absent": dict(peers.absent),
        "rows": [row.document() for row in rows],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
