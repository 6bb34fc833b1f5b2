"""The manual page and the program name the same commands, options, settings and exit codes."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from e2ecli.cli.invocation import KEYRING_VARIABLE
from e2ecli.cli.main import make_group
from e2ecli.cli.passphrases import COMMAND_VARIABLE
from e2ecli.cli.results import FACTS
from e2ecli.errors import E2EError
from e2ecli.keyring.config import Config
from tests.manpage import check_markup, check_references, part

PAGE = Path(__file__).parent.parent / "man" / "e2e.1"
LINES = PAGE.read_text(encoding="utf-8").splitlines()
ROOT_ONLY = {"--version"}


def walk(context: click.Context) -> Iterator[click.Context]:
    """Yield a command and all below it, each in the context in which the program runs it."""
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            child = group.get_command(context, name)
            assert child is not None
            yield from walk(click.Context(child, context, name, **child.context_settings))


PROGRAM = make_group()
ROOT = click.Context(PROGRAM, info_name="e2e", **PROGRAM.context_settings)
COMMANDS = {context.command_path: context for context in walk(ROOT) if context is not ROOT}


def described_commands() -> dict[str, list[str]]:
    """Return the text of every command that the page describes, by the words that call it."""
    section = part(LINES, "Sh", "COMMANDS")
    titles = [line.removeprefix(".Ss ") for line in section if line.startswith(".Ss ")]
    paths = [re.split(r" (?:Op|Ar|Cm)\b", title)[0] for title in titles]
    assert len(set(paths)) == len(paths), "a command is described twice"
    return {path: part(section, "Ss", title) for path, title in zip(paths, titles, strict=True)}


def described_options(lines: list[str]) -> dict[str, bool]:
    """Return the options that a list in the page describes, and whether each takes a value."""
    found: dict[str, bool] = {}
    for line in lines:
        if line.startswith(".It Fl "):
            for name in re.findall(r"\bFl (\S+)", line):
                assert f"-{name}" not in found, f"-{name} is described twice"
                found[f"-{name}"] = " Ar " in line
    return found


def declared_options(context: click.Context) -> dict[str, bool]:
    """Return the options that a command declares, and whether each takes a value."""
    return {
        name: not option.is_flag
        for option in context.command.get_params(context)
        if isinstance(option, click.Option) and not option.hidden
        for name in (*option.opts, *option.secondary_opts)
    }


DESCRIBED = described_commands()
COMMON = described_options(part(part(LINES, "Sh", "DESCRIPTION"), "Ss", "Common options"))
LEAVES = sorted(path for path, context in COMMANDS.items() if not isinstance(context.command, click.Group))
GROUPS = sorted(set(COMMANDS) - set(LEAVES))


def test_the_page_describes_the_programs_commands_and_no_others() -> None:
    assert set(DESCRIBED) == set(COMMANDS)


def test_the_synopsis_lists_the_programs_commands_and_no_others() -> None:
    synopsis = "\n".join(part(LINES, "Sh", "SYNOPSIS"))
    listed = set(re.findall(r"^\.Nm\n\.Cm ([a-z ]+)$", synopsis, re.MULTILINE))
    optional = re.findall(r"^\.Nm\n\.Cm ([a-z]+)\n\.Op Cm ([a-z]+)$", synopsis, re.MULTILINE)
    listed |= {f"{group} {command}" for group, command in optional}
    assert {f"e2e {words}" for words in listed} == set(COMMANDS)


@pytest.mark.parametrize("path", LEAVES)
def test_a_command_takes_the_described_options_and_the_common_ones(path: str) -> None:
    assert path in DESCRIBED, f"{path} is not in the manual"
    own = described_options(DESCRIBED[path])
    common = {name: valued for name, valued in COMMON.items() if name not in ROOT_ONLY}
    assert not own.keys() & common.keys()
    assert own | common == declared_options(COMMANDS[path])


def test_the_program_itself_takes_the_common_options() -> None:
    assert declared_options(ROOT) == COMMON


@pytest.mark.parametrize("path", GROUPS)
def test_a_family_of_commands_describes_no_option_of_its_own(path: str) -> None:
    assert path in DESCRIBED, f"{path} is not in the manual"
    assert not described_options(DESCRIBED[path])
    assert set(declared_options(COMMANDS[path])) <= COMMON.keys()


@pytest.mark.parametrize("path", LEAVES)
def test_arguments_and_choices_are_named(path: str) -> None:
    heading = next(
        line for line in LINES if line.startswith(f".Ss {path} ") or line == f".Ss {path}"
    ).removeprefix(f".Ss {path}")
    entries = [line for line in DESCRIBED[path] if line.startswith(".It Fl ")]
    context = COMMANDS[path]
    for parameter in context.command.get_params(context):
        if isinstance(parameter.type, click.Choice):
            text = heading if isinstance(parameter, click.Argument) else "\n".join(entries)
            assert " | ".join(parameter.type.choices) in text
        elif isinstance(parameter, click.Argument):
            shown = parameter.make_metavar(context)
            for word in re.findall(r"[A-Z]+", shown):
                assert re.search(rf"\b{word}\b", heading), f"{path}: {word} is not in the heading"


def test_no_option_is_named_anywhere_that_the_program_lacks() -> None:
    known = set(COMMON).union(*map(declared_options, COMMANDS.values()))
    marked = {f"-{name}" for line in LINES for name in re.findall(r"\bFl (\S+)", line)}
    assert marked <= known


def test_the_examples_call_commands_with_options_that_they_have() -> None:
    calls = 0
    for line in part(LINES, "Sh", "EXAMPLES"):
        for call in re.findall(r"(?:^|\$ |\| )e2e ([^|]*)", line.replace("\\-", "-").replace("\\(dq", '"')):
            calls += 1
            words = call.split()
            path = max(
                (path for path in COMMANDS if f"e2e {call}".startswith(f"{path} ")), key=len, default=None
            )
            assert path is not None, f"no such command: {call}"
            given = {word for word in words if re.fullmatch(r"--?[a-zA-Z][a-z0-9-]*", word)}
            assert given <= set(declared_options(COMMANDS[path])), call
    assert calls > 5


def errors(root: type[E2EError] = E2EError) -> Iterator[type[E2EError]]:
    """Yield every class of errors."""
    yield root
    for child in root.__subclasses__():
        yield from errors(child)


def exit_statuses() -> dict[int, str]:
    """Return what the page says of each exit code."""
    text = "\n".join(part(LINES, "Sh", "EXIT STATUS"))
    entries = re.split(r"^\.It (\d+)$", text, flags=re.MULTILINE)[1:]
    return {int(code): entry for code, entry in zip(entries[::2], entries[1::2], strict=True)}


def test_exit_codes_are_the_classes_of_errors_and_no_others() -> None:
    assert set(exit_statuses()) == {0} | {error.exit_code for error in errors()}


def test_each_kind_of_error_stands_beside_its_exit_code() -> None:
    kinds = {
        (code, kind)
        for code, text in exit_statuses().items()
        for kind in re.findall(r"^\.Ql ([a-z-]+)", text.partition("Kind\n")[2], re.MULTILINE)
    }
    assert kinds == {(error.exit_code, error.kind) for error in errors()}


def test_settings_are_those_of_config_toml() -> None:
    settings = [line.removeprefix(".It Va ") for line in part(LINES, "Sh", "FILES") if ".It Va " in line]
    assert settings == list(Config._fields)


def test_environment_is_what_the_program_reads() -> None:
    variables = {
        line.removeprefix(".It Ev ") for line in part(LINES, "Sh", "ENVIRONMENT") if ".It Ev" in line
    }
    assert variables == {KEYRING_VARIABLE, COMMAND_VARIABLE}


def test_json_lines_name_every_fact_in_order() -> None:
    text = "\n".join(part(LINES, "Sh", "JSON OUTPUT"))
    entry = text.partition(".It send , open , sign , verify\n")[2].partition(".It ")[0]
    keys = re.findall(r"^\.Ql ([a-z_]+)", entry, re.MULTILINE)
    places = [
        keys.index(fact) if fact != "name" else len(keys) - 1 - keys[::-1].index(fact) for fact in FACTS
    ]
    assert places == sorted(places)


def test_json_is_described_for_every_command() -> None:
    entries = [line.removeprefix(".It ") for line in part(LINES, "Sh", "JSON OUTPUT") if line[:4] == ".It "]
    described: set[str] = set()
    for entry in entries:
        family = ""
        for name in entry.split(" , "):
            words = name.split()
            if len(words) == 2:
                family = words[0]
            described.add(f"e2e {name}" if len(words) == 2 or not family else f"e2e {family} {name}")
    assert described == set(LEAVES)


def test_the_page_is_clean_mdoc_and_refers_to_pages_that_exist() -> None:
    check_references(PAGE.name)
    check_markup(PAGE.name)
