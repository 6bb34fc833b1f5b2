"""Where passphrases come from: a file descriptor, a file, a command, or the person at the terminal.

Never from an argument, which every user of the machine can see.
"""

import os
from pathlib import Path

from e2ecli import limits
from e2ecli.cli import terminal
from e2ecli.errors import LockedError
from e2ecli.keyring.files import named
from e2ecli.primitives.secret import SecretBytes

COMMAND_VARIABLE = "E2E_PASSPHRASE_COMMAND"
_ATTEMPTS_AT_TERMINAL = 3
_OPTIONS_HINT = "use --passphrase-fd N, --passphrase-file FILE, or a command in $E2E_PASSPHRASE_COMMAND"


class GivenPassphrases:
    """Passphrases as the options, the environment and the terminal give them, in that order.

    A given passphrase is read once and serves for every identity of this call.
    """

    def __init__(self, descriptor: int | None, file: Path | None, command: str | None) -> None:
        self._descriptor = descriptor
        self._file = file
        self._command = command
        self._given: SecretBytes | None = None

    def read_ahead(self) -> None:
        """Read a passphrase that precedes a message on standard input, before that is read."""
        if self._descriptor == 0:
            self._read_given()

    @property
    def attempts(self) -> int:
        """How often to ask anew: a person may mistype."""
        return 1 if self._is_given() else _ATTEMPTS_AT_TERMINAL

    def existing(self, identity: str) -> SecretBytes:
        """Return the passphrase of an identity.

        Raises:
            LockedError: there is none to be had.
            FileError: the file or command that should give it fails.
        """
        if self._is_given():
            return self._read_given()
        self._need_terminal(f"the identity “{identity}” is locked, and there is no terminal to ask at")
        return _encode(terminal.ask_secretly(f"Passphrase of {identity}: "))

    def new(self, identity: str) -> SecretBytes:
        """Return a passphrase for a new lock, asked for twice at the terminal.

        Raises:
            LockedError: there is none to be had, or it was not repeated.
            FileError: the file or command that should give it fails.
        """
        if self._is_given():
            return self._read_given()
        self._need_terminal(
            f"a passphrase is needed to lock the identity “{identity}”, and there is no terminal to ask at",
            _OPTIONS_HINT + ", or --no-passphrase",
        )
        for _ in range(_ATTEMPTS_AT_TERMINAL):
            first = terminal.ask_secretly(f"New passphrase for {identity}: ")
            if not first:
                terminal.show("It can't be empty; --no-passphrase does without one.\n")
            elif first == terminal.ask_secretly("The same again: "):
                return _encode(first)
            else:
                terminal.show("These two differ.\n")
        raise LockedError("no passphrase was chosen", "start again, or use --no-passphrase")

    def _is_given(self) -> bool:
        return self._descriptor is not None or self._file is not None or self._command is not None

    def _need_terminal(self, message: str, hint: str = _OPTIONS_HINT) -> None:
        if not terminal.has_terminal():
            raise LockedError(message, hint)

    def _read_given(self) -> SecretBytes:
        if self._given is None:
            line = self._read().partition(b"\n")[0].removesuffix(b"\r")
            if not line:
                raise LockedError("the passphrase that was given is empty")
            if len(line) > limits.PASSPHRASE_BYTES:
                raise LockedError(
                    f"the passphrase that was given is longer than {limits.PASSPHRASE_BYTES} bytes"
                )
            self._given = SecretBytes(line)
        return self._given

    def _read(self) -> bytes:
        if self._descriptor is not None:
            return _read_descriptor(self._descriptor)
        if self._file is not None:
            try:
                with self._file.open("rb") as file:
                    return file.read(limits.PASSPHRASE_BYTES + 2)
            except OSError as error:
                raise named(error, self._file) from error
        return _run(self._command or "")


def _encode(passphrase: str) -> SecretBytes:
    return SecretBytes(passphrase.encode(errors="surrogateescape"))


def _read_descriptor(descriptor: int) -> bytes:
    line = bytearray()
    try:
        while len(line) <= limits.PASSPHRASE_BYTES + 1 and (byte := os.read(descriptor, 1)) not in {
            b"",
            b"\n",
        }:
            line += byte
    except OSError as error:
        raise named(error, f"file descriptor {descriptor}") from error
    return bytes(line)


def _run(command: str) -> bytes:
    import subprocess  # noqa: PLC0415  # only where there is a command

    try:
        done = subprocess.run(  # noqa: S602  # the user's own command, as a shell command line
            command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
        )
    except OSError as error:
        raise LockedError(f"the command in ${COMMAND_VARIABLE} can't be run: {error.strerror}") from error
    if done.returncode != 0:
        raise LockedError(f"the command in ${COMMAND_VARIABLE} failed with exit code {done.returncode}")
    return done.stdout
