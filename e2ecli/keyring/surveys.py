"""Reading all files of one kind: one that is damaged doesn't hide the others."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from e2ecli.errors import KeyringError
from e2ecli.keyring.directory import OpenToOthersError, VanishedError
from e2ecli.records import Record

Item = TypeVar("Item")


class Survey(Record, Generic[Item]):
    """What could be read, and by their names the errors of what couldn't."""

    found: list[Item]
    damaged: dict[str, KeyringError]

    def check(self) -> None:
        """Check that everything could be read: for whoever looked for something, and found it nowhere.

        Raises:
            KeyringError: something couldn't, and might have been it.
        """
        for error in self.damaged.values():
            raise KeyringError(error.message, error.hint) from error


def survey(names: Iterable[str], read: Callable[[str], Item | None]) -> Survey[Item]:
    """Read all that have a name; None is nothing.

    Raises:
        OpenToOthersError: others have access to one, which nobody should get used to.
        VanishedError: one was removed meanwhile.
    """
    found: list[Item] = []
    damaged: dict[str, KeyringError] = {}
    for name in names:
        try:
            item = read(name)
        except (OpenToOthersError, VanishedError):
            raise
        except KeyringError as error:
            damaged[name] = error
        else:
            found += [] if item is None else [item]
    return Survey(found, damaged)
