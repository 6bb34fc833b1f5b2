"""`e2e keygen`."""

import getpass
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import click

from e2ecli.cli import terminal
from e2ecli.cli.documents import identity_document
from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.options import LOCKING, check_nothing_to_lock, identity_options
from e2ecli.cli.values import file_path
from e2ecli.errors import FileExistsAlreadyError, LockedError, UsageError
from e2ecli.keyring.identities import KdfName
from e2ecli.operations import keygen
from e2ecli.operations.outputs import STDIO, OutputFile
from e2ecli.operations.workspace import Workspace


@click.command("keygen")
@click.argument("name", required=False)
@identity_options
@click.option(
    "--recovery-file",
    type=file_path(),
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
    if no_passphrase:
        check_nothing_to_lock(*LOCKING)
    if recovery_file == STDIO:
        raise UsageError(
            "the recovery words don't go to standard output", "give --recovery-file a file's name"
        )
    new = keygen.NewIdentity(name or _ask_name(), email, expires, None if no_passphrase else kdf, petname)
    prepared = keygen.prepare(invocation.workspace, new)
    words_file = None if recovery_file is None else RecoveryFile(recovery_file)
    if words_file is not None:
        words_file.check()
    passphrase = None if no_passphrase else invocation.workspace.passphrases.new(prepared.petname)
    if no_passphrase:
        invocation.report.say(
            "the secret keys are stored without a passphrase: whoever reads the file has them"
        )
    made = keygen.make_identity(invocation.workspace, prepared, passphrase)
    with ExitStack() as stack:
        if words_file is not None:
            stack.enter_context(words_file.written(made, invocation.workspace))
        keygen.store_identity(invocation.workspace, made.identity)
    identity = made.identity
    invocation.report.document(identity_document(identity, invocation.workspace))
    invocation.report.say(
        f"made the identity “{identity.name}” ({identity.card.name}), key id {identity.card.id}"
    )
    _hand_over_words(invocation, made, recovery_file)
    invocation.report.suggest("e2e export > my.card, and give that to those who are to write to you")


def _ask_name() -> str:
    if not terminal.has_terminal():
        raise LockedError("there is no terminal to ask for your name at", "give it: e2e keygen NAME")
    suggested = _user_name()
    shown = f" [{suggested}]" if suggested else ""
    return terminal.ask(f"Your name, as others will see it{shown}: ") or suggested


def _user_name() -> str:
    import os  # noqa: PLC0415
    import pwd  # noqa: PLC0415

    try:
        full_name = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
        return full_name or getpass.getuser()
    except (KeyError, OSError):  # the machine knows no name for this user
        return ""


class RecoveryFile:
    """The file with the recovery words, and beside it the card that revokes the identity."""

    def __init__(self, path: Path) -> None:
        self._words = OutputFile(path)
        self._revocation = OutputFile(path.with_name(f"{path.name}.revocation"))

    def check(self) -> None:
        """Check that both files may be written: they never take another's place."""
        for file in (self._words, self._revocation):
            try:
                file.check()
            except FileExistsAlreadyError as error:
                hint = "words are never overwritten: give --recovery-file another name"
                raise FileExistsAlreadyError(error.message, hint) from None

    @contextmanager
    def written(self, made: keygen.MadeIdentity, workspace: Workspace) -> Iterator[None]:
        """Write both before the identity is stored, so that no identity lacks them; undo that if it isn't.

        Storing may fail after the identity got its name: the directory can't be flushed, or somebody
        pressed Ctrl-C just then. The words are kept unless it is certain that it is not there.
        """
        contents = {
            self._words: " ".join(made.words) + "\n",
            self._revocation: made.revocation.armored,
        }
        with ExitStack() as undo:
            for file, content in contents.items():
                with file.open(mode=0o600) as output:
                    output.write(content.encode())
                    output.commit()
                if not file.is_special():
                    undo.callback(file.path.unlink)
            try:
                yield
            except BaseException:
                if keygen.may_be_stored(workspace, made.identity):
                    undo.pop_all()
                raise
            undo.pop_all()


def _hand_over_words(invocation: Invocation, made: keygen.MadeIdentity, recovery_file: Path | None) -> None:
    report = invocation.report
    if recovery_file is not None:
        report.say(f"the recovery words are in {recovery_file}: print it, keep it safe, delete it")
        report.say(
            f"the card that revokes this identity is in {recovery_file}.revocation: for the day when you "
            "have lost everything else, or somebody has your keys"
        )
        return
    if not terminal.has_terminal():
        report.warn(
            "there was no terminal to show the recovery words on: a lost keyring can't be restored "
            "(if that matters, make another identity with --recovery-file FILE)"
        )
        return
    lines = [
        "   ".join(f"{place + 1:2} {made.words[place]:<9}" for place in range(start, start + 4)).rstrip()
        for start in range(0, len(made.words), 4)
    ]
    terminal.show(
        "\nThese 24 words bring the identity back if this machine is lost. Write them on paper, in order;\n"
        "they are shown this once. Whoever has them has your keys.\n\n  " + "\n  ".join(lines) + "\n\n"
        "And this is the card that revokes the identity. Keep it for the day when you have lost everything\n"
        "else: whoever imports it stops using the identity.\n\n" + made.revocation.armored + "\n"
    )
