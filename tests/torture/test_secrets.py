"""Secrets never appear where anybody else could see them (invariant 6)."""

import base64
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from e2ecli.cli import main
from e2ecli.cli.invocation import system_clock
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from tests.scenes.world import PATIENCE_SECONDS, PROGRAM, World
from tests.torture.bench import ALICE, PLAINTEXT, Bench
from tests.torture.extent import mostly_torture
from tests.torture.faults import Fault
from tests.torture.leaks import Secret, found_in, group_key, leaks_in_files, secrets_of_words
from tests.torture.zygote import Zygote
from tests.unit.operations.support import FixedPassphrases

PASSPHRASE = b"correct horse battery staple"
NEW_PASSPHRASE = b"incorrect donkey"
SPY = Path(__file__).parent / "spy.py"

LINES = (
    "send bob letter -o out",
    "open letter.sealed -o out",
    "keys rotate",
    "groups rotate team",
    "keys passphrase --kdf interactive --new-passphrase-file new-passphrase",
    "import --yes club.first",
    "keygen Second --kdf interactive",
    "open letter.sealed --atomic -o out",
    "open letter.sealed",
    "send me letter --deniable -a",
    "sign letter -o out",
    "sign --detach letter -o out",
    "keys expire 1y",
    "keys revoke --reason lost --yes",
    "keys list --json",
    "keys show --raw",
    "keys restore --check --recovery-file alice.words",
    "keys restore Third --kdf interactive --recovery-file lost.words",
    "groups create crew bob",
    "groups remove team bob",
    "groups share team -o out",
    "groups show team --json",
    "groups leave team",
    "contacts introduce bob --to carol -o out",
    "contacts list",
    "export",
    "inspect letter.sealed",
    "open note",
    "open damaged.sealed",
    "import letter.sealed",
)
"""Run by Alice, whose identity is locked. The last ones fail."""
BRIEF = 4


class Locked(NamedTuple):
    """A world in which Alice's identity is locked, and all of its secrets."""

    world: World
    secrets: list[Secret]


