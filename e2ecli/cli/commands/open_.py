"""`e2e open`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import output_options
from e2ecli.cli.reading import Choose, into, read_into, sender_options, sender_policy
from e2ecli.cli.results import for_each_input
from e2ecli.cli.streams import Destination, make_directory
from e2ecli.cli.values import Duration, file_path
from e2ecli.errors import FileExistsAlreadyError, UsageError
from e2ecli.operations.open_message import Opener
from e2ecli.operations.original_name import original_name
from e2ecli.operations.outputs import STDIO, InputFiles, OutputFile
from e2ecli.operations.reading import MessageFacts, ReadPolicy


@click.command("open")
@click.argument("files", nargs=-1, metavar="[FILE…]", type=file_path())
@output_options()
@click.option("-O", "--original-name", "use_original_name", is_flag=True, help="Use the name in the message.")
@sender_options
@click.option("--allow-anonymous", is_flag=True, help="Accept messages that nobody signed.")
@click.option("--allow-former", is_flag=True, help="Accept members who have left the group since.")
@click.option("--once", is_flag=True, help="Refuse a message that was opened with --once before.")
@click.option("--max-age", type=Duration(), metavar="DURATION", help="Refuse what was sent longer ago.")
@click.option("--atomic", is_flag=True, help="Write nothing to stdout before all has verified, at any size.")
@invoked(writes_data=True)
def command(
    invocation: Invocation,
    *,
    files: tuple[Path, ...],
    output: Path | None,
    directory: Path | None,
    overwrite: bool,
    use_original_name: bool,
    senders: tuple[str, ...],
    allow_unknown: bool,
    require_verified: bool,
    allow_anonymous: bool,
    allow_former: bool,
    once: bool,
    max_age: timedelta | None,
    atomic: bool,
) -> None:
    """Decrypt a message or file, and check who wrote it.

    Nothing is written unless it is complete, unaltered, for you, and from somebody whom you accept. A
    message may stand as text inside other text. Several files need -d DIR, where x.sealed becomes x.

    \b
    Examples:
      e2e open message.sealed
      e2e open --from alice report.pdf.sealed -o report.pdf
      e2e open *.sealed -d inbox
    """
    destination = Destination(output, directory, overwrite, InputFiles(files))
    if use_original_name and output is not None:
        raise UsageError("-o and -O don't go together")
    if not use_original_name:
        destination.check(files, _opened_name)
    policy = sender_policy(
        invocation,
        senders,
        allow_unknown=allow_unknown,
        allow_anonymous=allow_anonymous,
        allow_former=allow_former,
        require_verified=require_verified,
    )
    opener = Opener(invocation.workspace, ReadPolicy(policy, max_age))

    def open_one(path: Path | None) -> dict[str, Any]:
        if use_original_name:
            choose = _under_original_name(destination)
        else:
            choose = into(destination, _opened_name(path))
        return read_into(
            invocation, path, opener.open, choose, forced=output == STDIO, atomic=atomic, once=once
        )

    for_each_input(invocation, files, open_one)


def _under_original_name(destination: Destination) -> Choose:
    """Choose the name in the message; never over an existing file, since it is a stranger's choice."""
    directory = destination.directory or Path()
    make_directory(directory)

    def choose(facts: MessageFacts) -> OutputFile:
        path = directory / original_name(facts.metadata.name)
        if path.is_symlink() or path.exists():
            raise FileExistsAlreadyError(f"{path} exists already", "choose another name with -o FILE")
        return OutputFile(path, overwrite=False, inputs=destination.inputs)

    return choose


def _opened_name(path: Path | None) -> str:
    name = "message" if path is None else path.name
    opened = name.removesuffix(".sealed")
    return opened if opened not in {"", name} else f"{name}.opened"
