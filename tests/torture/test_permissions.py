"""Whatever the umask, the modes, the links and the disks are like: what is secret stays private.

These hold for root as well, to whom modes mean nothing: what is checked is what the program makes and
refuses by itself. What only others are denied is tested where others run the tests.
"""

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenes.world import PROGRAM
from tests.torture.bench import ALICE, PLAINTEXT, ZED, Bench
from tests.torture.commands import COMMANDS, Command, name_of
from tests.torture.extent import mostly_torture

ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextlib.contextmanager
def mounted(directory: Path, options: str) -> Iterator[Path]:
    """Mount an empty file system in memory."""
    directory.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def with_umask_0(bench: Bench, arguments: list[str], keyring: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'umask 0 && exec "$@"', "sh", str(PROGRAM), *arguments],
        check=False,
        cwd=bench.table,
        env={**bench.world.environment(ALICE), "E2E_KEYRING": str(keyring)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


WRITING = [command for command in COMMANDS if not command.outputs]
ON_ALICES_DISK = [command for command in WRITING if command.keyring is None]
BRIEF = ("import --yes choir.first", "contacts remove eve")


@pytest.mark.parametrize("command", mostly_torture(WRITING, BRIEF, name_of))
def test_with_umask_0_the_keyring_is_private_all_the_same(bench: Bench, command: Command) -> None:
    keyring = bench.keyring if command.keyring is None else bench.table / command.keyring
    with_umask_0(bench, command.arguments(bench), keyring)
    for path in [keyring, *keyring.rglob("*")]:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_with_umask_0_the_recovery_words_are_private(bench: Bench) -> None:
    with_umask_0(
        bench, ["keygen", "Zoe", "--no-passphrase", "--recovery-file", "zoe.words"], bench.table / "fresh"
    )
    assert mode(bench.table / "zoe.words") == 0o600
    assert mode(bench.table / "zoe.words.revocation") == 0o600


@pytest.mark.parametrize("open_to", [0o040, 0o010, 0o004, 0o020, 0o077], ids=lambda bits: f"{bits:03o}")
@pytest.mark.parametrize("line", ["keys list", "send bob letter", "open letter.sealed", "keys rotate"])
def test_a_keyring_that_others_may_enter_is_refused_with_the_remedy(
    bench: Bench, line: str, open_to: int
) -> None:
    bench.keyring.chmod(0o700 | open_to)
    (ended,) = bench.run(line.split())
    assert (ended.code, ended.stdout) == (1, "")
    assert f"chmod 700 {bench.keyring}" in ended.stderr
    bench.keyring.chmod(0o700)
    (ended,) = bench.run(line.split())
    assert ended.code == 0


@pytest.mark.parametrize("file", ["identities/alice.toml", "groups/team/group.toml"])
def test_a_secret_file_that_others_may_read_is_refused_with_the_remedy(bench: Bench, file: str) -> None:
    (bench.keyring / file).chmod(0o640)
    for line in ("send team letter", "open letter.sealed"):
        (ended,) = bench.run(line.split())
        assert (ended.code, ended.stdout) == (1, ""), ended
        assert f"chmod 600 {bench.keyring / file}" in ended.stderr


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("identities/alice.toml", "keys rotate"),
        ("groups/team/group.toml", "groups rotate team"),
        ("identities", "keys rotate"),
        ("contacts", "contacts rename bob robert"),
        ("groups", "groups rotate team"),
    ],
)
def test_a_part_that_is_a_link_stays_one_and_what_it_leads_to_changes(
    bench: Bench, part: str, line: str
) -> None:
    elsewhere = bench.world.root / "elsewhere"
    elsewhere.mkdir(0o700)
    origin, target = bench.keyring / part, elsewhere / Path(part).name
    shutil.move(origin, target)
    origin.symlink_to(target)
    assert bench.look() == bench.old
    (ended,) = bench.run(line.split())
    assert ended.code == 0, ended
    assert origin.is_symlink()
    assert bench.look() != bench.old
    assert not list(elsewhere.rglob("*.e2e-tmp"))


def test_a_keyring_that_is_a_link_to_one_works(bench: Bench) -> None:
    moved = bench.world.root / "moved"
    shutil.move(bench.keyring, moved)
    bench.keyring.symlink_to(moved)
    (ended,) = bench.run(ZED)
    assert ended.code == 0, ended
    assert bench.keyring.is_symlink()


@pytest.mark.parametrize("command", mostly_torture(ON_ALICES_DISK, BRIEF, name_of))
def test_a_keyring_on_a_read_only_disk_can_be_read_and_says_why_not_more(
    bench: Bench, command: Command
) -> None:
    saved = bench.world.root / "saved"
    shutil.copytree(bench.keyring, saved)
    with mounted(bench.keyring, "mode=700"):
        shutil.copytree(saved, bench.keyring, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(bench.keyring)], check=True)
        arguments = command.arguments(bench)
        opened, ended = bench.run(["open", "letter.sealed"], arguments)
        assert opened.code == 0, opened
        assert ended.code == 1, ended
        assert "read-only file system" in ended.stderr
        assert len(ended.stderr.splitlines()) <= 2
        assert bench.look() == bench.old


@pytest.mark.skipif(ROOT, reason="root may do everything")
def test_a_keyring_that_may_not_be_written_can_be_read_and_says_why_not_more(bench: Bench) -> None:
    parts = [bench.keyring, *(path for path in bench.keyring.rglob("*") if path.is_dir())]
    for path in parts:
        path.chmod(0o500)
    try:
        opened, ended = bench.run(["open", "letter.sealed"], ["keys", "rotate"])
    finally:
        for path in parts:
            path.chmod(0o700)
    assert opened.code == 0, opened
    assert ended.code == 1
    assert "permission denied" in ended.stderr
    assert bench.look() == bench.old


@pytest.mark.parametrize(
    "line", ["send bob big -o", "open big.sealed -o", "sign big -o", "verify big.signed -o"]
)
def test_a_disk_that_fills_up_ends_in_one_line_and_no_file(bench: Bench, line: str) -> None:
    (bench.table / "big").write_bytes(PLAINTEXT * 1000)
    prepared = bench.run(["send", "me", "big", "-o", "big.sealed"], ["sign", "big", "-o", "big.signed"])
    assert [ended.code for ended in prepared] == [0, 0]
    with mounted(bench.world.root / "small", "size=64k") as small:
        (ended,) = bench.run(["-q", *line.split(), str(small / "out")])
        assert ended.code == 1
        assert ended.stderr == f"e2e: {small / 'out'}: no space left on device\n"
        assert list(small.iterdir()) == []


def test_a_keyring_on_a_disk_that_fills_up_keeps_all_it_had(bench: Bench) -> None:
    saved = bench.world.root / "saved"
    shutil.copytree(bench.keyring, saved)
    with mounted(bench.keyring, "mode=700,size=512k"):
        shutil.copytree(saved, bench.keyring, dirs_exist_ok=True)
        filler = bench.keyring / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        (ended,) = bench.run(["-q", "keys", "rotate"])
        assert ended.code == 1
        assert "no space left on device" in ended.stderr
        assert bench.look() == bench.old
        assert not bench.litter()
        filler.unlink()
        (ended,) = bench.run(["-q", "keys", "rotate"])
        assert ended.code == 0, ended
