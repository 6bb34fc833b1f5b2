"""`e2e sign`."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from e2ecli.cli import terminal
from e2ecli.cli.documents import you_document
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import output_options
from e2ecli.cli.progress import shown_progress
from e2ecli.cli.results import for_each_input
from e2ecli.cli.streams import Destination, open_input
from e2ecli.cli.values import file_path
from e2ecli.operations.outputs import STDIO, InputFiles
from e2ecli.operations.sign import sign_attached, sign_detached
from e2ecli.saltpack.constants import Mode


@click.command("sign")
@click.argument("file", required=False, type=file_path())
@click.option("--detach", is_flag=True, help="Write the signature alone, to FILE.sig.")
@click.option("-a", "--armor", is_flag=True, help="Write text that survives mail and chat.")
@output_options(directory=False)
@invoked(writes_data=True)
def command(
    invocation: Invocation,
    *,
    file: Path | None,
    detach: bool,
    armor: bool,
    output: Path | None,
    overwrite: bool,
) -> None:
    """Sign a document, for everybody to read and verify.

    The signed message holds the document; --detach leaves that as it is and writes the signature beside
    it. A signature is for good: whoever has it can show it to anybody.

    \b
    Examples:
      e2e sign notice.txt -a -o notice.signed
      e2e sign --detach release.tar.gz
    """
    if detach and output is None and file is not None and file != STDIO:
        output = Path(f"{file}.sig")
    inputs = () if file is None else (file,)
    destination = Destination(output, None, overwrite, InputFiles(inputs))

    def sign_one(path: Path | None) -> dict[str, Any]:
        return _sign_one(invocation, path, destination, detach=detach, armored=armor)

    for_each_input(invocation, inputs, sign_one)


def _sign_one(
    invocation: Invocation,
    path: Path | None,
    destination: Destination,
    *,
    detach: bool,
    armored: bool,
) -> dict[str, Any]:
    workspace = invocation.workspace
    identity = workspace.signing_identity()
    armored = armored or (destination.to_stdout and terminal.is_terminal(sys.stdout))
    with ExitStack() as stack:
        given = stack.enter_context(open_input(path))
        signer = workspace.keys_of(identity).signer
        output = stack.enter_context(destination.open(""))
        source = stack.enter_context(shown_progress(given, quiet=invocation.report.quiet))
        sign = sign_detached if detach else sign_attached
        length = sign(signer, source, output.write, armored=armored)
        output.commit()
    where = "" if destination.to_stdout else f": {destination.file}"
    invocation.report.say(f"signed as “{identity.name}”{where}")
    mode = Mode.DETACHED if detach else Mode.ATTACHED
    return {"mode": mode.word, "sender": you_document(identity), "post_quantum": False, "bytes": length}
