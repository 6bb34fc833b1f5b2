"""`e2e keys …`."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import click

from e2ecli.cli import terminal
from e2ecli.cli.commands.restore import command as restore_command
from e2ecli.cli.documents import identity_document
from e2ecli.cli.identities import chosen_identity, tell_changed
from e2ecli.cli.invocation import Invocation, family, invoked
from e2ecli.cli.listing import Listed, report_list
from e2ecli.cli.names import completing, identities
from e2ecli.cli.options import check_nothing_to_lock, kdf_option
from e2ecli.cli.passphrases import GivenPassphrases
from e2ecli.cli.tables import print_facts, print_table
from e2ecli.cli.values import Expiry, file_path
from e2ecli.errors import E2EError, KeyringError, LockedError, RecipientError, UnknownNameError
from e2ecli.keyring.cards import RevocationReason
from e2ecli.keyring.config import write_default_identity
from e2ecli.keyring.identities import Identity, KdfName
from e2ecli.operations.change_identity import (
    change_expiry,
    change_passphrase,
    forget_generations,
    revoke,
    rotate,
)

command = family("keys", "Show and change your own identities.")


@command.command("list")
@invoked()
def list_command(invocation: Invocation) -> None:
    """List your identities."""
    workspace = invocation.workspace
    survey = workspace.identities.survey()
    documents = [identity_document(identity, workspace) for identity in survey.found]
    _warn_of_default(invocation)
    report_list(
        invocation.report,
        Listed.of(documents, survey.damaged.values()),
        _print_identities,
        "the keyring has no identity yet; e2e keygen makes one",
    )


def _warn_of_default(invocation: Invocation) -> None:
    """Tell of a setting that names nobody: whatever needs the default identity fails."""
    workspace = invocation.workspace
    if workspace.config.default_identity is not None:
        try:
            workspace._replace(as_identity=None).own_identity()
        except UnknownNameError as error:
            invocation.report.warn(f"{error.message} ({error.hint})")
        except KeyringError:
            pass  # it is damaged, which the list says


def _print_identities(documents: Sequence[dict[str, Any]]) -> None:
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
    titles = ("name", "on the card", "", "secret keys", "expires", "key id")
    print_table(titles, rows, essential=3)


@command.command("show")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@click.option("--raw", is_flag=True, help="Print only what other Saltpack software takes.")
@invoked()
def show(invocation: Invocation, *, name: str | None, raw: bool) -> None:
    """Show an identity's public keys, in hexadecimal."""
    document = identity_document(chosen_identity(invocation, name), invocation.workspace)
    if invocation.report.as_json:
        invocation.report.document(document)
        return
    print_facts({key: document[key] for key in ("x25519", "ed25519")} if raw else document)


@command.command("default")
@click.argument("name", metavar="IDENTITY", shell_complete=completing(identities))
@invoked()
def default(invocation: Invocation, *, name: str) -> None:
    """Choose the identity to act as when nothing else is said."""
    workspace = invocation.workspace
    with workspace.directory.writing():
        identity = workspace.identities.get(name)
        if identity.card.revoked is not None:
            raise RecipientError(
                f"“{name}” is revoked, and can't be the default identity", workspace.instead_of_revoked()
            )
        write_default_identity(workspace.directory, identity.name)
    tell_changed(invocation, identity, f"“{name}” is the default identity now")


@command.command("passphrase")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@kdf_option
@click.option("--no-passphrase", is_flag=True, help="Store the secret keys in the clear from now on.")
@click.option("--new-passphrase-file", type=file_path(), metavar="FILE", help="Read the new one.")
@invoked()
def passphrase(
    invocation: Invocation,
    *,
    name: str | None,
    kdf: KdfName,
    no_passphrase: bool,
    new_passphrase_file: Path | None,
) -> None:
    """Change an identity's passphrase.

    The old one comes from the options or the terminal as always; the new one is asked for at the
    terminal, or read from --new-passphrase-file.
    """
    if no_passphrase:
        check_nothing_to_lock("kdf", "new_passphrase_file")
    identity = chosen_identity(invocation, name)
    new = GivenPassphrases(None, new_passphrase_file, None)
    changed = change_passphrase(
        invocation.workspace, identity, None if no_passphrase else kdf, lambda: new.new(identity.name)
    )
    done = "is stored without a passphrase now" if no_passphrase else "has a new passphrase"
    tell_changed(invocation, changed, f"“{identity.name}” {done}")


@command.command("rotate")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@invoked()
def rotate_keys(invocation: Invocation, *, name: str | None) -> None:
    """Make new encryption keys, and a new card. Old messages still open."""
    identity = rotate(invocation.workspace, chosen_identity(invocation, name))
    tell_changed(
        invocation, identity, f"“{identity.name}” is at generation {identity.newest}", card_changed=True
    )


@command.command("forget")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@click.option("--before", type=int, required=True, metavar="GENERATION", help="The first generation to keep.")
@invoked()
def forget(invocation: Invocation, *, name: str | None, before: int) -> None:
    """Delete old encryption keys for good: messages sealed to them can't be opened any more.

    The recovery words still lead to every generation: whoever has them can read all messages.
    """
    identity = forget_generations(invocation.workspace, chosen_identity(invocation, name), before)
    tell_changed(
        invocation, identity, f"“{identity.name}” keeps the generations {before} to {identity.newest}"
    )


@command.command("expire")
@click.argument("valid_for", type=Expiry(), metavar="DURATION")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@invoked()
def expire(invocation: Invocation, *, valid_for: timedelta | None, name: str | None) -> None:
    """Let an identity's card be good for another DURATION from now, or for ever (never)."""
    identity = change_expiry(invocation.workspace, chosen_identity(invocation, name), valid_for)
    until = "for ever" if identity.card.expires is None else f"until {identity.card.expires:%Y-%m-%d}"
    tell_changed(invocation, identity, f"the card of “{identity.name}” is good {until}", card_changed=True)


@command.command("revoke")
@click.argument("name", metavar="[IDENTITY]", required=False, shell_complete=completing(identities))
@click.option("--reason", type=click.Choice(get_args(RevocationReason)), required=True, help="Why.")
@click.option("--successor", metavar="IDENTITY", help="The identity of yours that takes its place.")
@click.option("--yes", is_flag=True, help="Don't ask whether you are sure.")
@invoked()
def revoke_identity(
    invocation: Invocation, *, name: str | None, reason: RevocationReason, successor: str | None, yes: bool
) -> None:
    """End an identity for good.

    Its last card says so: everybody who imports that stops sending to the identity, and stops accepting
    what it signs.
    """
    workspace = invocation.workspace
    identity = chosen_identity(invocation, name)
    next_identity = None if successor is None else workspace.identities.get(successor)
    if not yes:
        _ask_whether_sure(identity)
    revoked = revoke(workspace, identity, reason, next_identity)
    tell_changed(invocation, revoked, f"“{identity.name}” is revoked ({reason})", card_changed=True)


def _ask_whether_sure(identity: Identity) -> None:
    if not terminal.has_terminal():
        raise LockedError("there is no terminal to ask at whether you are sure", "say so with --yes")
    if not terminal.confirm(f"Revoke “{identity.name}” for good? There is no way back."):
        raise E2EError(f"“{identity.name}” was not revoked")


command.add_command(restore_command)
