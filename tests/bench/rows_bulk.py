"""Sealing and opening a large file, and signing one, against the ceiling and the peers."""

from collections.abc import Iterator

from tests.bench.contest import CEILING, Contest, Rival, peers_for
from tests.bench.peers import Job, Peers
from tests.bench.rows import Budget, Row
from tests.bench.workbench import MIB, Workbench

AGAINST_GPG = {"gpg": Budget("≥", 2.5)}


def sealing(workbench: Workbench, peers: Peers) -> Iterator[Row]:
    """Seal a large file and open it."""
    size = workbench.scale.mib
    document = workbench.file(size * MIB)
    ours = workbench.e2e(workbench.alices_keyring, "send", "bob", document)
    ceiling = workbench.script("ceiling.py", "seal", document, "/dev/null")
    rivals = peers_for(workbench, peers.present, Job.SEAL, document, AGAINST_GPG)
    contest = Contest("sealing", f"seal {size} MiB", ours, {"ceiling": Rival(ceiling, CEILING), **rivals})
    yield from contest.speeds(workbench, size * MIB)

    message = workbench.write(ours, document.with_suffix(".sealed"))
    records = document.with_suffix(".sealed-records")
    workbench.stopwatch.run(workbench.script("ceiling.py", "seal", document, records))
    ceiling = workbench.script("ceiling.py", "open", records, "/dev/null")
    rivals = peers_for(workbench, peers.present, Job.OPEN, document, AGAINST_GPG)
    ours = workbench.e2e(workbench.bobs_keyring, "open", message)
    contest = Contest("sealing", f"open {size} MiB", ours, {"ceiling": Rival(ceiling, CEILING), **rivals})
    yield from contest.speeds(workbench, size * MIB)


def signatures(workbench: Workbench, peers: Peers) -> Iterator[Row]:
    """Sign a large file and verify it, attached and detached."""
    yield from _attached(workbench, peers)
    yield from _detached(workbench, peers)


def _attached(workbench: Workbench, peers: Peers) -> Iterator[Row]:
    size = workbench.scale.mib
    document = workbench.file(size * MIB)
    ours = workbench.e2e(workbench.alices_keyring, "sign", document, "-o", "-")
    ceiling = Rival(workbench.script("ceiling.py", "sign", document, "/dev/null"), CEILING)
    rivals = peers_for(workbench, peers.present, Job.SIGN, document)
    contest = Contest("signatures", f"sign {size} MiB", ours, {"ceiling": ceiling, **rivals})
    yield from contest.speeds(workbench, size * MIB)

    message = workbench.write(ours, document.with_suffix(".signed"))
    records = document.with_suffix(".signed-records")
    workbench.stopwatch.run(workbench.script("ceiling.py", "sign", document, records))
    ceiling = Rival(workbench.script("ceiling.py", "verify", records, "/dev/null"), CEILING)
    rivals = peers_for(workbench, peers.present, Job.VERIFY, document)
    ours = workbench.e2e(workbench.bobs_keyring, "verify", message, "-o", "-")
    contest = Contest("signatures", f"verify {size} MiB", ours, {"ceiling": ceiling, **rivals})
    yield from contest.speeds(workbench, size * MIB)


def _detached(workbench: Workbench, peers: Peers) -> Iterator[Row]:
    size = workbench.scale.mib
    document = workbench.file(size * MIB)
    ours = workbench.e2e(workbench.alices_keyring, "sign", "--detach", document, "-o", "-")
    ceiling = Rival(workbench.script("ceiling.py", "sign-detached", document, "/dev/null"), CEILING)
    rivals = peers_for(workbench, peers.present, Job.SIGN_DETACHED, document)
    contest = Contest("signatures", f"sign {size} MiB, detached", ours, {"ceiling": ceiling, **rivals})
    yield from contest.speeds(workbench, size * MIB)

    signature = workbench.write(ours, document.with_suffix(".detached"))
    bare = document.with_suffix(".detached-record")
    workbench.stopwatch.run(workbench.script("ceiling.py", "sign-detached", document, bare))
    verifying = workbench.script("ceiling.py", "verify-detached", bare, "/dev/null", document)
    rivals = peers_for(workbench, peers.present, Job.VERIFY_DETACHED, document)
    ours = workbench.e2e(workbench.bobs_keyring, "verify", document, "--signature", signature)
    ceiling = Rival(verifying, CEILING)
    contest = Contest("signatures", f"verify {size} MiB, detached", ours, {"ceiling": ceiling, **rivals})
    yield from contest.speeds(workbench, size * MIB)
