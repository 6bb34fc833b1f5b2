"""`e2e import`."""

from pathlib import Path
from typing import Any

import click

from e2ecli import limits
from e2ecli.cli import terminal
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.results import ReportedFailureError
from e2ecli.cli.streams import STDIN, open_input
from e2ecli.cli.values import file_path
from e2ecli.cli.words import described, trust
from e2ecli.errors import E2EError, LockedError, NotAMessageError, UsageError
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.import_card import Imported
from e2ecli.operations.import_roster import ImportedRoster
from e2ecli.operations.import_text import import_text
from e2ecli.saltpack.armor import armored_blocks, has_text_around


@click.command("import")
@click.argument("files", nargs=-1, metavar="[FILE…]", type=file_path())
@click.option("--name", metavar="PETNAME", help="What the keyring calls the person or group.")
@click.option(
    "--replace", "replace_key", is_flag=True, help="Let a changed key take the place of the old one."
)
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@invoked()
def command(
    invocation: Invocation,
    *,
    files: tuple[Path, ...],
    name: str | None,
    replace_key: bool,
    yes: bool,
) -> None:
    """Take a card, an introduction or a group's roster into the keyring.

    It may stand inside other text, such as a mail. A contact is unverified until you compare
    safety numbers.

    \b
    Examples:
      e2e import bob.card
      e2e import --name bob < mail.txt
    """
    cards = [(shown, text) for path in files or (None,) for shown, text in _cards(path)]
    if len(cards) > limits.IMPORTS:
        raise NotAMessageError(f"these are {len(cards)} cards, and {limits.IMPORTS} are the most at a time")
    if name is not None and len(cards) > 1:
        raise UsageError("--name goes with one card, and there are several", "import each by itself")

    def confirm(question: str) -> bool:
        return yes or _confirm(question)

    documents: list[dict[str, Any]] = []
    failures: list[E2EError] = []
    for shown, text in cards:
        try:
            imported = import_text(invocation.workspace, text, name, replace_key=replace_key, confirm=confirm)
        except E2EError as error:
            failures.append(error.with_traceback(None))
            error.__cause__ = error.__context__ = None
            if len(cards) > 1 or shown != STDIN:
                error.message = f"{shown}: {error.message}"
            if len(cards) > 1 and not invocation.report.as_json:
                invocation.report.failure(error)
            continue
        documents.append(_document(imported))
        _tell(invocation, imported)
        if has_text_around(text):
            invocation.report.say("the text around it is not part of it: anybody may have written that")
    if not failures:
        invocation.report.document(documents)
        return
    worst = max(failures, key=lambda error: error.exit_code)
    if len(cards) == 1:
        raise worst
    if invocation.report.as_json:
        invocation.report.failure(worst, {"imported": documents})
    raise ReportedFailureError(worst.exit_code)


def _cards(path: Path | None) -> list[tuple[str, bytes]]:
    with open_input(path) as given:
        text = given.source.read(limits.IMPORT_BYTES + 1)
        if len(text) > limits.IMPORT_BYTES:
            raise NotAMessageError(f"{given.shown} is too large to be a card, introduction or roster")
        return [(given.shown, block) for block in armored_blocks(text)]


def _confirm(question: str) -> bool:
    if not terminal.has_terminal():
        raise LockedError(f"there is no terminal to ask at: {question}", "say so with --yes")
    return terminal.confirm(terminal.harmless(question))


def _document(imported: Imported | ImportedRoster) -> dict[str, Any]:
    if isinstance(imported, ImportedRoster):
        return {
            "kind": "roster",
            "name": imported.group.name,
            "id": imported.group.group_id.hex(),
            "status": imported.status,
            "introduced_by": None,
        }
    introduced_by = imported.contact.introduced_by
    return {
        "kind": imported.kind,
        "name": imported.contact.petname,
        "id": imported.contact.id,
        "status": imported.status,
        "introduced_by": None if introduced_by is None else key_id(introduced_by),
    }


def _tell(invocation: Invocation, imported: Imported | ImportedRoster) -> None:
    if isinstance(imported, ImportedRoster):
        group = imported.group
        invocation.report.say(f"{imported.status}: the group “{group.name}”, epoch {group.newest.number}")
        return
    contact = imported.contact
    known = trust(contact, invocation.workspace)
    invocation.report.say(f"{imported.status}: {described(contact)}, {known}, key id {contact.shown_id}")
    if contact.verified is None:
        invocation.report.suggest(
            f"compare safety numbers, e2e contacts verify {contact.petname}; then e2e send {contact.petname}"
        )
