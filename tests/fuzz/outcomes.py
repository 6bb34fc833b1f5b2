"""What may come of hostile input: a result, or an error of the program's own with a defined exit code."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from e2ecli.errors import E2EError

Result = TypeVar("Result")

STRANGERS: Final = frozenset({3, 4, 5, 7})
"""How input from strangers may end (invariant 9 of the design)."""

KEYRINGS: Final = frozenset({1})
"""How a damaged file of the keyring ends: it is the keyring's fault, and nobody's message."""

USAGE: Final = frozenset({2})
"""How a wrong option or argument ends."""


class UndefinedOutcomeError(AssertionError):
    """Something came of an input that must not come of any."""


class Refusal(NamedTuple):
    """An error that may be."""

    error: E2EError


def outcome(act: Callable[[], Result], codes: frozenset[int] = STRANGERS) -> Result | Refusal:
    """What `act` returns, or its refusal with one of the exit codes; any other exception passes through.

    Raises:
        UndefinedOutcomeError: it is refused with another exit code.
    """
    try:
        return act()
    except E2EError as error:
        if error.exit_code not in codes:
            raise UndefinedOutcomeError(f"{type(error).__name__}: exit code {error.exit_code}") from error
        return Refusal(error)
