"""Whatever instant a command is stopped at, the keyring is the old one or the new one (invariant 7)."""

import itertools

import pytest

from tests.torture.bench import Bench
from tests.torture.commands import COMMANDS, Command, name_of
from tests.torture.crashing import check_survived, described, undisturbed
from tests.torture.extent import mostly_torture
from tests.torture.faults import ERRORS, Fault, Kind

KILLED = (
    "keygen Zoe --no-passphrase --recovery-file zoe.words",
    "import --replace --name bob mallory.card",
    "contacts rename bob robert",
    "contacts remove eve",
    "keys revoke alice --reason superseded --successor spare --yes",
    "keys default spare",
    "groups forget team --before 2",
    "groups leave club",
    "open letter.sealed -o out",
    "send bob letter -o occupied -f",
)
FAILING = (
    "keygen Zoe --no-passphrase --recovery-file zoe.words",
    "open letter.sealed -o out",
)


@pytest.mark.parametrize("command", mostly_torture(COMMANDS, KILLED, name_of))
def test_a_command_that_is_killed_at_any_change_leaves_the_old_state_or_the_new(
    bench: Bench, command: Command
) -> None:
    strike_everywhere(bench, command, ["KILL"])


@pytest.mark.parametrize("command", mostly_torture(COMMANDS, FAILING, name_of))
def test_a_change_that_fails_ends_in_a_clear_line_and_the_old_state_or_the_new(
    bench: Bench, command: Command, full: bool
) -> None:
    if full:
        for kind in ERRORS:
            strike_everywhere(bench, command, [kind])
    else:
        strike_everywhere(bench, command, ERRORS)


def strike_everywhere(bench: Bench, command: Command, kinds: "list[Kind] | tuple[Kind, ...]") -> None:
    """Run a command once for each of its changes, and strike there; the kinds take turns."""
    normal = undisturbed(bench, command)
    for at, kind in zip(itertools.count(1), itertools.cycle(kinds)):
        bench.reset()
        ended = bench.run_at(command.keyring, command.arguments(bench), Fault(kind, at))
        where = described(command, kind, f"change {at}")
        if not bench.struck:
            assert at > 1, "nothing was changed at all"
            return
        check_survived(bench, command, normal, ended, kind, where)
