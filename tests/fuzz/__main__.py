"""`python -m tests.fuzz --time SECONDS [TARGET…]`: fuzz each target for a while, on all cores.

What is found lies in `crashes/<target>/` afterwards, where `test_targets.py` runs it from then on.
Inputs that reach new code are kept in `.fuzz/<target>/`, and the next run begins with them.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import TARGETS

REPOSITORY = Path(__file__).parents[2]
SECONDS_AN_INPUT = 10
MEMORY_MIB = 1024
LONGEST_INPUT = 20_000


class Fuzzed(NamedTuple):
    """What came of fuzzing one target."""

    name: str
    executions: int
    findings: list[str]
    output: str


def fuzz(name: str, seconds: int) -> Fuzzed:
    """Run one target under atheris, in a process of its own."""
    corpus = REPOSITORY / ".fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    crashes = Path(__file__).parent / "crashes" / name
    crashes.mkdir(parents=True, exist_ok=True)
    before = set(crashes.iterdir())
    target = TARGETS[name]
    for seed in target.seeds:
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    words = REPOSITORY / ".fuzz" / f"{name}.words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.run",
        name,
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={crashes}/",
        *([f"-dict={words}"] if target.words else []),
        "-print_final_stats=1",
        str(corpus),
    ]
    ended = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, errors="replace", check=False
    )
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", ended.stderr)
    findings = [path.name for path in set(crashes.iterdir()) - before]
    if not any(crashes.iterdir()):
        crashes.rmdir()
    if ended.returncode and not findings:
        findings = [f"exit status {ended.returncode}"]
    return Fuzzed(name, int(executed[1]) if executed else 0, findings, ended.stdout + ended.stderr)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--time", type=int, default=60, metavar="SECONDS", help="for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all where none is named")
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; the targets are {', '.join(TARGETS)}")
    found = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for fuzzed in pool.map(lambda name: fuzz(name, given.time), names):
            words = ", ".join(fuzzed.findings) or "nothing found"
            print(f"{fuzzed.name:22} {fuzzed.executions:>10,} executions  {words}", flush=True)
            if fuzzed.findings:
                print("\n".join(fuzzed.output.splitlines()[-40:]), flush=True)
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
