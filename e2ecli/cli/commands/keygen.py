"""`e2e keygen`."""

import getpass
from datetime import timedelta
from pathlib import Path

import click

from e2ecli.cli import terminal
from e2ecli.cli.documents import identity_document
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.values import Expiry
from e2ecli.errors import LockedError
from e2ecli.keyring.identities import COSTS, KdfName
from e2ecli.operations import keygen
from e2ecli.operations.outputs import OutputFile


@click.command("keygen")
@click.argument("name", required=False)
@click.option(
    "--name", "petname", metavar="PETNAME", help="What the keyring calls it; made from NAME otherwise."
)
@click.option("--email", metavar="ADDRESS", help="An e-mail address for the card.")
@click.option(
    "--expires", type=Expiry(), metavar="DURATION", help="How long the card is good for: 2y, or never."
)
@click.option(
    "--kdf", type=click.Choice(list(COSTS)), default="moderate", help="How hard a passphrase is to try."
)
@click.option("--no-passphrase", is_flag=True, help="Store the secret keys in the clear.")
@click.option(
    "--recovery-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the 24 recovery words to FILE.",
)
@invoked()
def command(
    invocation: Invocation,
    *,
    name: str | None,
    petname: str | None,
    email: str | None,
    expires: timedelta | None,
    kdf: KdfName,
    no_passphrase: bool,
    recovery_file: Path | None,
) -> None:
    """Make an identity: your keys, and the card that others need to write to you.

    NAME is your name as others will see it. Without it, and without a passphrase option, you are asked.

    \b
    Examples:
      e2e keygen "Alice Liddell" --email alice@example.org
      e2e keygen backup --no-passphrase --recovery-file backup.words
    """
    new = keygen.NewIdentity(name or _ask_name(), email, expires, None if no_passphrase else kdf, petname)
    prepared = keygen.prepare(invocation.workspace, new)
    words_file = None if recovery_file is None else OutputFile(recovery_file)
    if words_file is not None:
        words_file.check()
    passphrase = None if no_passphrase else invocation.workspace.passphrases.new(prepared.petname)
    if no_passphrase:
        invocation.report.say(
            "the secret keys are stored without a passphrase: whoever reads the file has them"
        )
    if words_file is None:
        made = keygen.keygen(invocation.workspace, prepared, passphrase)
    else:
        with words_file.open(mode=0o600) as output:
            made = keygen.keygen(invocation.workspace, prepared, passphrase)
            output.write(memoryview((" ".join(made.words) + "\n").encode()))
            output.commit()
    identity = made.identity
    invocation.report.document(identity_document(identity, invocation.workspace))
    invocation.report.say(
        f"made the identity “{identity.name}” ({identity.card.name}), key id {identity.card.id}"
    )
    _hand_over_words(invocation, made.words, recovery_file)
    invocation.report.say("next: e2e export > my.card, and give that to those who are to write to you")


def _ask_name() -> str:
    if not terminal.has_terminal():
        raise LockedError("there is no terminal to ask for your name at", "give it: e2e keygen NAME")
    suggested = _user_name()
    return terminal.ask(f"Your name, as others will see it [{suggested}]: ") or suggested


def _user_name() -> str:
    import os  # noqa: PLC0415
    import pwd  # noqa: PLC0415

    try:
        full_name = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
    except KeyError:
        full_name = ""
    return full_name or getpass.getuser()


def _hand_over_words(invocation: Invocation, words: tuple[str, ...], recovery_file: Path | None) -> None:
    if recovery_file is not None:
        invocation.report.say(f"the recovery words are in {recovery_file}: print it, keep it safe, delete it")
        return
    if not terminal.has_terminal():
        invocation.report.say(
            "there was no terminal to show the recovery words on: a lost keyring can't be restored "
            "(--recovery-file FILE writes them)"
        )
        return
    lines = [
        "   ".join(f"{place + 1:2} {words[place]:<9}" for place in range(start, start + 4)).rstrip()
        for start in range(0, len(words), 4)
    ]
    terminal.show(
        "\nThese 24 words bring the identity back if this machine is lost. Write them on paper, in order;\n"
        "they are shown this once. Whoever has them has your keys.\n\n  " + "\n  ".join(lines) + "\n\n"
    )
