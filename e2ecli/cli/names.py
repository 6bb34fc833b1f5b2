"""Names that a shell completes: petnames, groups and identities, as the keyring's file names say."""

from collections.abc import Callable
from typing import Any

import click

from e2ecli.cli.invocation import keyring_directory
from e2ecli.errors import E2EError
from e2ecli.keyring.directory import KeyringDirectory
from e2ecli.operations.workspace import Workspace

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def contacts(workspace: Workspace) -> list[str]:
    """Return the contacts' petnames."""
    return workspace.contacts.petnames()


def groups(workspace: Workspace) -> list[str]:
    """Return the names of the groups."""
    return workspace.groups.names()


def identities(workspace: Workspace) -> list[str]:
    """Return the names of your own identities."""
    return workspace.identities.names()


def everybody(workspace: Workspace) -> list[str]:
    """Return all names that a message can go to."""
    return [*contacts(workspace), *groups(workspace), "me"]


def cards(workspace: Workspace) -> list[str]:
    """Return all names that have a card."""
    return [*identities(workspace), *contacts(workspace)]


def known_to(family: str, context: click.Context) -> list[str]:
    """Return the names of what a family of commands is about."""
    listed = {"contacts": contacts, "groups": groups, "keys": identities}
    return listed[family](_workspace(context))


def completing(names: Callable[[Workspace], list[str]], *, separated: bool = False) -> Complete:
    """Return what completes an argument; `separated` takes several names with commas between them."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
        before, comma, beginning = incomplete.rpartition(",") if separated else ("", "", incomplete)
        given = set(before.split(","))
        try:
            found = names(_workspace(context))
        except E2EError:  # a shell that completes is no place for messages
            return []
        return [
            f"{before}{comma}{name}" for name in found if name.startswith(beginning) and name not in given
        ]

    return complete


def _workspace(context: click.Context) -> Workspace:
    return Workspace(KeyringDirectory(keyring_directory(context)), _no_clock, _NoPassphrases())


class _NoPassphrases:
    """Completion asks for nothing."""

    attempts = 0

    def existing(self, identity: str) -> Any:
        """Refuse: nothing that completion looks at is locked."""
        raise E2EError(f"nothing is asked while {identity} is completed")

    new = existing


def _no_clock() -> Any:
    raise E2EError("completion looks at no clock")
