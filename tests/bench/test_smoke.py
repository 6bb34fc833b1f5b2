"""The benchmark runs: every row is there. How long anything takes is not this test's affair."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.peers import PEERS, Peers, find_peers

ROOT = Path(__file__).parents[2]
ROWS = {
    "memory": [f"{verb} {size} MiB" for size in (1, 4) for verb in ("seal", "open", "sign", "verify")],
    "start": ["seal 1 KiB", "open 1 KiB"],
    "files": ["seal 20 files of 1 KiB", "open 20 files of 1 KiB"],
    "contacts": ["seal 1 KiB, 12 contacts", "open 1 KiB, 12 contacts"],
    "groups": [
        "message of 1 KiB, group of 12",
        "seal 1 KiB, group of 12",
        "open 1 KiB, group of 12",
        "share a group of 12",
        "share a group of 12: memory",
    ],
    "recipients": [
        "seal 1 KiB to 5 recipients",
        "seal 1 KiB to 5 recipients: memory",
        "open 1 KiB as the last of 5",
        "open 1 KiB as the last of 5: memory",
    ],
    "armor": ["seal 1 MiB, armored", "open 1 MiB, armored"],
    "signatures": ["sign 1 MiB", "verify 1 MiB", "sign 1 MiB, detached", "verify 1 MiB, detached"],
}
"""Every section but `sealing`, which is measured with the peers, and its rows."""


def run(path: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "tests.bench", "--quick", "--directory", str(path), *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout


def test_every_row_is_measured(tmp_path: Path) -> None:
    rows = json.loads(run(tmp_path, "--json", "--no-peers", "--rows", *ROWS))["rows"]
    assert {(section, what) for section, whats in ROWS.items() for what in whats} == {
        (row["section"], row["what"]) for row in rows
    }
    assert all(row["measured"] > 0 and row["met"] in {True, False} for row in rows)
    assert not list(tmp_path.iterdir()), "it cleans up behind itself"


def test_peers_join_or_are_named_as_absent(tmp_path: Path) -> None:
    table = run(tmp_path, "--rows", "sealing")
    for what in ("load average", "seal 1 MiB", "open 1 MiB", "ceiling", "the figures mean nothing"):
        assert what in table
    lines = table.splitlines()
    for peer in ("gpg", "sq", "age+minisign", "npm saltpack"):
        joined = [line for line in lines if f"  {peer}  " in line]
        assert len(joined) == 2 or any(line.startswith(f"{peer} is absent") for line in lines), table


def test_peers_that_nobody_wants_are_left_out(tmp_path: Path) -> None:
    assert find_peers(tmp_path, os.environ, ()) == Peers((), dict.fromkeys(PEERS, "left out"))
    assert not list(tmp_path.iterdir())
