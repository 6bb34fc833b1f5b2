"""`e2e contacts …`."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from e2ecli.cli import terminal
from e2ecli.cli.documents import contact_document, metadata_document, sending_facts
from e2ecli.cli.invocation import Invocation, family, invoked
from e2ecli.cli.listing import Listed, attempted, report_list
from e2ecli.cli.names import completing, contacts
from e2ecli.cli.options import output_options
from e2ecli.cli.qr import qr_code
from e2ecli.cli.results import message_facts, success
from e2ecli.cli.streams import Destination
from e2ecli.cli.tables import print_facts, print_table
from e2ecli.cli.words import described, trust_in_words
from e2ecli.errors import LockedError
from e2ecli.keyring.contacts import Contact, ContactEntry
from e2ecli.keyring.directory import settled
from e2ecli.keyring.keyid import key_id
from e2ecli.keyring.safety import in_groups
from e2ecli.operations.add_contact import add_contact
from e2ecli.operations.cards import read_claimed_card
from e2ecli.operations.contacts import find_contact, remove_contact, rename_contact
from e2ecli.operations.introduce import prepare_introduction, seal_introduction
from e2ecli.operations.parallel import mapped
from e2ecli.operations.verify_contact import (
    Method,
    check_digits,
    mismatch,
    record_verification,
    safety_number_with,
)
from e2ecli.operations.workspace import Workspace

command = family("contacts", "Show, verify, introduce, add, rename and remove the people in your keyring.")


@command.command("list")
@invoked()
def list_command(invocation: Invocation) -> None:
    """List everybody in the keyring."""
    workspace, report = invocation.workspace, invocation.report
    listed = settled(lambda: _documents(workspace) if report.as_json else _rows(workspace))
    report_list(report, listed, _print_contacts, "the keyring has no contacts yet; e2e import CARD adds one")


def _print_contacts(rows: Sequence[tuple[str, ...]]) -> None:
    titles = ("name", "on the card", "status", "post-quantum", "expires", "last used", "key id")
    print_table(titles, rows, essential=3)


def _documents(workspace: Workspace) -> Listed:
    store = workspace.contacts

    def document(entry: ContactEntry) -> dict[str, Any]:
        return contact_document(store.read(entry), workspace)

    return Listed.of(mapped(attempted(document), store.entries()))


def _rows(workspace: Workspace) -> Listed:
    store = workspace.contacts._replace(read_card=read_claimed_card)
    entries = store.entries()
    petnames = {id_: entry.petname for entry in entries for id_ in entry.ids}
    uses = store.last_uses()

    def row(entry: ContactEntry) -> tuple[str, ...]:
        return _row(store.read(entry), workspace, petnames, uses)

    return Listed.of(mapped(attempted(row), entries))


def _row(
    contact: Contact, workspace: Workspace, petnames: dict[str, str], uses: dict[str, datetime]
) -> tuple[str, ...]:
    introducer = None if contact.introduced_by is None else key_id(contact.introduced_by)
    used = uses.get(contact.shown_id)
    return (
        contact.petname,
        "" if contact.card is None else contact.card.name,
        trust_in_words(contact, workspace, introducer and petnames.get(introducer, introducer)),
        "yes" if _is_post_quantum(contact) else "no",
        _expiry(contact),
        "never" if used is None else f"{used:%Y-%m-%d}",
        contact.shown_id,
    )


def _is_post_quantum(contact: Contact) -> bool:
    return contact.encryption_keys is not None and contact.encryption_keys.hybrid is not None


def _expiry(contact: Contact) -> str:
    if contact.card is None or contact.card.expires is None:
        return "never"
    return f"{contact.card.expires:%Y-%m-%d}"


@command.command("add")
@click.argument("name")
@click.option("--x25519", required=True, metavar="HEX", help="Their encryption key, 64 hexadecimal digits.")
@click.option("--ed25519", metavar="HEX", help="Their signing key, 64 hexadecimal digits.")
@invoked()
def add(invocation: Invocation, *, name: str, x25519: str, ed25519: str | None) -> None:
    """File the raw keys of somebody who uses other Saltpack software.

    Messages to such people alone are plain Saltpack, which their software reads. Without their signing
    key you can write to them, but nothing can be recognised as theirs.
    """
    imported = add_contact(invocation.workspace, name, x25519, ed25519)
    invocation.report.document(contact_document(imported.contact, invocation.workspace))
    invocation.report.say(
        f"{imported.status}: {described(imported.contact)}, unverified, key {imported.contact.shown_id}"
    )


@command.command("show")
@click.argument("name", shell_complete=completing(contacts))
@invoked()
def show(invocation: Invocation, *, name: str) -> None:
    """Show all that is known of a contact."""
    contact = find_contact(invocation.workspace, name)
    document = contact_document(contact, invocation.workspace)
    if invocation.report.as_json:
        invocation.report.document(document)
        return
    print_facts(document)


@command.command("verify")
@click.argument("name", shell_complete=completing(contacts))
@click.option("--qr", is_flag=True, help="Draw the digits as a QR code, to scan and paste into --check.")
@click.option("--check", "digits", metavar="DIGITS", help="Compare with these 60 digits, and ask nothing.")
@invoked()
def verify(invocation: Invocation, *, name: str, digits: str | None, qr: bool) -> None:
    """Compare safety numbers with a contact, and record that they match.

    Both of you see the same 60 digits if nobody exchanged a key on the way. Compare them by a way that
    an attacker can't change: in person, or by telephone.
    """
    workspace, report = invocation.workspace, invocation.report
    contact = find_contact(workspace, name)
    number = safety_number_with(workspace, contact)
    method: Method = "digits given with --check"
    if digits is not None:
        check_digits(workspace, contact, digits)
    elif report.as_json and not terminal.has_terminal():
        report.document(_verification_document(contact, number))
        return
    else:
        _show_and_ask(contact, number, qr=qr)
        method = "compared at the terminal"
    verified = record_verification(workspace, contact, method)
    report.document(_verification_document(verified, number))
    report.say(f"“{verified.petname}” is verified")


def _show_and_ask(contact: Contact, number: str, *, qr: bool) -> None:
    groups = in_groups(number)
    lines = "\n".join("    " + " ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))
    if not terminal.has_terminal():
        raise LockedError(
            "there is no terminal to ask at whether the safety numbers match",
            f"e2e contacts verify {contact.petname} --check DIGITS",
        )
    terminal.show(f"\nThe safety number of you and “{contact.petname}”:\n\n{lines}\n\n")
    if qr:
        terminal.show(qr_code(number))
    if not terminal.confirm(f"Does {contact.petname} see the same digits?"):
        raise mismatch(contact)


def _verification_document(contact: Contact, number: str) -> dict[str, Any]:
    return {
        "name": contact.petname,
        "id": contact.id,
        "safety_number": number,
        "verified": contact.verified is not None,
    }


@command.command("introduce")
@click.argument("name", shell_complete=completing(contacts))
@click.option(
    "--to",
    required=True,
    metavar="OTHER",
    help="Whom to introduce them to.",
    shell_complete=completing(contacts),
)
@click.option("-a", "--armor", is_flag=True, help="Write text that survives mail and chat.")
@output_options(directory=False)
@invoked(writes_data=True)
def introduce(
    invocation: Invocation, *, name: str, to: str, armor: bool, output: Path | None, overwrite: bool
) -> None:
    """Seal a contact's card to another contact, who imports it as introduced by you.

    \b
    Example:
      e2e contacts introduce bob --to carol -a | mail carol@example.org
    """
    card, sending = prepare_introduction(invocation.workspace, name, to)
    destination = Destination(output, None, overwrite)
    armored = armor or (destination.to_stdout and terminal.is_terminal(sys.stdout))
    with destination.open("") as file:
        sent = seal_introduction(card, sending, file.write, armored=armored)
        file.commit()
    facts = sending_facts(sending) | metadata_document(sent.metadata)
    success(invocation, message_facts(**facts, bytes=sent.bytes))
    invocation.report.say(f"introduces “{name}” to {to}, who takes it in with e2e import")


@command.command("rename")
@click.argument("old", shell_complete=completing(contacts))
@click.argument("new")
@invoked()
def rename(invocation: Invocation, *, old: str, new: str) -> None:
    """Give a contact another name in your keyring."""
    contact = rename_contact(invocation.workspace, old, new)
    invocation.report.document(contact_document(contact, invocation.workspace))
    invocation.report.say(f"“{old}” is now “{new}”")


@command.command("remove")
@click.argument("name", shell_complete=completing(contacts))
@invoked()
def remove(invocation: Invocation, *, name: str) -> None:
    """Remove a contact from your keyring."""
    contact = remove_contact(invocation.workspace, name)
    invocation.report.document(contact_document(contact, invocation.workspace))
    invocation.report.say(f"removed “{contact.petname}”, key {contact.shown_id}")
