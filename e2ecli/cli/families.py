"""Families of commands, such as `e2e contacts`, which know what somebody meant who mistyped."""

import click

from e2ecli.errors import E2EError, UsageError
from e2ecli.nearness import nearest

FAMILIES = frozenset({"contacts", "groups", "keys"})

_OTHER_WORDS = {
    "contacts": {"delete": "remove", "rm": "remove", "move": "rename", "mv": "rename", "new": "add"},
    "groups": {"new": "create", "make": "create", "delete": "leave", "rm": "leave", "update": "share"},
    "keys": {"renew": "rotate", "restoration": "restore", "password": "passphrase"},
}
_EVERYWHERE = {"ls": "list", "view": "show", "info": "show", "get": "show"}
_ELSEWHERE = {
    "contacts": {"import": "import", "export": "export", "trust": "contacts verify"},
    "groups": {"import": "import", "members": "groups show"},
    "keys": {
        "generate": "keygen",
        "create": "keygen",
        "new": "keygen",
        "add": "keygen",
        "delete": "keys revoke",
        "remove": "keys revoke",
        "export": "export",
        "import": "import",
        "unlock": "unlock",
        "lock": "lock",
    },
}
"""What other programs call it, and where it is here."""


class Family(click.Group):
    """A group of commands on one kind of thing."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name.

        Raises:
            UsageError: there is none, unless a shell only completes.
        """
        command = super().get_command(ctx, cmd_name)
        if command is None and not ctx.resilient_parsing:
            message = f"there is no command “{self.name} {cmd_name}”"
            raise UsageError(message, self._hint(ctx, cmd_name))
        return command

    def _hint(self, context: click.Context, word: str) -> str:
        family = self.name or ""
        meant = _OTHER_WORDS[family].get(word) or _EVERYWHERE.get(word)
        if meant is None and word in _ELSEWHERE[family]:
            return f"did you mean e2e {_ELSEWHERE[family][word]}?"
        if meant is None and self._is_known(context, word):
            meant = f"show {word}"
        if meant is None:
            meant = nearest(word, self.commands)
        return (
            f"e2e {family} --help lists the commands"
            if meant is None
            else f"did you mean e2e {family} {meant}?"
        )

    def _is_known(self, context: click.Context, word: str) -> bool:
        """Whether the word is the name of a contact, group or identity."""
        from e2ecli.cli.names import known_to  # noqa: PLC0415  # only where somebody mistyped

        try:
            return word in known_to(self.name or "", context)
        except E2EError:  # what is wrong with the keyring is not what is wrong with the command
            return False
