"""A script that obeys sealed orders, between two machines, as cron calls it: exit codes alone decide."""

import shutil
from collections.abc import Callable

import pytest

from tests.scenes.world import HERE, World


@pytest.fixture
def machines(village: World, world: World) -> World:
    """Alice gives orders, Bob's machine obeys; Dave knows both, and Mallory is nobody's contact."""
    world.invite(village, ["alice", "bob", "dave", "mallory"])
    (world.table / "orders").mkdir()
    return world


def cron(machines: World, code: int = 0) -> dict[str, str]:
    """Let Bob's machine look for orders; return what it says of each."""
    script = shutil.copy(HERE / "orders.sh", machines.root)
    outcome = machines.run("bob", f"ORDERS=orders BOSS=alice sh {script}")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (code, b"", "")
    log = machines.table / "orders" / "log"
    return dict(line.split(": ") for line in log.read_text().splitlines()) if log.exists() else {}


def test_an_order_is_obeyed_and_answered(machines: World) -> None:
    machines.does("alice", "echo 'echo watered the garden' | e2e send -q bob -o orders/one.sealed")
    assert cron(machines) == {"one": "done"}
    answer = machines.does("alice", "e2e open -q --from bob orders/one.answer")
    assert answer == b"watered the garden\n"


def test_nothing_to_do_is_no_trouble(machines: World) -> None:
    assert cron(machines) == {}


def wrong(machines: World) -> None:
    machines.does("alice", "e2e send -q bob -o o.sealed <<< 'touch obeyed'")
    machines.does("mallory", "flip o.sealed $(($(size o.sealed) - 20)) > orders/it.sealed")


def late(machines: World) -> None:
    machines.does("alice", "e2e-on 2020-01-01 send -q bob -o orders/it.sealed <<< 'touch obeyed'")


def forged(machines: World) -> None:
    machines.does("mallory", "e2e send -q bob -o orders/it.sealed <<< 'touch obeyed'")


def from_another(machines: World) -> None:
    opened = "--passphrase-fd 3 3<<<'open sesame'"
    machines.does("dave", f"e2e send -q {opened} bob -o orders/it.sealed <<< 'touch obeyed'")


def unsigned(machines: World) -> None:
    machines.does("alice", "e2e send -q bob --anonymous -o orders/it.sealed <<< 'touch obeyed'")


def for_another(machines: World) -> None:
    machines.does("alice", "e2e send -q dave -o orders/it.sealed <<< 'touch obeyed'")


def no_message(machines: World) -> None:
    machines.does("mallory", "echo 'touch obeyed' > orders/it.sealed")


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (wrong, "damaged"),
        (late, "refused"),
        (forged, "refused"),
        (from_another, "refused"),
        (unsigned, "refused"),
        (for_another, "not for us"),
        (no_message, "damaged"),
    ],
)
def test_what_is_no_order_of_the_boss_is_not_obeyed(
    machines: World, attack: Callable[[World], None], said: str
) -> None:
    attack(machines)
    assert cron(machines) == {"it": said}
    assert not (machines.table / "obeyed").exists()


def test_an_order_that_comes_again_is_obeyed_once(machines: World) -> None:
    machines.does("alice", "e2e send -q bob -o orders/first.sealed <<< 'echo x >> obeyed'")
    machines.does("mallory", "cp orders/first.sealed orders/second.sealed")
    assert sorted(cron(machines).values()) == ["done", "refused"]
    machines.does("mallory", "cp orders/first.seen orders/third.sealed")
    assert cron(machines)["third"] == "refused"
    assert (machines.table / "obeyed").read_text() == "x\n"


def test_a_locked_machine_leaves_orders_for_later(village: World, machines: World) -> None:
    machines.does("alice", "e2e send -q dave -o orders/it.sealed <<< 'echo hello'")
    script = shutil.copy(HERE / "orders.sh", machines.root)
    obey = f"ORDERS=orders BOSS=alice sh {script}"
    assert machines.run("dave", obey).exit_code == 75
    assert (machines.table / "orders" / "it.sealed").exists()
    machines.does("dave", "e2e unlock -q --for 1m --passphrase-fd 3 3<<<'open sesame'")
    try:
        machines.does("dave", obey)
    finally:
        machines.does("dave", "e2e lock -q")
    assert (machines.table / "orders" / "it.answer").exists()
