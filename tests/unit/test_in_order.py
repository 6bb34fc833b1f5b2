"""Work side by side: results in the order of their jobs, in a bounded window, and no thread left behind."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from e2ecli.errors import E2EError
from e2ecli.in_order import run_in_order

WINDOW = 4


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("count", [0, 1, 2, 3, WINDOW, WINDOW + 1, 100])
def test_results_come_in_the_order_of_their_jobs(count: int) -> None:
    assert list(run_in_order(range(count), square, WINDOW)) == [number * number for number in range(count)]


def test_a_job_that_takes_longer_does_not_lose_its_place() -> None:
    """The first job ends only after the third has."""
    third_done = threading.Event()

    def work(number: int) -> int:
        if number == 2:
            third_done.set()
        if number == 0:
            assert third_done.wait(timeout=60)
        return number

    assert list(run_in_order(range(3), work, WINDOW, threads=2)) == [0, 1, 2]


def test_a_single_job_is_worked_on_the_spot() -> None:
    assert list(run_in_order([0], lambda _job: threading.get_ident(), WINDOW)) == [threading.get_ident()]


def test_the_caller_works_and_others_beside_it() -> None:
    """Each of the first two jobs ends only once both have begun."""
    both = threading.Barrier(2, timeout=60)

    def work(number: int) -> int:
        if number < 2:
            both.wait()
        return threading.get_ident()

    threads = list(run_in_order(range(2), work, WINDOW, threads=2))
    assert threading.get_ident() in threads
    assert len(set(threads)) == 2


def test_with_one_thread_the_caller_does_everything() -> None:
    threads = run_in_order(range(20), lambda _job: threading.get_ident(), WINDOW, threads=1)
    assert set(threads) == {threading.get_ident()}


def test_an_interruption_of_the_callers_own_work_is_raised_at_once() -> None:
    """With nobody beside it, the caller works on the third job and begins no fourth."""
    begun = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise KeyboardInterrupt
        return number

    results = run_in_order(range(20), work, WINDOW, threads=1)
    with pytest.raises(KeyboardInterrupt):
        list(results)
    assert begun == [0, 1, 2]


def failing_from(number: int) -> Iterator[int]:
    """Results of jobs that fail from one on, each with its own number."""

    def work(job: int) -> int:
        if job >= number:
            raise E2EError(f"job {job}")
        return job

    return run_in_order(range(20), work, WINDOW, threads=2)


@pytest.mark.parametrize("number", [0, 1, 2, WINDOW, WINDOW + 1, 19])
def test_the_first_error_ends_it_after_the_results_before(number: int) -> None:
    results = failing_from(number)
    assert [next(results) for _job in range(number)] == list(range(number))
    with pytest.raises(E2EError, match=rf"^job {number}$"):
        next(results)


def test_an_error_of_a_single_job_is_raised() -> None:
    def work(job: int) -> int:
        raise E2EError(f"job {job}")

    with pytest.raises(E2EError, match="job 7"):
        next(run_in_order([7], work, WINDOW))


class Jobs:
    """Endless jobs that count how many were taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        while True:
            self.taken += 1
            yield self.taken


def test_as_many_jobs_are_taken_as_the_window_holds() -> None:
    jobs = Jobs()
    results = run_in_order(jobs, square, WINDOW)
    for consumed in range(20):
        next(results)
        assert jobs.taken == consumed + WINDOW


def test_a_consumer_who_goes_away_stops_the_work_and_its_threads() -> None:
    threads = set(threading.enumerate())
    jobs = Jobs()
    results = run_in_order(jobs, square, WINDOW, threads=2)
    next(results)
    results.close()
    patience = time.monotonic() + 60
    while not threads.issuperset(threading.enumerate()):
        assert time.monotonic() < patience, "the threads went on"
        time.sleep(0.01)
    assert list(results) == []
    assert jobs.taken == WINDOW


def test_a_consumer_who_closes_it_can_have_it_wait_for_the_jobs_in_work() -> None:
    threads = set(threading.enumerate())
    begun, ended = [], []

    def work(number: int) -> None:
        begun.append(number)
        time.sleep(0.02)
        ended.append(number)

    results = run_in_order(range(100), work, WINDOW, threads=2, waits_when_closed=True)
    next(results)
    results.close()
    assert set(ended) == set(begun)
    assert threads.issuperset(threading.enumerate())


def test_an_error_in_the_making_of_jobs_is_raised_and_stops_the_threads() -> None:
    threads = set(threading.enumerate())

    def jobs() -> Iterator[int]:
        yield from range(WINDOW)
        raise E2EError("no more jobs")

    with pytest.raises(E2EError, match="no more jobs"):
        list(run_in_order(jobs(), square, WINDOW, threads=2))
    assert threads.issuperset(threading.enumerate())


def test_a_failed_job_stops_the_threads() -> None:
    threads = set(threading.enumerate())
    with pytest.raises(E2EError):
        list(failing_from(3))
    assert threads.issuperset(threading.enumerate())


GIVEN_UP = """
import gc, threading
from e2ecli.in_order import run_in_order

helping, given_up, collected = threading.Event(), threading.Event(), threading.Event()

def work(job):
    if job and threading.current_thread() is threading.main_thread():
        helping.wait(60)
    elif job:
        helping.set()
        given_up.wait(60)
        gc.collect()
        collected.set()
    return job

gc.disable()
results = run_in_order(iter(range(100)), work, 4, threads=2)
next(results)
assert helping.wait(60)
cycle = [results]
cycle.append(cycle)
del results, cycle
given_up.set()
assert collected.wait(60)
"""


def test_work_that_was_given_up_may_be_collected_by_a_thread_that_did_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GIVEN_UP], check=False, capture_output=True, text=True, timeout=200
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("startable", [0, 1])
def test_where_no_more_threads_can_be_started_those_that_there_are_do_everything(
    startable: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def start_a_few(thread: threading.Thread) -> None:
        if len(started) == startable:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_a_few)
    assert list(run_in_order(range(9), square, WINDOW, threads=3)) == [number * number for number in range(9)]
    assert len(started) == startable
    assert not any(thread.is_alive() for thread in started)
