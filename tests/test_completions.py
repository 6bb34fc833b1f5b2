"""The committed completion scripts are the program's own, and they complete in real shells."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETIONS = Path(__file__).parent.parent / "completions"
FILES = {"bash": "e2e.bash", "zsh": "_e2e", "fish": "e2e.fish"}
COMMAND_LINES = {
    "a command": ("e2e se", {"send"}),
    "every command": (
        "e2e ",
        {"keygen", "export", "import", "send", "open", "sign", "verify", "inspect", "contacts", "keys"},
    ),
    "an option": ("e2e send --req", {"--require-verified", "--require-pq"}),
    "a subcommand": ("e2e contacts ver", {"verify"}),
    "a petname": ("e2e send bo", {"bob"}),
    "a petname after a comma": ("e2e send bob,ca", {"bob,carol"}),
    "a group": ("e2e groups show te", {"team"}),
    "an identity": ("e2e --as al", {"alice"}),
    "an identity to change": ("e2e keys rotate ", {"alice"}),
    "a sender": ("e2e open --from ca", {"carol"}),
    "a word of no command": ("e2e foo ", {"send"}),
    "a word of no command in a family": ("e2e contacts foo ", {"show"}),
    "a choice": ("e2e completion ", {"bash", "zsh", "fish"}),
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `e2e` is this program, under a home of its own."""
    program = tmp_path / "bin" / "e2e"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m e2ecli "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    keyring = tmp_path / "keyring"
    for part, names in {"contacts": ("bob", "carol"), "identities": ("alice",)}.items():
        for name in names:
            file = keyring / part / (f"{name}.e2e1x.toml" if part == "contacts" else f"{name}.toml")
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
    (keyring / "groups" / "team").mkdir(mode=0o700, parents=True)
    (keyring / "groups" / "team" / "group.toml").touch(mode=0o600)
    keyring.chmod(0o700)
    return {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "E2E_KEYRING": str(keyring)}


def shell(name: str) -> str:
    """Return where a shell is; the test is skipped where it isn't."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: its completion script is compared, and not run")
    return path


def output(arguments: list[str], environment: dict[str, str], directory: Path) -> str:
    """Run a program, which must have nothing to complain of, and return what it writes."""
    done = subprocess.run(
        arguments, env=environment, cwd=directory, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize("name", FILES)
def test_the_committed_script_is_what_the_program_prints(
    name: str, environment: dict[str, str], tmp_path: Path
) -> None:
    shell("bash")  # which click asks for its version before it prints a script for it
    printed = output(["e2e", "completion", name], environment, tmp_path)
    committed = (COMPLETIONS / FILES[name]).read_text(encoding="utf-8")
    assert printed == committed, "make completions brings the committed scripts up to date"


@pytest.mark.parametrize("name", FILES)
def test_the_shell_can_parse_the_script(name: str, environment: dict[str, str], tmp_path: Path) -> None:
    assert output([shell(name), "-n", str(COMPLETIONS / FILES[name])], environment, tmp_path) == ""


def in_bash(line: str, environment: dict[str, str], directory: Path) -> set[str]:
    """Complete a command line as bash does, with the function that the script registers."""
    words = line.split(" ")
    script = "\n".join(
        (
            f"source {shlex.quote(str(COMPLETIONS / FILES['bash']))}",
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))})",
            f"COMP_CWORD={len(words) - 1}",
            f"COMP_LINE={shlex.quote(line)}",
            "COMP_POINT=${#COMP_LINE}",
            "registered=$(complete -p e2e)",
            "[[ $registered =~ -F\\ ([^ ]+) ]] || exit 9",
            '"${BASH_REMATCH[1]}" e2e "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"',
            'printf "%s\\n" "${COMPREPLY[@]}"',
        )
    )
    arguments = [shell("bash"), "--noprofile", "--norc", "-c", script]
    return set(output(arguments, environment, directory).split())


@pytest.mark.parametrize(("line", "expected"), COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_bash_completes(line: str, expected: set[str], environment: dict[str, str], tmp_path: Path) -> None:
    completed = in_bash(line, environment, tmp_path)
    assert completed >= expected
    assert all(word.startswith(line.rpartition(" ")[2]) for word in completed)


ZSH_STAND_INS = """
compdef() { registered=$1 }
compadd() { print -rl -- "${(@P)@[-1]}" }
_describe() { print -rl -- "${(@)${(@P)3}%%:*}" }
_path_files() { : }
"""
"""What the script calls in zsh's completion system, printing what it is given."""


@pytest.mark.parametrize(("line", "expected"), COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_zsh_completes(line: str, expected: set[str], environment: dict[str, str], tmp_path: Path) -> None:
    words = line.split(" ")
    script = "\n".join(
        (
            ZSH_STAND_INS,
            f"source {shlex.quote(str(COMPLETIONS / FILES['zsh']))}",
            f"words=({' '.join(map(shlex.quote, words))})",
            f"CURRENT={len(words)}",
            "$registered",
        )
    )
    completed = set(output([shell("zsh"), "-f", "-c", script], environment, tmp_path).split())
    assert completed >= expected
    assert all(word.startswith(words[-1]) for word in completed)


@pytest.mark.parametrize(("line", "expected"), COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_fish_completes(line: str, expected: set[str], environment: dict[str, str], tmp_path: Path) -> None:
    source = f"source {shlex.quote(str(COMPLETIONS / FILES['fish']))}"
    script = f"{source}; complete --do-complete={shlex.quote(line)}"
    listed = output([shell("fish"), "--no-config", "--command", script], environment, tmp_path)
    completed = {entry.partition("\t")[0] for entry in listed.splitlines()}
    assert completed >= expected
    assert all(word.startswith(line.rpartition(" ")[2]) for word in completed)


@pytest.mark.parametrize("line", ["e2e send bob -d ", "e2e open --directory in", "e2e --keyring "])
def test_a_directory_is_completed_by_the_shell(
    line: str, environment: dict[str, str], tmp_path: Path
) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_E2E_COMPLETE": "bash_complete"}
    assert output(["e2e"], environment | words, tmp_path) == f"dir,{line.rpartition(' ')[2]}\n"
