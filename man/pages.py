"""Makes section 1 of the manual: texts from `src/`, synopses and options as the program declares them.

These lines of a source stand for what the program knows:

    .\\" synopsis: e2e send      how the command is called; of a family, each of its commands
    .\\" heading: e2e keys list  a subsection's heading, with the command's arguments
    .\\" options: e2e send       the list of its options, up to
    .\\" end

Between the last two, what stands under `.\\" option: --self` is added to the text of that option.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from e2ecli.cli.main import make_group

MAN = Path(__file__).parent
SOURCES = MAN / "src"
MARKER = re.compile(r'\.\\" (synopsis|heading|options): (e2e[a-z ]*)')
ADDITION = '.\\" option: '
END = '.\\" end'
WIDTH = 78


class SourceError(Exception):
    """A source that names what the program doesn't have."""


def context_of(path: str) -> click.Context:
    """Return the command that some words call, in the context in which the program runs it."""
    program = make_group()
    context = click.Context(program, info_name="e2e", **program.context_settings)
    for name in path.split()[1:]:
        group = context.command
        child = group.get_command(context, name) if isinstance(group, click.Group) else None
        if child is None:
            raise SourceError(f"there is no command “{path}”")
        context = click.Context(child, context, name, **child.context_settings)
    return context


def own_options(context: click.Context) -> list[click.Option]:
    """Return a command's options without those that all commands take; of the program, all."""
    options = [
        option
        for option in context.command.get_params(context)
        if isinstance(option, click.Option) and not option.hidden
    ]
    if context.parent is None:
        return options
    root = context.find_root()
    common = {name for option in root.command.get_params(root) for name in option.opts}
    return [option for option in options if not common.issuperset(option.opts)]


def value_of(option: click.Option, context: click.Context) -> str:
    """Return the macros for an option's value, nothing for a switch."""
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " Ar " + " | ".join(map(str, option.type.choices))
    return f" Ar {option.make_metavar(context)}"


def arguments(context: click.Context) -> list[str]:
    """Return the macros for a command's arguments, one after the other."""
    return [
        argument_macros(parameter.make_metavar(context))
        for parameter in context.command.get_params(context)
        if isinstance(parameter, click.Argument)
    ]


def argument_macros(metavar: str) -> str:
    """Return the macros for an argument that click shows as `NAME`, `[NAME]`, `A[,A…]` or `{a|b}`."""
    if metavar.startswith("{"):
        return "Cm " + " | ".join(metavar.strip("{}").split("|"))
    listed = re.fullmatch(r"([A-Z]+)\[,\1…\]", metavar)
    if listed:
        return f"Ar {listed[1]} Ns Op , Ns Ar {listed[1]} ..."
    words = metavar.strip("[]").replace("…", " ...")
    return f"Op Ar {words}" if metavar.startswith("[") else f"Ar {words}"


def synopsis(context: click.Context) -> Iterator[str]:
    """Yield how a command is called, or each command of a family."""
    family = context.command
    if isinstance(family, click.Group):
        for name, command in family.commands.items():
            yield from synopsis(click.Context(command, context, name, **command.context_settings))
        return
    yield ".Nm e2e"
    *groups, name = context.command_path.split()[1:]
    yield f".Cm {groups[0]} Op Cm list" if name == "list" else f".Cm {' '.join([*groups, name])}"
    for option in own_options(context):
        macros = f"Fl {option.opts[0][1:]}{value_of(option, context)}"
        if option.multiple:
            yield f".Oo {macros} Oc Ns ..."
        else:
            yield f".{macros}" if option.required else f".Op {macros}"
    for argument in arguments(context):
        yield f".{argument}"


def heading(context: click.Context) -> Iterator[str]:
    """Yield the heading of a subsection about a command."""
    yield " ".join([".Ss", context.command_path, *arguments(context)])


def options(context: click.Context, additions: dict[str, list[str]]) -> Iterator[str]:
    """Yield the list of a command's options, with what the source adds to each."""
    listed = own_options(context)
    unknown = set(additions) - {option.opts[-1] for option in listed}
    if unknown:
        raise SourceError(f"{context.command_path} has no {', '.join(sorted(unknown))}")
    yield ".Bl -tag -width Ds"
    for option in listed:
        names = " , ".join(f"Fl {name[1:]}" for name in option.opts)
        yield f".It {names}{value_of(option, context)}"
        yield from prose(description(option))
        yield from additions.get(option.opts[-1], [])
    yield ".El"


def description(option: click.Option) -> str:
    """Return an option's help text, and what else is declared of it."""
    text = (option.help or "").rstrip(".") + "."
    if option.required:
        text += " It is required."
    if option.multiple and "repeatable" not in text:
        text += " It may be repeated."
    if isinstance(option.default, str):
        text += f" The default is {option.default}."
    return text


def prose(text: str) -> Iterator[str]:
    """Yield text as mdoc source: a line for each sentence, or more where it is long."""
    escaped = text.replace("\\", "\\e").replace("--", "\\-\\-").replace(" - ", " \\- ")
    for sentence in re.split(r"(?<=\.) (?=[A-Z])", escaped):
        yield from textwrap.wrap(sentence, WIDTH, break_on_hyphens=False)


def made(source: str) -> str:
    """Return the page that a source makes.

    Raises:
        SourceError: the source names what the program doesn't have.
    """
    lines = iter(source.splitlines())
    page: list[str] = []
    for line in lines:
        marker = MARKER.fullmatch(line)
        if marker is None:
            page.append(line)
            continue
        kind, context = marker[1], context_of(marker[2])
        if kind == "options":
            page += options(context, additions(lines))
        else:
            page += synopsis(context) if kind == "synopsis" else heading(context)
    return "\n".join(page) + "\n"


def additions(lines: Iterator[str]) -> dict[str, list[str]]:
    """Return what a source adds to options, by their last name, and take the lines up to the end."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line == END:
            return found
        if line.startswith(ADDITION):
            found[line.removeprefix(ADDITION)] = added = []
        elif not found:
            raise SourceError(f"“{line}” stands before any option")
        else:
            added.append(line)
    raise SourceError("a list of options has no end")


def pages() -> dict[Path, str]:
    """Return every page of section 1, by the file in which it belongs."""
    return {
        MAN / f"{source.stem}.1": made(source.read_text(encoding="utf-8"))
        for source in sorted(SOURCES.glob("*.mdoc"))
    }


if __name__ == "__main__":
    for path, page in pages().items():
        path.write_text(page, encoding="utf-8")
