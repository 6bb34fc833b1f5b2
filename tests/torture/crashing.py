"""What must hold of the keyring and the outputs after a fault, whatever forced it upon the program."""

from typing import NamedTuple

from tests.torture.bench import ZED, Bench, Facts, State
from tests.torture.commands import Command, name_of
from tests.torture.faults import Call, Kind
from tests.torture.zygote import Ended

DOCUMENTED = range(8)


class Undisturbed(NamedTuple):
    """What a command does when nothing goes wrong."""

    old: Facts
    new: Facts
    between: tuple[Facts, ...]
    old_files: set[str]
    new_files: set[str]
    calls: tuple[Call, ...]


def undisturbed(bench: Bench, command: Command) -> Undisturbed:
    """Run a command to its end, and see what that changes."""
    bench.reset()
    ended = bench.run_at(command.keyring, command.arguments(bench))
    assert ended.code == 0, ended
    calls = tuple(bench.calls)
    for name, whole in command.outputs.items():
        assert whole(bench, bench.table / name), f"{name} is not whole"
    old, new = _seen(bench, command, bench.old), _seen(bench, command, _look(bench, command))
    between = []
    for index in range(1, len(command.one_after_the_other)):
        done = command.one_after_the_other[:index]
        between.append(old | {thing: new[thing] for thing in done})
    return Undisturbed(old, new, tuple(between), bench.old_files, bench.keyring_files(), calls)


def check_survived(
    bench: Bench, command: Command, normal: Undisturbed, ended: Ended, kind: Kind, where: str
) -> None:
    """Check all that must hold after a command was struck."""
    state = _seen(bench, command, _look(bench, command))
    assert state in (normal.old, normal.new, *normal.between), f"{where}: neither the old state nor the new"
    present = _check_outputs(bench, command, where)
    if command.outputs and "keygen" in command.line and state == normal.new:
        assert present == len(command.outputs), f"{where}: there is an identity without its recovery words"
    if ended.code == 0:
        assert state == normal.new, f"{where}: success, and nothing was done"
        assert present == len(command.outputs), f"{where}: success, and no output"
    elif kind != "KILL":
        _check_words(ended, command, where)
        if kind != "EINTR":
            litter = [path for path in bench.world.root.rglob("*.e2e-tmp") if "unlink" not in where]
            assert not litter, f"{where}: it ended by itself, and left {litter}"
    _check_next_write(bench, command, normal, state, where)


def _check_outputs(bench: Bench, command: Command, where: str) -> int:
    """Check that each output is absent, or old, or whole; return how many are new."""
    present = 0
    for name, whole in command.outputs.items():
        path = bench.table / name
        if path.exists() and path.read_bytes() != b"what was here before":
            assert whole(bench, path), f"{where}: {name} is partial"
            present += 1
    for path in bench.world.table.rglob("*.e2e-tmp"):
        assert path.name.startswith("."), f"{where}: {path.name} is in the way"
    return present


def _check_words(ended: Ended, command: Command, where: str) -> None:
    assert ended.code in DOCUMENTED, f"{where}: {ended}"
    lines = ended.stderr.splitlines()
    assert 1 <= len(lines) <= 2 * max(1, len(command.outputs)), f"{where}: {ended.stderr}"
    assert lines[0].startswith("e2e: "), f"{where}: {ended.stderr}"
    for word in ("defect", "Traceback", "Error"):
        assert word not in ended.stderr, f"{where}: {ended.stderr}"


def _check_next_write(bench: Bench, command: Command, normal: Undisturbed, state: Facts, where: str) -> None:
    """Check that the next writes succeed, and tidy up what the crash left in the keyring."""
    for name in command.outputs:
        if (bench.table / name).exists() and not name.startswith("occupied"):
            (bench.table / name).unlink()
    if command.keyring is not None:
        again = bench.run_at(command.keyring, command.arguments(bench))
        assert (again.code == 0) == (state == normal.old), f"{where}, and again: {again}"
        return
    (zed,) = bench.run(ZED)
    assert zed.code == 0, f"{where}: nothing can be written any more: {zed}"
    if state == normal.old or command.same_again:
        (again,) = bench.run(command.arguments(bench))
        if state == normal.old:
            assert again.code == 0, f"{where}, and again: {again}"
            after = _seen(bench, command, bench.look())
            after.pop("contacts zed")
            assert after == normal.new, f"{where}: the second time did something else"
        files = {name for name in bench.keyring_files() if "zed" not in name}
        assert files == normal.new_files, f"{where}: there is litter: {sorted(files ^ normal.new_files)}"
    assert not bench.litter(), f"{where}: the next write left litter"


def _look(bench: Bench, command: Command) -> State:
    return bench.look(None if command.keyring is None else bench.table / command.keyring)


def _seen(bench: Bench, command: Command, state: State) -> Facts:
    if command.keyring is not None and state is bench.old:
        return {}
    facts = state.seen_from(bench.old)
    if command.one_after_the_other:  # which identity is the default follows from the rest
        facts = {thing: {**known, "default": None} for thing, known in facts.items()}
    return facts


def described(command: Command, kind: Kind, place: object) -> str:
    """Return where something went wrong, for a failure's text."""
    return f"{kind} at {place} of “{name_of(command)}”"
