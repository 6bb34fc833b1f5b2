"""Many calls at once against one keyring and one agent: each succeeds or ends in a defined code."""

import itertools
from pathlib import Path

from tests.scenes.world import World, finish

CALLS = (
    "echo {n} | e2e send -q alice -o to-alice.{n}",
    "e2e open -q letter -o from-alice.{n}",
    "e2e open -q --once letter -o once.{n}",
    "e2e contacts rename alice alice && e2e contacts list",
)


def test_calls_at_once_disturb_each_other_in_no_way(village: World, world: World, torture: bool) -> None:
    world.invite(village, ["alice", "dave"])
    world.does("alice", "echo hello | e2e send -q dave -o letter")
    world.does("dave", "e2e unlock -q --for 10m --passphrase-fd 3 3<<<'open sesame'")
    try:
        count = 200 if torture else 16
        calls = list(itertools.islice(itertools.cycle(CALLS), count))
        started = [world.start("dave", call.format(n=number)) for number, call in enumerate(calls)]
        outcomes = [finish(process) for process in started]
    finally:
        world.does("dave", "e2e lock -q")
    assert {outcome.exit_code for outcome in outcomes} <= {0, 1, 5}, outcomes
    opened = sorted(Path(world.table).glob("from-alice.*"))
    assert len(opened) == calls.count(CALLS[1])
    assert {path.read_text() for path in opened} == {"hello\n"}
    assert len(list(Path(world.table).glob("once.*"))) == 1
    for sealed in Path(world.table).glob("to-alice.*"):
        assert world.does("alice", f"e2e open -q {sealed.name}").decode() == f"{sealed.suffix[1:]}\n"
    assert len(list(Path(world.table).glob("to-alice.*"))) == calls.count(CALLS[0])
    assert world.litter() == []
