"""Every `.scene` file in this directory, played with the real program."""

import contextlib
import filecmp
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenes.script import Line, Scene, Step, load, parse_stream_check
from tests.scenes.terminal import HangingError, Terminal
from tests.scenes.world import PATIENCE_SECONDS, World, finish

FILES = sorted(Path(__file__).parent.glob("*.scene"))
SCENES = [
    pytest.param(file, scene, id=f"{file.stem}: {scene.title}") for file in FILES for scene in load(file)
]

NEVER_SHOWN = ("Traceback (most recent call last)", "this is a defect in e2e")


@pytest.mark.parametrize(("file", "scene"), SCENES)
def test_scene(file: Path, scene: Scene, world: World, village: World) -> None:
    world.invite(village, scene.people)
    for need in scene.needs:
        if world.run("nobody", need).exit_code != 0:
            print(f"skipped: {scene.title} needs “{need}”")
            pytest.skip(f"needs “{need}”, which fails here")
    for step in scene.steps:
        try:
            played, hangs = play(world, step), None
        except HangingError as error:
            played, hangs = Played(-1), str(error)
        if hangs is not None:
            pytest.fail(
                f"{file.name}, line {step.number}: {step.actor}$ {step.command}\n{hangs}", pytrace=False
            )
        wrong = [f"line {check.number}: {problem}" for check, problem in problems(world, step, played)]
        if wrong:
            pytest.fail(
                f"{file.name}, line {step.number}: {step.actor}$ {step.command}\n"
                + "\n".join(wrong)
                + f"\n--- exit code {played.exit_code}\n--- stdout\n{played.stdout}"
                + f"\n--- stderr\n{played.stderr}"
                + (f"\n--- screen\n{played.screen}" if step.at_terminal else ""),
                pytrace=False,
            )


class Played:
    """What came of a step."""

    def __init__(self, exit_code: int, stdout: bytes = b"", stderr: str = "", screen: str = "") -> None:
        self.exit_code = exit_code
        self.stdout = stdout.decode(errors="backslashreplace")
        self.stderr = stderr
        self.screen = screen

    def stream(self, name: str) -> str:
        return {"stdout": self.stdout, "stderr": self.stderr, "screen": self.screen}[name]


def play(world: World, step: Step) -> Played:
    """Run a step's command, doing meanwhile what the step says."""
    if step.at_terminal:
        environment = world.environment(step.actor)
        with Terminal(["bash", "-c", step.command], environment, world.table) as terminal:
            for action in step.actions:
                match action.word:
                    case "sees":
                        terminal.sees(action.rest)
                    case "types":
                        terminal.types(action.rest)
                    case "pastes":
                        for line in (world.table / action.rest).read_text().splitlines():
                            terminal.types(line)
                    case "presses":
                        terminal.presses(action.rest)
            return Played(terminal.wait(), screen=terminal.shown)
    with world.start(step.actor, step.command) as process:
        try:
            for action in step.actions:
                wait_until_it_writes(world.table, process)
                kind = signal.SIGINT if action.word == "interrupted" else signal.SIGTERM
                os.killpg(process.pid, kind)
        except AssertionError:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Played(*finish(process))


def wait_until_it_writes(directory: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a file in a directory, with a name or without one yet, has grown by a process of a group."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not any(is_written_to(descriptor, directory) for descriptor in descriptors_of(process.pid)):
        assert process.poll() is None, f"{process.args!r} ended before it had written anything"
        assert time.monotonic() < patience, "nothing was ever written"
        time.sleep(0.01)


def descriptors_of(group: int) -> Iterator[Path]:
    """Yield the open descriptors of all processes of a group."""
    for about in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.getpgid(int(about.name)) == group:
                yield from (about / "fd").iterdir()


def is_written_to(descriptor: Path, directory: Path) -> bool:
    with contextlib.suppress(OSError):
        facts = (descriptor.parent.parent / "fdinfo" / descriptor.name).read_text()
        writing = int(facts.partition("flags:")[2].split()[0], 8) & os.O_ACCMODE != os.O_RDONLY
        within = str(descriptor.readlink()).startswith(f"{directory}/")
        return writing and within and descriptor.stat().st_size > 0
    return False


def problems(world: World, step: Step, played: Played) -> list[tuple[Line, str]]:
    """Return what is not as the step says, or as it must always be."""
    here = Line(step.number, "", "")
    found = [
        (here, f"“{text}” was shown")
        for text in NEVER_SHOWN
        for name in ("stdout", "stderr", "screen")
        if text in played.stream(name)
    ]
    found += [(here, f"{path.name} was left behind") for path in world.litter()]
    if not step.says_of("exit") and played.exit_code != 0:
        found.append((here, f"exit code {played.exit_code}"))
    if not step.says_of("stdout") and played.stdout:
        found.append((here, "something was written to stdout"))
    for name in ("stdout", "stderr"):
        found += exact_problems(step, name, played.stream(name))
    for check in step.checks:
        problem = check_problem(world.table, check, played)
        if problem is not None:
            found.append((check, problem))
    return found


def exact_problems(step: Step, name: str, text: str) -> list[tuple[Line, str]]:
    said = [check for check in step.checks if check.word == name and check.rest.startswith(":")]
    lines = [parse_stream_check(check)[1] for check in said]
    if not said or text.splitlines() == lines:
        return []
    return [(said[0], f"{name} is not these lines")]


def check_problem(table: Path, check: Line, played: Played) -> str | None:
    """Return what is wrong, or None."""
    arguments = check.rest.split()
    match check.word:
        case "exit":
            return None if played.exit_code == int(check.rest) else f"exit code {played.exit_code}"
        case "stdout" | "stderr" | "screen":
            how, what = parse_stream_check(check)
            if how in {"~", "!~"}:
                shown = re.search(what, played.stream(check.word), re.MULTILINE) is not None
                if shown is not (how == "~"):
                    return f"“{what}” is {'' if shown else 'not '}in {check.word}"
        case "silent":
            return "something was written to stderr" if played.stderr else None
        case "exists":
            return that([name for name in arguments if not os.path.lexists(table / name)], "is not there")
        case "absent":
            return that([name for name in arguments if os.path.lexists(table / name)], "is there")
        case "same":
            one, other = (table / name for name in arguments)
            alike = one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
            return None if alike else "they differ"
        case "mode":
            mode = stat.S_IMODE((table / arguments[1]).stat().st_mode)
            return None if mode == int(arguments[0], 8) else f"the mode is {mode:o}"
        case "files":
            there = sorted(os.listdir(table))
            return None if there == sorted(arguments) else f"what is there: {' '.join(there)}"
    return None


def that(names: list[str], what: str) -> str | None:
    return f"{', '.join(names)} {what}" if names else None
