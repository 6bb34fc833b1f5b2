"""Work on many things side by side, its results in the order of the things.

`concurrent.futures` does as much, but takes longer to import than a long file's header takes to seal.
"""

import os
import threading
from _queue import Empty, SimpleQueue
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from itertools import chain, islice
from typing import Generic, TypeVar

_PATIENCE_SECONDS = 30
"""No job takes as long, and whoever gives work up shall not wait for ever."""

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Task(Generic[Job, Result]):
    """A job, and what came of it once it is done."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._unfinished = allocate_lock()
        self._unfinished.acquire()
        self._result: list[Result] = []
        self._failure: Exception | None = None

    def do(self, work: Callable[[Job], Result]) -> None:
        """Do the job, and keep its result or its failure."""
        try:
            self._result.append(work(self._job))
        except Exception as failure:  # noqa: BLE001  # raised again by `result`, for whoever expects it
            self._failure = failure
        finally:
            self._unfinished.release()

    @property
    def is_done(self) -> bool:
        """Whether `result` returns at once."""
        return not self._unfinished.locked()

    def result(self) -> Result:
        """Wait for the job, and return its result or raise its failure."""
        with self._unfinished:
            if self._failure is not None:
                raise self._failure
            return self._result.pop()


class _Team(Generic[Job, Result]):
    """Threads that work, beside the one that has made them and works too while it waits."""

    def __init__(self, work: Callable[[Job], Result], helpers: int) -> None:
        self._work = work
        self._waiting: SimpleQueue[_Task[Job, Result] | None] = SimpleQueue()
        self._helpers: list[threading.Thread] = []
        with suppress(RuntimeError):  # where no more threads may be: those that there are do everything
            for _ in range(helpers):
                helper = threading.Thread(target=self._help, daemon=True)
                helper.start()
                self._helpers.append(helper)

    def _help(self) -> None:
        while (task := self._waiting.get()) is not None:
            task.do(self._work)

    def give(self, job: Job) -> _Task[Job, Result]:
        """Let a job be done by whoever is free."""
        task = _Task[Job, Result](job)
        self._waiting.put(task)
        return task

    def result(self, task: _Task[Job, Result]) -> Result:
        """Return the result of a task, working on others until somebody has done it, or on itself."""
        with suppress(Empty):
            while not task.is_done:
                waiting = self._waiting.get_nowait()
                if waiting is not None:
                    waiting.do(self._work)
        return task.result()

    def dismiss(self, *, waits: bool) -> None:
        """Forget the tasks that nobody has begun and let the threads end, which is waited for, or not."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait()
        for _ in self._helpers:
            self._waiting.put(None)
        if waits:
            for helper in self._helpers:
                helper.join(_PATIENCE_SECONDS)


def run_in_order(
    jobs: Iterable[Job],
    work: Callable[[Job], Result],
    window: int,
    *,
    threads: int | None = None,
    waits_when_closed: bool = False,
) -> Generator[Result, None, None]:
    """Yield `work(job)` for each job, in order, with no more than `window` jobs in work at a time.

    The calling thread takes the jobs, and works on them as well where it would wait for others to: in all
    there are `threads`, or as many as there are cores. A single job is worked on the spot: short messages
    pay for no threads. The first job that fails, in their order, ends it.

    Who closes it before its end has it wait for the jobs in work with `waits_when_closed`, and must see to it
    then that it is closed: without, they go on for a while, whose results nobody gets.

    Raises:
        Exception: whatever `work` or the taking of a job raises.
    """
    jobs = iter(jobs)
    beginning = list(islice(jobs, 2))
    if len(beginning) < 2:
        yield from map(work, beginning)
        return
    team = _Team(work, min(threads or os.cpu_count() or 1, window) - 1)
    pending: deque[_Task[Job, Result]] = deque()
    waits = True
    try:
        for job in chain(beginning, jobs):
            pending.append(team.give(job))
            if len(pending) == window:
                yield team.result(pending.popleft())
        while pending:
            yield team.result(pending.popleft())
    except GeneratorExit:
        # What nobody closes may be collected within any call of any thread, also of one that would then wait
        # for itself.
        waits = waits_when_closed
        raise
    finally:
        team.dismiss(waits=waits)
