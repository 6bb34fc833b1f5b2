"""`e2e verify`."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import output_options
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.reading import into, read_into, sender_options, sender_policy, tell, telling
from e2ecli.cli.results import for_each_input
from e2ecli.cli.streams import Destination, open_input
from e2ecli.cli.values import file_path
from e2ecli.errors import UsageError
from e2ecli.operations.outputs import STDIO, InputFiles
from e2ecli.operations.reading import ReadPolicy, read_message
from e2ecli.operations.verify import verify_attached, verify_detached


@click.command("verify")
@click.argument("file", required=False, type=file_path())
@click.option("--signature", type=file_path(), metavar="FILE", help="A detached signature.")
@sender_options
@output_options(directory=False)
@invoked(writes_data=True)
def command(
    invocation: Invocation,
    *,
    file: Path | None,
    signature: Path | None,
    senders: tuple[str, ...],
    allow_unknown: bool,
    require_verified: bool,
    output: Path | None,
    overwrite: bool,
) -> None:
    """Check who signed a document, and write its content out.

    A detached signature is named with --signature, or found as FILE.sig beside FILE; the content then
    stays where it is.

    \b
    Examples:
      e2e verify notice.signed
      e2e verify release.tar.gz --from alice
    """
    policy = ReadPolicy(
        sender_policy(invocation, senders, allow_unknown=allow_unknown, require_verified=require_verified)
    )
    signature = signature or _signature_beside(file)
    if signature is not None and output is not None:
        raise UsageError("beside a detached signature the content is there already, and -o has nothing to do")
    inputs = () if file is None else (file,)
    destination = Destination(output, None, overwrite, InputFiles(inputs))

    def verify_one(path: Path | None) -> dict[str, Any]:
        if signature is not None:
            return _verify_detached(invocation, policy, path, signature)
        return read_into(
            invocation,
            path,
            lambda message, start: verify_attached(invocation.workspace, policy, message, start),
            into(destination, ""),
            forced=output == STDIO,
        )

    for_each_input(invocation, inputs, verify_one)


def _signature_beside(file: Path | None) -> Path | None:
    if file is None or file == STDIO:
        return None
    beside = Path(f"{file}.sig")
    return beside if beside.is_file() else None


def _verify_detached(
    invocation: Invocation, policy: ReadPolicy, path: Path | None, signature: Path
) -> dict[str, Any]:
    if signature == STDIO and (path is None or path == STDIO):
        raise UsageError("content and signature can't both come from standard input")
    with ExitStack() as stack:
        signed = stack.enter_context(open_input(signature))
        given = stack.enter_context(open_input(path))
        content = stack.enter_context(shown_progress(given, quiet=invocation.report.quiet))
        opened = verify_detached(invocation.workspace, policy, read_message(signed.source), content)
    return tell(invocation, telling(invocation, opened.facts), opened)
