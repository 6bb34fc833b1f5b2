"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from e2ecli.cli.values import Directory, Expiry, file_path
from e2ecli.errors import UsageError
from e2ecli.keyring.identities import COSTS

LOCKING = ("kdf", "passphrase_fd", "passphrase_file")
"""Parameters that say how a new identity is locked."""


def identity_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what a new identity needs beside its name: petname, address, expiry, and how it is locked."""
    for option in (
        click.option("--no-passphrase", is_flag=True, help="Store the secret keys in the clear."),
        kdf_option,
        click.option(
            "--expires",
            type=Expiry(),
            metavar="DURATION",
            help="How long the card is good: 2y, or never.",
        ),
        click.option("--email", metavar="ADDRESS", help="An e-mail address for the card."),
        click.option("--name", "petname", metavar="PETNAME", help="What the keyring calls it."),
    ):
        function = option(function)
    return function


def check_nothing_to_lock(*parameters: str) -> None:
    """Check that no option says how to lock what --no-passphrase leaves unlocked: it would be ignored.

    Raises:
        UsageError: one of the parameters was given.
    """
    context: click.Context | None = click.get_current_context()
    while context is not None:
        for name in parameters:
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise UsageError(f"--no-passphrase and --{name.replace('_', '-')} don't go together")
        context = context.parent


def kdf_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--kdf`."""
    return click.option(
        "--kdf", type=click.Choice(list(COSTS)), default="moderate", help="How hard a passphrase is to try."
    )(function)


def output_options(*, directory: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `-o FILE`, `-f`, and (unless `directory` is False) `-d DIR`."""
    path = file_path()

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option("-f", "--force", "overwrite", is_flag=True, help="Overwrite what exists.")(
            function
        )
        if directory:
            function = click.option(
                "-d",
                "--directory",
                type=Directory(),
                metavar="DIR",
                help="Write into DIR, one result a file.",
            )(function)
        return click.option("-o", "--output", type=path, metavar="FILE", help="Write to FILE; - is stdout.")(
            function
        )

    return decorate
