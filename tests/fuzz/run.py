"""One target under atheris: `python -m tests.fuzz.run TARGET [OPTION OF LIBFUZZER…]`."""

import sys
from functools import lru_cache

import atheris

with atheris.instrument_imports(include=["e2ecli"]):
    from e2ecli.operations import senders, workspace
    from e2ecli.operations.cards import read_stored_card
    from tests.fuzz.targets import TARGETS


def remember_cards() -> None:
    """Read each of the keyring's own cards once: it depends on nothing else, and tracing makes it slow."""
    reading = lru_cache(1000)(read_stored_card)
    vars(workspace)["read_stored_card"] = vars(senders)["read_stored_card"] = reading


def main() -> None:
    target = TARGETS[sys.argv[1]]
    remember_cards()

    def run(data: bytes) -> None:
        target.run(data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
