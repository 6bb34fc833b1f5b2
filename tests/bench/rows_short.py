"""What short messages cost: the start of the program, and many small files in one command."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.contest import Contest, Rival, peers_for
from tests.bench.floors import IMPORTS
from tests.bench.peers import Job, Peers
from tests.bench.rows import Budget, Reference, Row
from tests.bench.timing import Command
from tests.bench.workbench import KIB, Workbench

AGAINST_IMPORTS = Budget("≤", 1.5)
MOST_PER_FILE = Budget("≤", 1.5, "measured")


def start(workbench: Workbench, peers: Peers) -> Iterator[Row]:
    """Seal and open 1 KiB, against a Python that only imports the libraries."""
    document = workbench.file(KIB)
    bare = Rival(Command((sys.executable, "-c", IMPORTS)), AGAINST_IMPORTS)
    sealing = workbench.e2e(workbench.alices_keyring, "send", "bob", document)
    rivals = peers_for(workbench, peers.present, Job.SEAL, document)
    contest = Contest("start", "seal 1 KiB", sealing, {"bare imports": bare, **rivals})
    yield from contest.times(workbench)

    message = workbench.write(sealing, document.with_suffix(".sealed"))
    opening = workbench.e2e(workbench.bobs_keyring, "open", message)
    rivals = peers_for(workbench, peers.present, Job.OPEN, document)
    contest = Contest("start", "open 1 KiB", opening, {"bare imports": bare, **rivals})
    yield from contest.times(workbench)


def files(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal and open many small files in one command, against writing as many, each flushed to disk."""
    count = workbench.scale.files
    documents = _small_files(workbench.directory / "documents", count)
    sealed, opened, bare = (workbench.directory / name for name in ("sealed", "opened", "written"))
    commands = {
        "seal": workbench.e2e(workbench.alices_keyring, "send", "bob", *documents, "-d", sealed),
        "open": workbench.e2e(
            workbench.bobs_keyring,
            "open",
            *(sealed / f"{path.name}.sealed" for path in documents),
            "-d",
            opened,
        ),
        "bare": workbench.script("floors.py", "files", bare, str(count)),
    }
    emptied = {"seal": sealed, "open": opened, "bare": bare}
    measured = workbench.stopwatch.alternate(
        {name: command._replace(emptied=emptied[name]) for name, command in commands.items()}
    )
    each = {name: result.seconds * 1000 / count for name, result in measured.items()}
    reference = Reference("bare flushed files", each["bare"])
    for name in ("seal", "open"):
        what = f"{name} {count} files of 1 KiB"
        yield Row("files", what, "ms/file", each[name], reference, MOST_PER_FILE)


def _small_files(directory: Path, count: int) -> list[Path]:
    directory.mkdir()
    paths = [directory / f"file-{number:04}" for number in range(count)]
    for path in paths:
        path.write_bytes(bytes(KIB))
    return paths
