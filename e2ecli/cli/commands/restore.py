"""`e2e keys restore`."""

from datetime import timedelta
from pathlib import Path

import click

from e2ecli import limits
from e2ecli.cli import terminal
from e2ecli.cli.identities import chosen_identity, tell_changed
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import LOCKING, check_nothing_to_lock, identity_options
from e2ecli.cli.streams import open_input
from e2ecli.cli.values import file_path
from e2ecli.errors import FileError, LockedError, UsageError
from e2ecli.keyring.cards import next_issue
from e2ecli.keyring.identities import KdfName
from e2ecli.keyring.recovery import WORDS
from e2ecli.operations import keygen
from e2ecli.operations.cards import read_card
from e2ecli.operations.restore import (
    check_generations,
    check_words_of,
    restore,
    secrets_for_card,
    secrets_of_words,
)


@click.command("restore")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--recovery-file", type=file_path(), metavar="FILE", help="Where the 24 words are.")
@click.option("--generations", type=int, metavar="N", help="How many generations there were.")
@click.option("--card", type=file_path(), metavar="FILE", help="Your newest card.")
@click.option("--check", is_flag=True, help="Compare the words with the identity and write nothing.")
@identity_options
@invoked()
def command(
    invocation: Invocation,
    *,
    name: str | None,
    recovery_file: Path | None,
    generations: int | None,
    card: Path | None,
    check: bool,
    petname: str | None,
    email: str | None,
    expires: timedelta | None,
    kdf: KdfName,
    no_passphrase: bool,
) -> None:
    """Bring an identity back from its 24 recovery words, or (--check) see that you have the right ones."""
    workspace = invocation.workspace
    if no_passphrase:
        check_nothing_to_lock(*LOCKING)
    if generations is not None:
        check_generations(generations)
    words = _words(recovery_file)
    if check:
        identity = chosen_identity(invocation, name)
        check_words_of(secrets_of_words(words, 1), identity.card)
        tell_changed(invocation, identity, f"these are the recovery words of “{identity.name}”")
        try:
            workspace.identities.note_drill(identity)
        except FileError as error:
            invocation.report.warn(f"that can't be noted: {error.message} (e2e doctor says what mends it)")
        return
    known = None if card is None else read_card(_read(card, 4 * limits.CARD_BYTES)).card
    if known is not None and known.revoked is not None:
        raise UsageError(
            "this card is revoked, and that is final: the identity can't come back",
            "make a new one: e2e keygen",
        )
    if known is not None and generations is None:
        secrets = secrets_for_card(words, known)
    else:
        secrets = secrets_of_words(words, 1 if generations is None else generations)
        if known is not None:
            check_words_of(secrets, known)
    card_name = name or (known.name if known is not None else None)
    if card_name is None:
        raise UsageError("the words don't say whose they are", "e2e keys restore NAME, or --card FILE")
    new = keygen.NewIdentity(
        card_name, email or (known.email if known else None), expires, None if no_passphrase else kdf, petname
    )
    prepared = keygen.prepare(workspace, new)
    if known is not None:
        prepared = prepared._replace(
            issued=next_issue(workspace.clock(), known), expires=prepared.expires or known.expires
        )
    locked = None if no_passphrase else workspace.passphrases.new(prepared.petname)
    identity = restore(workspace, prepared, secrets, locked)
    done = f"restored “{identity.name}”, generation {identity.newest}, key id {identity.card.id}"
    tell_changed(invocation, identity, done, card_changed=True)


def _words(recovery_file: Path | None) -> str:
    if recovery_file is not None:
        return _read(recovery_file, limits.RECOVERY_WORDS_BYTES).decode(errors="replace")
    if not terminal.has_terminal():
        raise LockedError("there is no terminal to type the recovery words at", "use --recovery-file FILE")
    terminal.show("Type the 24 recovery words, in order, on one line or several; an empty line ends them.\n")
    lines: list[str] = []
    while line := terminal.ask("> "):
        lines.append(line)
        if len(" ".join(lines).split()) >= WORDS:
            break
    return " ".join(lines)


def _read(path: Path, most: int) -> bytes:
    with open_input(path) as given:
        return given.source.read(most)
