"""The same work on many things, in worker processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2ecli.errors import E2EError, RecipientError
from e2ecli.operations.parallel import mapped

MANY = range(1000)


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(mapped(lambda item: item * 2, MANY)) == [item * 2 for item in MANY]


def test_few_items_are_worked_on_by_this_process() -> None:
    assert set(mapped(lambda _: os.getpid(), range(10))) == {os.getpid()}


@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one core only")
def test_many_items_are_worked_on_by_others() -> None:
    workers = set(mapped(lambda _: os.getpid(), MANY))
    assert len(workers) > 1
    assert os.getpid() not in workers


def test_an_error_of_a_worker_is_raised_with_its_hint(capfd: pytest.CaptureFixture[str]) -> None:
    def refuse(item: int) -> int:
        if item == 700:
            raise RecipientError("not this one", "take another")
        return item

    with pytest.raises(RecipientError, match="not this one") as caught:
        list(mapped(refuse, MANY))
    assert caught.value.hint == "take another"
    assert capfd.readouterr().err == ""


def test_a_defect_in_a_worker_is_raised_as_itself_and_printed_nowhere(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        list(mapped(lambda item: 1 // (item - 700), MANY))
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one core only")
def test_a_worker_that_is_killed_ends_in_an_error() -> None:
    def die(item: int) -> int:
        if item == 700:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(E2EError, match="ended too early"):
        list(mapped(die, MANY))


def test_results_that_nobody_takes_leave_no_process_behind() -> None:
    results = mapped(lambda item: item, MANY)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]  # a generator
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one core only")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_quietly_with_their_parent(ending: signal.Signals) -> None:
    script = (
        "import os, time, sys; from e2ecli.operations.parallel import mapped;"
        "results = mapped(lambda item: (os.getpid(), b'x' * 100_000), range(1000));"
        "print(next(results)[0], flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    if ending is signal.SIGKILL:
        parent.kill()
    else:
        os.killpg(parent.pid, ending)
    _, said = parent.communicate(timeout=60)
    assert said == b""
    deadline = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < deadline, "a worker went on"
        time.sleep(0.05)
