"""Every ```console block of README.md, run for real, in order, in one throw-away directory.

`alice$`, `bob$` and `carol$` choose whose keyring a command uses. A command runs on a terminal of its own,
as a reader's would; the lines under it are what it must print, where `…` stands for anything that varies, and
a line with nothing but `…` for any number of lines. Every command must succeed; `; echo $?` shows the code
of one that fails.
"""

import os
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parent.parent / "README.md"
PASSPHRASE = "correct horse battery staple"
ANSWERS = {  # what a reader types at a prompt that ends so
    r"[Pp]assphrase (for|of) \w+: ?": PASSPHRASE,
    r"The same again: ?": PASSPHRASE,
    r"yes or no: ?": "yes",
}
PATIENCE = 60.0  # seconds


class Example(NamedTuple):
    line: int
    person: str
    command: str
    shown: list[str]


def examples(text: str) -> list[Example]:
    found: list[Example] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        prompt = re.fullmatch(r"(alice|bob|carol)\$ (.+)", line)
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and prompt:
            found.append(Example(number, prompt[1], prompt[2], []))
        elif inside:
            found[-1].shown.append(line.rstrip())
    return found


def pattern(shown: list[str]) -> str:
    """The regular expression for what README shows."""
    whole = ""
    for line in shown:
        if line == "…":
            whole += r"(?:[^\n]*\n)*?"
        else:
            whole += "[^\n]*?".join(re.escape(part) for part in line.split("…")) + "\n"
    return whole


def on_a_terminal(command: str, directory: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a shell command on a new terminal, answering its prompts; return its exit code and output."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (50, 200))
    terminal = os.ttyname(theirs)
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            f"exec <{terminal} >{terminal} 2>&1\n{command}",
        ],  # the first to open it is who it controls
        cwd=directory,
        env=environment,
        start_new_session=True,
    )
    printed = b""
    answered = 0  # up to where the prompts were answered
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            ended = process.poll() is not None
            if select.select([ours], [], [], 0 if ended else 0.05)[0]:
                printed += os.read(ours, 65536)
            elif ended:
                break
            line = printed[answered:].decode(errors="replace").rpartition("\n")[2]
            answer = next((given for prompt, given in ANSWERS.items() if re.search(f"{prompt}$", line)), None)
            if answer is not None:
                os.write(ours, answer.encode() + b"\n")
                answered = len(printed)
            assert time.monotonic() < deadline, f"{command} still waits after printing {printed!r}"
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)
    lines = printed.decode().replace("\r\n", "\n").splitlines()
    return process.returncode, "".join(f"{line.rstrip()}\n" for line in lines)


def test_examples_print_what_the_readme_shows(tmp_path: Path) -> None:
    found = examples(README.read_text(encoding="utf-8"))
    assert found, "README has no console block"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("E2E_")}
    for example in found:
        environment = inherited | {
            "E2E_KEYRING": str(tmp_path / f".{example.person}"),
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb",
        }
        code, output = on_a_terminal(example.command, tmp_path, environment)
        place = f"README.md:{example.line}: {example.command}"
        assert code == 0, f"{place}\nended with {code}:\n{output}"
        shown = "\n".join(example.shown)
        assert re.fullmatch(pattern(example.shown), output), (
            f"{place}\nshows:\n{shown}\nbut prints:\n{output}"
        )


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"`e2e ([a-z]+)", README.read_text(encoding="utf-8"))))
)
def test_commands_that_the_readme_names_exist(command: str) -> None:
    program = Path(sys.executable).with_name("e2e")
    assert subprocess.run([program, command, "--help"], capture_output=True, check=False).returncode == 0
