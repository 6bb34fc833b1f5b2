"""`e2e export`."""

from pathlib import Path

import click

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.names import cards, completing
from e2ecli.cli.options import output_options
from e2ecli.cli.results import success
from e2ecli.cli.streams import Destination
from e2ecli.operations.export import export_card


@click.command("export")
@click.argument("name", required=False, shell_complete=completing(cards))
@output_options(directory=False)
@invoked(writes_data=True)
def command(invocation: Invocation, *, name: str | None, output: Path | None, overwrite: bool) -> None:
    """Print your card, or a contact's, for others to import.

    A card holds public keys only, signed by its owner: mail it, paste it, publish it.

    \b
    Examples:
      e2e export > alice.card
      e2e export bob | ssh laptop e2e import
    """
    signed_card = export_card(invocation.workspace, name)
    text = signed_card.armored.encode()
    with Destination(output, None, overwrite).open("") as file:
        file.write(text)
        file.commit()
    success(invocation, {"name": signed_card.card.name, "id": signed_card.card.id})