@pytest.fixture(scope="session")
def locked(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Locked:
    """Alice, locked, with a group of her own; Bob, with one that she is in."""
    world = World(tmp_path_factory.mktemp("locked"))

    def does(person: str, line: str) -> None:
        given = ["--passphrase-file", "passphrase"] if person == ALICE else []
        ended = zygote.run_one(world.keyring(person), world.table, ["-q", *given, *line.split()])
        assert ended.code == 0, (line, ended)

    (world.table / "passphrase").write_bytes(PASSPHRASE + b"\n")
    (world.table / "new-passphrase").write_bytes(NEW_PASSPHRASE + b"\n")
    (world.table / "letter").write_bytes(PLAINTEXT)
    (world.table / "note").write_bytes(PLAINTEXT)
    does(ALICE, "keygen Alice --kdf interactive --recovery-file alice.words")
    for person in ("bob", "carol"):
        does(person, f"keygen {person} --no-passphrase --recovery-file {person}.words")
    (world.table / "carol.words").rename(world.table / "lost.words")
    for person in (ALICE, "bob", "carol"):
        does(person, f"export -o {person}.card")
    does(ALICE, "import bob.card carol.card")
    does("bob", "import alice.card")
    does(ALICE, "groups create team bob carol")
    does("bob", "groups create club alice")
    does("bob", "groups share club -o club.first")
    does("bob", "send alice letter -o letter.sealed")
    sealed = bytearray((world.table / "letter.sealed").read_bytes())
    sealed[-20] ^= 1
    (world.table / "damaged.sealed").write_bytes(sealed)
    does(ALICE, "keys rotate")
    group_keys = []
    for person, name in ((ALICE, "team"), ("bob", "club")):
        workspace = Workspace.at(world.keyring(person), system_clock, FixedPassphrases(PASSPHRASE))
        group_keys.append(group_key(workspace, name))
    secrets = [
        Secret("the passphrase", PASSPHRASE),
        Secret("the new passphrase", NEW_PASSPHRASE),
        Secret("the plaintext", PLAINTEXT[:30]),
        *group_keys,
        *secrets_of_words((world.table / "lost.words").read_text(), 1),
        *secrets_of_words((world.table / "alice.words").read_text(), 3),
    ]
    return Locked(world, secrets)


@pytest.fixture
def bench(zygote: Zygote, locked: Locked, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Alice's locked keyring, and the table."""
    return Bench(zygote, locked.world, tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("line", mostly_torture(LINES, LINES[:BRIEF], str))
def test_a_command_shows_no_secret_to_others(bench: Bench, locked: Locked, line: str) -> None:
    """Neither in argv or the environment, its own and its children's, nor on stderr, nor in any file."""
    temporary = bench.world.root / "temporary"
    temporary.mkdir()
    before = {path.name for path in bench.table.iterdir()}
    report = bench.world.root / "report"
    spy = f"exec {sys.executable} -ISE {SPY} {report} {bench.table / 'passphrase'} {os.getpid()}"
    done = subprocess.run(
        [PROGRAM, *line.split()],
        check=False,
        cwd=bench.table,
        env={
            **bench.world.environment(ALICE),
            "E2E_PASSPHRASE_COMMAND": spy,
            "TMPDIR": str(temporary),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    seen = report.read_text().splitlines() if report.exists() else []
    for process in (process for look in seen for process in json.loads(look)):
        assert found_in(bytes.fromhex(process["argv"]), locked.secrets) == []
        assert found_in(bytes.fromhex(process["environment"]), locked.secrets) == []
    assert found_in(done.stderr, locked.secrets) == []
    allowed = {"the plaintext"} if line.startswith(("open", "verify")) else set()
    assert set(found_in(done.stdout, locked.secrets)) <= allowed
    assert leaks_in_files(bench.keyring, locked.secrets) == []
    assert leaks_in_files(temporary, locked.secrets) == []
    for name in {path.name for path in bench.table.iterdir()} - before:
        allowed = {"the plaintext"} if line.startswith(("open", "sign letter")) else set()
        assert set(found_in((bench.table / name).read_bytes(), locked.secrets)) <= allowed


def test_a_passphrase_command_inherits_nothing_but_standard_streams(bench: Bench) -> None:
    child, program = spied(bench)
    assert len(child["descriptors"]) <= 4  # the fourth is the directory that is being listed
    assert found_in(bytes.fromhex(child["environment"]), [Secret("", PASSPHRASE)]) == []
    assert "E2E_PASSPHRASE_COMMAND" in bytes.fromhex(program["environment"]).decode()


def test_a_process_that_holds_secrets_writes_no_core_dump(bench: Bench) -> None:
    """A limit of one byte or none at all; one byte stops dumps that go to a pipe, too."""
    for process in spied(bench):
        (line,) = [line for line in process["limits"].splitlines() if line.startswith("Max core file size")]
        assert line.split()[4] in {"0", "1"}


def spied(bench: Bench) -> list[dict[str, Any]]:
    """Run a command that asks for a passphrase, and return what the passphrase command saw."""
    report = bench.world.root / "report"
    spy = f"exec {sys.executable} -ISE {SPY} {report} {bench.table / 'passphrase'} {os.getpid()}"
    subprocess.run(
        [PROGRAM, "open", "letter.sealed", "-o", "out"],
        check=True,
        cwd=bench.table,
        env={**bench.world.environment(ALICE), "E2E_PASSPHRASE_COMMAND": spy},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen: list[dict[str, Any]] = json.loads(report.read_text().splitlines()[0])
    return seen


CRASHING = (
    "keys rotate",
    "groups rotate team",
    "import --yes club.first",
    "keys passphrase --kdf interactive --new-passphrase-file new-passphrase",
    "open letter.sealed --atomic -o out",
)


@pytest.mark.parametrize("line", mostly_torture(CRASHING, CRASHING[:1], str))
def test_a_crash_leaves_no_secret_in_the_keyring(bench: Bench, locked: Locked, line: str) -> None:
    arguments = ["-q", "--passphrase-file", "passphrase", *line.split()]
    at = 0
    while at == 0 or bench.struck:
        at += 1
        bench.reset()
        bench.run_at(None, arguments, Fault("KILL", at))
        assert leaks_in_files(bench.keyring, locked.secrets) == []
    assert at > 2


# What Python shows of objects


class Watcher:
    """Looks at the `repr` of all objects of the package that its functions hold, and at its errors' texts."""

    def __init__(self, secrets: list[Secret]) -> None:
        self._secrets = secrets
        self.found: set[str] = set()
        self._looking = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "return" or self._looking:
            return
        if not str(frame.f_globals.get("__name__")).startswith("e2ecli"):
            return
        self._looking = True
        try:
            for value in (*frame.f_locals.values(), argument):
                self._look(value)
        finally:
            self._looking = False

    def _look(self, value: Any) -> None:
        kind = type(value)
        if not kind.__module__.startswith("e2ecli"):
            return
        try:
            shown = f"{value!r} {value!s}"
        except AttributeError:  # it is still being made
            return
        for what in found_in(shown.encode(errors="replace"), self._secrets):
            self.found.add(f"{kind.__module__}.{kind.__name__} shows {what}")


@pytest.fixture
def watched(locked: Locked) -> Iterator[Watcher]:
    """Somebody who looks at everything in this thread and in those that it starts."""
    watcher = Watcher([secret for secret in locked.secrets if secret.what != "the plaintext"])
    threading.setprofile(watcher)
    sys.setprofile(watcher)
    yield watcher
    sys.setprofile(None)
    threading.setprofile(None)


@pytest.mark.parametrize(
    "line",
    [
        "keys rotate",
        "groups share team -o out",
        "groups rotate team",
        "open letter.sealed -o out",
        "send team letter -o out",
        "import --yes club.first",
        "keys restore --check --recovery-file alice.words",
        "keys restore Third --no-passphrase --recovery-file lost.words",
        "keys passphrase --kdf interactive --new-passphrase-file new-passphrase",
        "open damaged.sealed -o out",
    ],
)
def test_no_object_of_the_package_shows_a_secret(
    bench: Bench, watched: Watcher, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(bench.table)
    arguments = ["--keyring", str(bench.keyring), "--passphrase-file", "passphrase", *line.split()]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        main._run(arguments, {})
    sys.setprofile(None)
    assert sorted(watched.found) == []


def test_the_watcher_finds_what_it_looks_for() -> None:
    secret = Secret("the value", b"0123456789abcdef" * 2)
    assert found_in(b"x" + secret.value.hex().encode(), [secret]) == ["the value"]
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + secret.value + b"and more")
        assert found_in(encoded, [secret]) == ["the value"]
    assert found_in(repr(SecretBytes(secret.value)).encode(), [secret]) == []
