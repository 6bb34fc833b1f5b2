"""One call of the program: the options that all commands share, and what they amount to."""

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from e2ecli.cli.damage import Warnings
from e2ecli.cli.families import Family
from e2ecli.cli.passphrases import COMMAND_VARIABLE, GivenPassphrases
from e2ecli.cli.report import Report
from e2ecli.cli.values import Directory, FileDescriptor, file_path
from e2ecli.errors import UsageError
from e2ecli.operations.workspace import Clock, Workspace
from e2ecli.records import Record

KEYRING_VARIABLE = "E2E_KEYRING"
_COMMON = ("keyring", "as_identity", "passphrase_fd", "passphrase_file", "json", "json_fd", "quiet")


class Invocation(Record):
    """What a command gets to work with."""

    workspace: Workspace
    report: Report


def system_clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _complete_identity(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from e2ecli.cli.names import completing, identities  # noqa: PLC0415  # only to complete

    return completing(identities)(context, parameter, incomplete)


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    path = file_path()
    descriptor = FileDescriptor()
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
        click.option("--json-fd", type=descriptor, metavar="N", help="Write the JSON to file descriptor N."),
        click.option("--json", is_flag=True, help="Report as JSON in place of words."),
        click.option("--passphrase-file", type=path, metavar="FILE", help="Read the passphrase from FILE."),
        click.option(
            "--passphrase-fd", type=descriptor, metavar="N", help="Read the passphrase from descriptor N."
        ),
        click.option(
            "--as",
            "as_identity",
            metavar="IDENTITY",
            help="Which of your identities to act as.",
            shell_complete=_complete_identity,
        ),
        click.option("--keyring", type=Directory(), metavar="DIR", help="Use the keyring in DIR."),
    ):
        function = option(function)
    return function


def invoked(*, writes_data: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the common options, and pass it an `Invocation` made of them."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @common_options
        @click.pass_context
        @wraps(function)
        def wrapper(context: click.Context, /, **options: Any) -> None:
            gc.enable()  # off since the start, which only imports
            common = {name: options.pop(name) for name in _COMMON}
            function(_invocation(context, common, writes_data), **options)

        return wrapper

    return decorate


def family(name: str, description: str) -> click.Group:
    """Return a family of commands, which lists what it is about when none of them is named."""

    @click.pass_context
    def list_by_default(context: click.Context, /, **_: Any) -> None:
        group = context.command
        if context.invoked_subcommand is None and isinstance(group, click.Group):
            context.invoke(group.commands["list"])

    list_by_default.__doc__ = description
    return click.group(name, cls=Family, invoke_without_command=True)(common_options(list_by_default))


def _invocation(context: click.Context, common: dict[str, Any], writes_data: bool) -> Invocation:
    root = context.find_root()
    merged = {name: _given(context, name, value) for name, value in common.items()}
    clock: Clock = (root.obj or {}).get("clock", system_clock)
    passphrases = GivenPassphrases(
        merged["passphrase_fd"], merged["passphrase_file"], os.environ.get(COMMAND_VARIABLE) or None
    )
    passphrases.read_ahead()
    report = Report(
        command=" ".join(context.command_path.split()[1:]),
        as_json=bool(merged["json"]) or merged["json_fd"] is not None,
        json_descriptor=merged["json_fd"],
        quiet=bool(merged["quiet"]),
        writes_data=writes_data,
    )
    root.ensure_object(dict)["report"] = report
    keyring, warnings = _keyring(merged["keyring"]), Warnings(report)
    workspace = Workspace.at(keyring, clock, passphrases, merged["as_identity"], warnings.warn_of)
    return Invocation(workspace, report)


def keyring_directory(context: click.Context) -> Path:
    """Return where the keyring is, as the options before or after a command say."""
    return _keyring(_given(context, "keyring", context.params.get("keyring")))


def _given(context: click.Context, name: str, value: Any) -> Any:
    """Return a common option's value, from the command itself or from what stands before it."""
    outer = context.parent
    while (value is None or value is False) and outer is not None:
        value = outer.params.get(name)
        outer = outer.parent
    return value


def _keyring(given: Path | None) -> Path:
    named = given or os.environ.get(KEYRING_VARIABLE)
    if named:
        # Shells leave a ~ alone that stands within a word: --keyring=~/work
        try:
            return Path(named).expanduser()
        except RuntimeError:
            raise UsageError(f"the keyring {named} is in the home of nobody on this machine") from None
    default = Path(click.get_app_dir("e2e"))
    # The specification of $XDG_CONFIG_HOME has it ignored where it is empty or relative.
    return default if default.is_absolute() else Path.home() / ".config" / "e2e"
