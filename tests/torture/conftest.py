"""The tools of the torture, and how much of it there is: `--torture` is all, without it a bounded part."""

from collections.abc import Callable, Iterator

import pytest

from tests.scenes.world import World
from tests.torture.bench import Bench, build_template
from tests.torture.commands import Command, name_of
from tests.torture.crashing import undisturbed
from tests.torture.faults import Call
from tests.torture.zygote import Zygote


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether everything was asked for."""
    return bool(request.config.getoption("--torture"))


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The process that runs the program in its children."""
    with Zygote() as zygote:
        yield zygote


@pytest.fixture(scope="session")
def template(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice and the others. To be copied, not used."""
    return build_template(zygote, tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def undisturbed_calls(
    zygote: Zygote, template: World, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Command], tuple[Call, ...]]:
    """Return the changing calls of a command to which nothing happens; each command runs once."""
    bench = Bench(zygote, template, tmp_path_factory.mktemp("undisturbed"))
    known: dict[str, tuple[Call, ...]] = {}

    def calls_of(command: Command) -> tuple[Call, ...]:
        name = name_of(command)
        if name not in known:
            known[name] = undisturbed(bench, command).calls
        return known[name]

    return calls_of


@pytest.fixture
def bench(zygote: Zygote, template: World, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Alice's keyring and table."""
    return Bench(zygote, template, tmp_path_factory.mktemp("bench"))
