"""`e2e keys …`."""

import click

from e2ecli.cli.documents import identity_document
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.tables import print_table


@click.group("keys", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show your own identities and their public keys."""
    if context.invoked_subcommand is None:
        context.invoke(list_command)


@command.command("list")
@invoked()
def list_command(invocation: Invocation) -> None:
    """List your identities."""
    workspace = invocation.workspace
    documents = [identity_document(identity, workspace) for identity in workspace.identities.all()]
    if invocation.report.as_json:
        invocation.report.document(documents)
        return
    if not documents:
        invocation.report.say("the keyring has no identity yet; e2e keygen makes one")
        return
    rows = [
        (
            document["name"],
            document["card_name"],
            "default" if document["default"] else "",
            "locked" if document["locked"] else "no passphrase",
            (document["expires"] or "never")[:10],
            document["id"],
        )
        for document in documents
    ]
    print_table(("name", "on the card", "", "secret keys", "expires", "key id"), rows)


@command.command("show")
@click.argument("name", metavar="[IDENTITY]", required=False)
@click.option("--raw", is_flag=True, help="Print only what other Saltpack software takes.")
@invoked()
def show(invocation: Invocation, *, name: str | None, raw: bool) -> None:
    """Show an identity's public keys, in hexadecimal."""
    workspace = invocation.workspace
    identity = workspace.own_identity() if name in {None, "me"} else workspace.identities.get(name or "")
    document = identity_document(identity, workspace)
    if invocation.report.as_json:
        invocation.report.document(document)
        return
    shown = ("x25519", "ed25519") if raw else tuple(document)
    print_table((), [(key, str(document[key])) for key in shown if document[key] is not None])
