"""`e2e inspect`."""

from pathlib import Path
from typing import Any

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.streams import open_input
from e2ecli.cli.tables import print_facts
from e2ecli.cli.values import file_path
from e2ecli.errors import DamagedError
from e2ecli.operations.inspect_message import Inspected, inspect_message
from e2ecli.saltpack.stream import CountedSource


@click.command("inspect")
@click.argument("file", required=False, type=file_path())
@invoked()
def command(invocation: Invocation, *, file: Path | None) -> None:
    """Tell what a message shows to everybody, without any key.

    Nothing of this is proven: only opening or verifying a message proves what it says.

    \b
    Examples:
      e2e inspect report.pdf.sealed
      e2e inspect --json < message.txt
    """
    with open_input(file) as given:
        source = CountedSource(given.source)
        try:
            inspected = inspect_message(source)
        except DamagedError as error:
            if file is not None:
                error.message = f"{file}: {error.message}"
            raise
    document = _document(inspected, None if file is None else str(file), source.bytes)
    if invocation.report.as_json:
        invocation.report.document(document)
        return
    if inspected.recipients and not inspected.post_quantum:
        # Groups and X25519 keys look alike, and of these groups' messages alone are post-quantum safe.
        document["post_quantum"] = "can't be told"
    print_facts(document)


def _document(inspected: Inspected, file: str | None, length: int) -> dict[str, Any]:
    return {
        "file": file,
        "format": "saltpack",
        "version": inspected.version,
        "mode": inspected.mode.word,
        "armored": inspected.armored,
        "brand": inspected.brand,
        "recipients": inspected.recipients,
        "hybrid_recipients": inspected.hybrid_recipients,
        "post_quantum": inspected.post_quantum,
        "metadata": inspected.metadata,
        "bytes": length,
    }
