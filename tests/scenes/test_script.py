"""The scripts that the scenes are written in: what they say, and what is no script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes.script import (
    ACTIONS,
    AT_A_TERMINAL_ONLY,
    CHECKS,
    Line,
    ScriptError,
    parse,
    parse_stream_check,
)

STORY = """\
# A story.

== First
people alice bob
people carol
needs true
alice$ cat <<END
    one
      two
    END
exit 3
stdout: one
stderr ~ t.o

== Second
bob@terminal$ e2e keygen
sees Your name
types Bob
exit 0
"""


def test_a_script_holds_scenes_with_their_people_needs_and_steps() -> None:
    first, second = parse(STORY)
    assert (first.title, first.people, first.needs) == ("First", ["alice", "bob", "carol"], ["true"])
    assert (second.title, second.people, second.needs) == ("Second", [], [])
    assert [len(scene.steps) for scene in (first, second)] == [1, 1]


def test_a_step_has_an_actor_and_a_command_that_may_go_on() -> None:
    step = parse(STORY)[0].steps[0]
    assert (step.number, step.actor, step.at_terminal) == (7, "alice", False)
    assert step.command == "cat <<END\none\n  two\nEND"


def test_a_step_has_checks_with_the_lines_where_they_stand() -> None:
    assert parse(STORY)[0].steps[0].checks == [
        Line(11, "exit", "3"),
        Line(12, "stdout", ": one"),
        Line(13, "stderr", "~ t.o"),
    ]


def test_a_step_at_a_terminal_has_actions() -> None:
    step = parse(STORY)[1].steps[0]
    assert step.at_terminal
    assert [action.word for action in step.actions] == ["sees", "types"]


@pytest.mark.parametrize(
    ("rest", "how", "what"),
    [
        (": text", ":", "text"),
        (":   indented", ":", "  indented"),
        (":", ":", ""),
        ("~ ^a+$", "~", "^a+$"),
        ("!~ b", "!~", "b"),
        ("anything", "anything", ""),
    ],
)
def test_a_stream_is(rest: str, how: str, what: str) -> None:
    assert parse_stream_check(Line(1, "stdout", rest)) == (how, what)


def after_a_command(line: str) -> str:
    return f"== A title\nalice$ true\n{line}\n"


NO_SCRIPTS = {
    "nothing": "",
    "prose alone": "# A story.",
    "a scene where nothing happens": "== A title\n",
    "a command without a scene": "alice$ true\n",
    "two scenes of one title": "== A title\nalice$ true\n== A title\nalice$ true\n",
    "an unknown word": after_a_command("stdoutt: x"),
    "a check before any command": "== A title\nexit 0\n",
    "people after a command": after_a_command("people alice"),
    "an indented line after a check": after_a_command("exit 1\n    more"),
    "an indented line before any command": "== A title\n    more\n",
    "an exit code in words": after_a_command("exit failure"),
    "no exit code": after_a_command("exit"),
    "a stream without a comparison": after_a_command("stdout x"),
    "a stream with nothing": after_a_command("stdout"),
    "a regex that is none": after_a_command("stderr ~ ("),
    "a regex that is missing": after_a_command("stderr ~"),
    "something beside anything": after_a_command("stdout anything else"),
    "one file that is the same": after_a_command("same file"),
    "a mode that is none": after_a_command("mode rwx file"),
    "no file that exists": after_a_command("exists"),
    "a screen without a terminal": after_a_command("screen ~ x"),
    "typing without a terminal": after_a_command("types x"),
    "an action after a check": "== A title\nalice@terminal$ true\nexit 0\nsees x\n",
    "an unknown key": "== A title\nalice@terminal$ true\npresses Enter\n",
    "an interruption at no time": after_a_command("interrupted"),
    "an actor with a capital": "== A title\nAlice$ true\n",
    "no command": "== A title\nalice$\n",
}


@pytest.mark.parametrize("text", NO_SCRIPTS.values(), ids=NO_SCRIPTS.keys())
def test_no_script_is(text: str) -> None:
    with pytest.raises(ScriptError):
        parse(text)


def test_an_error_says_in_which_line() -> None:
    with pytest.raises(ScriptError, match="line 3"):
        parse(after_a_command("nonsense"))


words = st.sampled_from(sorted(CHECKS | ACTIONS | AT_A_TERMINAL_ONLY | {"people", "needs", "alice$", "=="}))


@given(st.lists(st.builds("{} {}".format, words, st.text(max_size=10)) | st.text(max_size=20), max_size=10))
def test_any_text_is_a_script_or_an_error(lines: list[str]) -> None:
    try:
        scenes = parse("\n".join(lines))
    except ScriptError:
        return
    assert all(scene.steps for scene in scenes)
