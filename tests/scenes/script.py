"""How a `.scene` file reads.

A file holds one scene or more, each under a title. Lines that begin with `#` tell the story, and indented
lines go on with the command above them (for a here-document).

    == A message is changed on its way
    people alice bob                    keyrings of these, who know each other's cards, are there
    needs unshare --mount true          without this the scene is skipped, and says so

    alice$ e2e send bob < letter.txt    a command of Alice's, run by bash without any terminal
    server$ flip letter.sealed 900      somebody without a keyring
    bob@terminal$ e2e open letter       a command at a terminal, where stdin, stdout and stderr are

After a command stands what must have come of it. Without `exit` it must have ended with 0, and without
`stdout` it must have written nothing to stdout (the same at a terminal, where `screen` says what was seen).

    exit 3                              the exit code
    stdout: text                        a line of stdout; all of its lines must be given
    stdout ~ regex                      something in stdout
    stdout !~ regex                     nothing in stdout
    stdout anything                     whatever stdout holds
    stderr: …  stderr ~ …  stderr !~ …  likewise, but nothing need be said of stderr
    silent                              nothing in stderr
    screen ~ …  screen !~ …             likewise, of all that a terminal showed
    exists FILE…  absent FILE…          whether something is there by that name
    same FILE FILE                      two files with the same bytes
    mode 600 FILE                       a file's permissions
    files NAME…                         what is in the current directory, and nothing else

While a command runs:

    sees regex                          wait until the terminal shows it (after what was seen before)
    types text                          type a line
    pastes FILE                         type the lines of a file
    presses ^C                          or ^D
    interrupted once writing            wait until a file has grown, and send SIGINT (Ctrl-C)
    terminated once writing             the same with SIGTERM
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

CHECKS = {
    "exit",
    "stdout",
    "stderr",
    "silent",
    "screen",
    "exists",
    "absent",
    "same",
    "mode",
    "files",
}
ACTIONS = {"sees", "types", "pastes", "presses", "interrupted", "terminated"}
AT_A_TERMINAL_ONLY = {"sees", "types", "pastes", "presses", "screen"}
STREAMS = {"stdout", "stderr", "screen"}

_COMMAND = re.compile(r"(?P<actor>[a-z]+)(?P<terminal>@terminal)?\$ (?P<command>.+)")
_STREAM_CHECK = re.compile(r"(?P<how>:|!?~|anything)(?: (?P<what>.+))?")


class ScriptError(Exception):
    """A scene that can't be understood."""


@dataclass(frozen=True)
class Line:
    """A check or an action: where it stands, its word, and the rest of the line."""

    number: int
    word: str
    rest: str


@dataclass
class Step:
    """A command, who runs it, what is done meanwhile, and what must have come of it."""

    number: int
    actor: str
    at_terminal: bool
    command: str
    actions: list[Line] = field(default_factory=list)
    checks: list[Line] = field(default_factory=list)

    def says_of(self, word: str) -> bool:
        """Whether a check speaks of something."""
        return any(check.word == word for check in self.checks)


@dataclass
class Scene:
    """One story."""

    title: str
    people: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def parse(text: str) -> list[Scene]:
    """Return the scenes of a script.

    Raises:
        ScriptError: it can't be understood; says in which line.
    """
    scenes: list[Scene] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            _parse_line(scenes, number, line)
        except ScriptError as error:
            raise ScriptError(f"line {number}: {error}") from None
    if not scenes:
        raise ScriptError("no scene")
    for scene in scenes:
        if not scene.steps:
            raise ScriptError(f"nothing happens in “{scene.title}”")
    return scenes


def load(path: Path) -> list[Scene]:
    """Return the scenes of a file."""
    return parse(path.read_text())


def _parse_line(scenes: list[Scene], number: int, line: str) -> None:
    if line.startswith("== "):
        title = line[3:].strip()
        if any(scene.title == title for scene in scenes):
            raise ScriptError("this title is taken")
        scenes.append(Scene(title))
    elif not line.strip() or line.startswith("#"):
        return
    elif not scenes:
        raise ScriptError("a scene begins with its title: == …")
    elif line.startswith("    "):
        if not scenes[-1].steps or scenes[-1].steps[-1].checks or scenes[-1].steps[-1].actions:
            raise ScriptError("an indented line goes on with a command")
        scenes[-1].steps[-1].command += "\n" + line[4:]
    elif command := _COMMAND.fullmatch(line):
        step = Step(number, command["actor"], command["terminal"] is not None, command["command"])
        scenes[-1].steps.append(step)
    else:
        _parse_statement(scenes[-1], number, line)


def _parse_statement(scene: Scene, number: int, line: str) -> None:
    word = re.match(r"[a-z]*", line)
    assert word is not None
    statement = Line(number, word[0], line[word.end() :].strip())
    if statement.word in {"people", "needs"}:
        if scene.steps:
            raise ScriptError(f"“{statement.word}” stands before the first command")
        if statement.word == "people":
            scene.people += statement.rest.split()
        else:
            scene.needs.append(statement.rest)
        return
    if statement.word not in CHECKS | ACTIONS:
        raise ScriptError(f"“{line}” means nothing")
    if not scene.steps:
        raise ScriptError(f"“{statement.word}” follows a command")
    step = scene.steps[-1]
    if statement.word in AT_A_TERMINAL_ONLY and not step.at_terminal:
        raise ScriptError(f"“{statement.word}” is for a command at a terminal")
    _check_form(statement)
    if statement.word in ACTIONS:
        if step.checks:
            raise ScriptError(f"“{statement.word}” stands before what came of the command")
        step.actions.append(statement)
    else:
        step.checks.append(statement)


def _check_form(statement: Line) -> None:
    word, rest = statement.word, statement.rest
    if word in STREAMS:
        parse_stream_check(statement)
        return
    arguments = rest.split()
    right = {
        "exit": len(arguments) == 1 and rest.isdigit(),
        "silent": not arguments,
        "same": len(arguments) == 2,
        "mode": len(arguments) == 2 and re.fullmatch("[0-7]{3,4}", arguments[0]) is not None,
        "pastes": len(arguments) == 1,
        "presses": rest in {"^C", "^D"},
        "interrupted": rest == "once writing",
        "terminated": rest == "once writing",
        "files": True,
        "types": True,
    }.get(word, bool(arguments))
    if not right:
        raise ScriptError(f"“{word} {rest}” is not how “{word}” is written")


def parse_stream_check(statement: Line) -> tuple[str, str]:
    """Return how a stream is compared (`:`, `~`, `!~` or `anything`), and with what.

    Raises:
        ScriptError: the line says nothing of the kind.
    """
    match = _STREAM_CHECK.fullmatch(statement.rest)
    if match is None or (match["what"] is None) != (match["how"] in {"anything"} or statement.rest == ":"):
        raise ScriptError(f"“{statement.word}” is followed by “: text”, “~ regex”, “!~ regex” or “anything”")
    what = match["what"] or ""
    if match["how"] in {"~", "!~"}:
        try:
            re.compile(what)
        except re.error as error:
            raise ScriptError(f"“{what}” is no regex: {error}") from None
    return match["how"], what
