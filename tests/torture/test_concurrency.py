"""Many processes on one keyring: no lost update, no torn read, no deadlock (invariant 7)."""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.scenes.world import REPOSITORY, World
from tests.torture.bench import ALICE, ZED, Bench, State
from tests.torture.crowd import READERS, WRITERS, run
from tests.torture.zygote import Zygote

PATIENCE_SECONDS = 600
"""After this the crowd counts as deadlocked."""


class Aftermath(NamedTuple):
    """What a crowd did to a keyring."""

    before: State
    after: State
    reports: list[dict[str, Any]]
    litter: list[str]

    def done(self, role: str) -> int:
        """Return how many changes all who played a role made."""
        return sum(report["done"] for report in self.reports if report["role"] == role)

    def wrong(self, *roles: str) -> list[str]:
        """Return what should not have happened to those who played these roles."""
        return [line for report in self.reports if report["role"] in roles for line in report["wrong"]]


@pytest.fixture(scope="session")
def aftermath(
    zygote: Zygote, template: World, tmp_path_factory: pytest.TempPathFactory, full: bool
) -> Aftermath:
    """A crowd of writers and readers, after all of them have come to an end."""
    each, turns = (50, 25) if full else (6, 3)
    bench = Bench(zygote, template, tmp_path_factory.mktemp("crowd"))
    (ended,) = bench.run(["import", "--name", "mutable", "dan.card"])
    assert ended.code == 0, ended
    before = bench.look()
    roles = [*itertools.islice(itertools.cycle(WRITERS), each)]
    roles += itertools.islice(itertools.cycle(READERS), each)
    environment = {**bench.world.environment(ALICE), "PYTHONPATH": str(REPOSITORY)}
    crowd = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.torture.crowd", role, f"p{number}", str(turns)],
            cwd=bench.table,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, role in enumerate(roles)
    ]
    reports = []
    for process in crowd:
        out, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
        reports.append(json.loads(out))
    (zed,) = bench.run(ZED)
    assert zed.code == 0, zed
    return Aftermath(before, bench.look(), reports, [str(path) for path in bench.litter()])


@pytest.mark.parametrize("role", WRITERS)
def test_no_writer_fails_because_of_the_others(aftermath: Aftermath, role: str) -> None:
    assert aftermath.wrong(role) == []


@pytest.mark.parametrize("role", READERS)
def test_no_reader_sees_a_torn_keyring(aftermath: Aftermath, role: str) -> None:
    assert aftermath.wrong(role) == []


def test_every_contact_that_was_kept_is_there_and_no_other(aftermath: Aftermath) -> None:
    kept = {name for report in aftermath.reports for name in report["kept"]}
    there = {thing for thing in aftermath.after.facts if thing.startswith("contacts ")}
    before = {thing for thing in aftermath.before.facts if thing.startswith("contacts ")}
    assert there - before == {"contacts zed", *(f"contacts {name}" for name in kept)}
    assert before <= there


@pytest.mark.parametrize(
    ("role", "thing", "counter"),
    [("rotates keys", "keys alice", "generation"), ("rotates the group", "groups team", "epoch")],
)
def test_every_success_counts_once(aftermath: Aftermath, role: str, thing: str, counter: str) -> None:
    before, after = aftermath.before.facts[thing][counter], aftermath.after.facts[thing][counter]
    assert after - before == aftermath.done(role) > 0


def test_the_crowd_leaves_no_litter(aftermath: Aftermath) -> None:
    assert aftermath.litter == []


HOLD_LOCK = """
import sys, time
from pathlib import Path
from e2ecli.keyring.directory import KeyringDirectory
with KeyringDirectory(Path(sys.argv[1])).writing():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_killed_writer_blocks_nobody(bench: Bench) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(bench.keyring)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    assert holder.returncode == -signal.SIGKILL
    (ended,) = bench.run(ZED)
    assert ended.code == 0, ended


def test_a_writer_that_is_stopped_blocks_no_reader(bench: Bench) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(bench.keyring)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        assert bench.look() == bench.old
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize(
    "reader",
    [
        "contacts list",
        "contacts show frank",
        "groups list",
        "groups show team",
        "send frank --dry-run letter",
        "send team --dry-run letter",
    ],
)
@pytest.mark.parametrize(
    "writer",
    [
        "contacts rename bob robert",
        "contacts remove bob",
        "import --replace --name bob mallory.card",
        "groups leave club",
    ],
)
def test_a_change_between_listing_and_reading_disturbs_no_reader(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, writer: str, reader: str
) -> None:
    """The writer comes in right after the reader has listed a directory, whichever that is."""
    for chosen in itertools.count(1):
        bench.reset()
        interference = Interference(chosen, lambda: succeed(bench, writer))
        with monkeypatch.context() as patch:
            patch.setattr(os, "listdir", interference.listdir)
            patch.chdir(bench.table)
            code, _, said = run("--keyring", str(bench.keyring), *reader.split())
        assert code == 0, f"the writer came after listing {chosen}: {said}"
        if not interference.came:
            assert chosen > 1
            return


class Interference:
    """Lists directories, and lets something happen after one of the listings."""

    def __init__(self, chosen: int, happen: Callable[[], None]) -> None:
        self._real = os.listdir
        self._listings_before = chosen
        self._happen = happen
        self.came = False

    def listdir(self, path: Any = ".") -> list[str]:
        """Take the place of `os.listdir`."""
        names: list[str] = self._real(path)
        self._listings_before -= 1
        if self._listings_before == 0:
            self.came = True
            self._happen()
        return names


def succeed(bench: Bench, line: str) -> None:
    (ended,) = bench.run(line.split())
    assert ended.code == 0, ended
