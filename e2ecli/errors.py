"""Every failure of the program: one root, and the class decides the exit code.

An instance says what happened, to which file or person, and in `hint` the command that mends it.
Exit codes are section 6 of the design; `e2e(1)` documents them.
"""

from typing import ClassVar


def shell_path(path: object) -> str:
    """Return a path or file name as a shell takes it, for the command in a hint."""
    text = str(path)
    if text.startswith("-"):
        text = f"./{text}"
    if text.isascii() and all(character.isalnum() or character in "/._-" for character in text):
        return text
    import shlex  # noqa: PLC0415  # for unusual names alone

    return shlex.quote(text)


class E2EError(Exception):
    """The root of all errors: a failure with no more specific exit code."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "failure"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class FileError(E2EError):
    """A file can't be read or written: missing, a directory, disk full, no permission."""

    kind = "file"


class FileExistsAlreadyError(FileError):
    """An output exists and nobody asked to overwrite it."""

    kind = "exists"


class KeyringError(E2EError):
    """The keyring itself is unusable: open to others, damaged, or lacking an identity."""

    kind = "keyring"


class UsageError(E2EError):
    """Options or arguments that don't go together."""

    exit_code = 2
    kind = "usage"


class DamagedError(E2EError):
    """A message, signature or card is damaged or forged."""

    exit_code = 3
    kind = "damaged"


class ForgedError(DamagedError):
    """A signature or authenticator doesn't verify."""

    kind = "forged"


class TruncatedError(DamagedError):
    """The input ends before the message does."""

    kind = "truncated"


class NotAMessageError(DamagedError):
    """The input is no message at all, or not one that this command takes."""

    kind = "not-a-message"


class NotForYouError(E2EError):
    """No key in this keyring opens the message."""

    exit_code = 4
    kind = "not-for-you"


class SenderError(E2EError):
    """The message is intact, but its sender is not accepted."""

    exit_code = 5
    kind = "sender"


class AlreadyOpenedError(SenderError):
    """A message that was to be opened once comes again."""

    kind = "already-opened"


class LockedError(E2EError):
    """A secret key is locked and no passphrase opens it."""

    exit_code = 6
    kind = "locked"


class WrongPassphraseError(LockedError):
    """A passphrase was given, and it is the wrong one."""

    kind = "wrong-passphrase"


class RecipientError(E2EError):
    """A recipient or contact can't be used."""

    exit_code = 7
    kind = "recipient"


class UnknownNameError(RecipientError):
    """No contact, group or identity goes by this name."""

    kind = "unknown-name"


class KeyChangedError(RecipientError):
    """A petname is taken by a contact with another key."""

    kind = "key-changed"


class RollbackError(RecipientError):
    """A card that is older, weaker or less final than what the keyring holds."""

    kind = "rollback"


class InterruptedByUserError(E2EError):
    """Ctrl-C, or a signal that ends processes."""

    exit_code = 130
    kind = "interrupted"
