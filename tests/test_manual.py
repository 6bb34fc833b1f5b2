"""The manual's pages are made of the program's own declarations, and name its codes, files and variables."""

import re
import shutil
import sys
from collections.abc import Iterator

import click
import pytest

from e2ecli.cli.invocation import KEYRING_VARIABLE
from e2ecli.cli.main import COMMANDS, make_group
from e2ecli.cli.passphrases import COMMAND_VARIABLE
from e2ecli.errors import E2EError
from e2ecli.operations.agent_socket import RUNTIME_VARIABLE
from tests.manpage import PAGES, check_markup, check_references, lines_of, part

sys.path.insert(0, str(PAGES))

import pages
import picture

LINES = lines_of("e2e.1")
NAMES = sorted(path.name for path in PAGES.glob("*.[157]"))
COMMAND_PAGES = [name for name in NAMES if name.endswith(".1")]
SHARED = {"lock": "unlock"}
"""Commands that stand on another's page."""


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
CONTEXTS = {context.command_path: context for context in walk(ROOT)}
LEAVES = sorted(path for path, one in CONTEXTS.items() if not isinstance(one.command, click.Group))


def options_of(path: str) -> set[str]:
    """Return the names of all options that a command takes."""
    context = CONTEXTS[path]
    return {
        name
        for option in context.command.get_params(context)
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }


def page_of(path: str) -> str:
    """Return the page on which a command stands."""
    name = path.split()[1]
    return f"e2e-{SHARED.get(name, name)}.1"


def test_making_the_pages_changes_nothing() -> None:
    for path, page in pages.pages().items():
        assert path.read_text(encoding="utf-8") == page, "make docs brings the pages up to date"


def test_drawing_the_picture_changes_nothing() -> None:
    drawn = picture.picture(picture.README.read_text(encoding="utf-8"))
    assert picture.PICTURE.read_text(encoding="utf-8") == drawn, "make docs brings the picture up to date"


def test_every_command_has_a_page_and_no_page_is_about_anything_else() -> None:
    assert set(COMMAND_PAGES) == {"e2e.1"} | {page_of(f"e2e {name}") for name in COMMANDS}


def test_the_programs_page_lists_every_command() -> None:
    listed = [line.removeprefix(".It Cm ") for line in part(LINES, "Sh", "COMMANDS") if ".It Cm " in line]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("path", LEAVES)
def test_a_commands_synopsis_and_options_come_from_the_program(path: str) -> None:
    source = (PAGES / "src" / page_of(path)).with_suffix(".mdoc").read_text(encoding="utf-8")
    family = " ".join(path.split()[:2])
    assert f'.\\" synopsis: {path}\n' in source or f'.\\" synopsis: {family}\n' in source
    if pages.own_options(CONTEXTS[path]):
        assert f'.\\" options: {path}\n' in source


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_no_option_is_named_anywhere_that_the_program_lacks(name: str) -> None:
    known = set[str]().union(*map(options_of, CONTEXTS))
    marked = {f"-{option}" for line in lines_of(name) for option in re.findall(r"\bFl (\S+)", line)}
    assert marked <= known


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_the_examples_call_commands_with_options_that_they_have(name: str) -> None:
    calls = 0
    for line in part(lines_of(name), "Sh", "EXAMPLES"):
        for call in re.findall(r"(?:^|\$ |\| )e2e ([^|]*)", line.replace("\\-", "-").replace("\\(dq", '"')):
            calls += 1
            path = max((one for one in CONTEXTS if f"e2e {call} ".startswith(f"{one} ")), key=len)
            given = {word for word in call.split() if re.fullmatch(r"--?[a-zA-Z][a-z0-9-]*", word)}
            assert given <= options_of(path), call
    assert calls


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_a_page_names_documented_exit_codes_alone(name: str) -> None:
    codes = re.findall(r"^\.It (\d+)$", "\n".join(part(lines_of(name), "Sh", "EXIT STATUS")), re.MULTILINE)
    assert set(map(int, codes)) <= set(exit_statuses())
    assert codes


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


def test_environment_is_what_the_program_reads() -> None:
    section = part(LINES, "Sh", "ENVIRONMENT")
    variables = {line.removeprefix(".It Ev ") for line in section if line.startswith(".It Ev")}
    assert variables >= {KEYRING_VARIABLE, COMMAND_VARIABLE, RUNTIME_VARIABLE}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_clean_mdoc_and_refers_to_pages_that_exist(name: str) -> None:
    check_references(name)
    check_markup(name)


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_help_shows_what_mandoc_does(name: str) -> None:
    import subprocess

    from e2ecli.cli import manual

    path = PAGES / name
    done = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=78", path], capture_output=True, check=True)
    by_mandoc = re.sub(r".\x08", "", done.stdout.decode()).split()
    ours = manual.rendered(path.read_text(encoding="utf-8"), 78, styled=False).split()
    missing = set(ours) - set(by_mandoc)
    assert len(missing) < len(ours) // 100, sorted(missing)
