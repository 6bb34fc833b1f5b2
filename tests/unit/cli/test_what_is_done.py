"""What a command does is bounded: which modules it imports, and how often it calls the system.

These hold the speed of a start and of a long message without a clock.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.cli.people import Village

MIB = 2**20
CHUNKS = 16
PROGRAM = [sys.executable, "-m", "e2ecli"]

UNWANTED = {
    "asyncio",
    "concurrent.futures",
    "click.shell_completion",
    "ctypes",
    "dataclasses",
    "email",
    "hashlib",
    "http",
    "json",
    "mnemonic",
    "multiprocessing",
    "rich",
    "segno",
    "shlex",
    "shutil",
    "socket",
    "subprocess",
    "tempfile",
    "tomli_w",
}
"""Libraries that take a while to import, and that sending or opening a short message has no need of."""

STRANGERS = {
    "e2ecli.operations.doctor",
    "e2ecli.operations.keygen",
    "e2ecli.keyring.openings",
    "e2ecli.cli.qr",
}


@pytest.fixture(autouse=True)
def letter(village: Village) -> None:
    village.sealed("alice", "bob", "letter.sealed")


def calls(village: Village) -> dict[str, list[str]]:
    return {
        "send": [
            "--keyring",
            str(village.path / "alice"),
            "send",
            "bob",
            village.file("text"),
            "-o",
            "/dev/null",
        ],
        "open": [
            "--keyring",
            str(village.path / "bob"),
            "open",
            village.file("letter.sealed"),
            "-o",
            "/dev/null",
        ],
    }


@pytest.mark.parametrize("command", ["send", "open"])
def test_a_short_message_imports_nothing_that_it_has_no_need_of(village: Village, command: str) -> None:
    script = (
        "import sys; from e2ecli.cli import main; code = main._run(sys.argv[1:], {}); "
        "print(*sys.modules); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *calls(village)[command]], capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert not imported & (UNWANTED | STRANGERS)
    assert len([name for name in imported if name.startswith("e2ecli")]) < 80


@pytest.mark.parametrize("command", ["--version", "--help"])
def test_help_and_version_need_no_cryptography_but_names(command: str) -> None:
    script = f"import sys; from e2ecli.cli import main; main._run(['{command}'], {{}}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"cryptography", "hashlib", "rich", "e2ecli.cli.commands.send"}


def system_calls(arguments: list[str], log: Path) -> Counter[str]:
    """Return how often a command calls the system, by the calls' names."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: system calls are not counted")
    traced = [strace, "-f", "-qq", "-o", str(log), *PROGRAM, *arguments]
    done = subprocess.run(traced, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("strace may not trace here: system calls are not counted")
    return Counter(re.findall(r"^\d+ +([a-z0-9_]+)\(", log.read_text(errors="replace"), re.MULTILINE))


def test_a_long_message_takes_one_read_and_one_write_a_chunk(village: Village) -> None:
    text = village.path / "long"
    text.write_bytes(bytes(CHUNKS * MIB))
    send = ["--keyring", str(village.path / "alice"), "send", "bob"]
    short = system_calls([*send, village.file("text"), "-o", village.file("s")], village.path / "1")
    long = system_calls([*send, str(text), "-o", village.file("l")], village.path / "2")
    assert long["write"] - short["write"] <= CHUNKS + 1
    modules = 24  # hashlib and its library, for what is long
    assert long["read"] + long["readv"] - short["read"] <= CHUNKS + modules


def test_the_number_of_contacts_changes_nothing_in_what_is_opened(village: Village) -> None:
    few = system_calls(calls(village)["send"], village.path / "1")
    contacts = village.path / "alice" / "contacts"
    (file,) = contacts.iterdir()
    for number in range(200):
        shutil.copy(file, contacts / f"other{number}.{file.name.split('.')[1]}x.toml")
    many = system_calls(calls(village)["send"], village.path / "2")
    assert many["openat"] == few["openat"]
