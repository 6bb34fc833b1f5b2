"""The same as `test_crashes`, by strace at the system calls of the real program."""

import pytest

from tests.torture import strace
from tests.torture.bench import Bench
from tests.torture.commands import COMMANDS, Command, name_of
from tests.torture.crashing import check_survived, described, undisturbed
from tests.torture.extent import mostly_torture
from tests.torture.faults import KINDS, Kind

pytestmark = pytest.mark.skipif(strace.why_not() is not None, reason=strace.why_not() or "")
BRIEF = ("open letter.sealed -o out",)


@pytest.mark.parametrize("kind", mostly_torture(KINDS, ("KILL",), str))
@pytest.mark.parametrize("command", mostly_torture(COMMANDS, BRIEF, name_of))
def test_a_fault_at_any_system_call_leaves_the_old_state_or_the_new(
    bench: Bench, command: Command, kind: Kind
) -> None:
    normal = undisturbed(bench, command)
    bench.reset()
    points = strace.points(bench, command)
    assert len(points) >= 3
    for point in points:
        bench.reset()
        ended = strace.struck(bench, command, kind, point)
        check_survived(bench, command, normal, ended, kind, described(command, kind, point))
