"""The same work on many things, on all cores: worker processes, since most of it holds the interpreter."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from e2ecli.errors import E2EError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")

_LEAST_FOR_A_WORKER = 256
"""A process takes some milliseconds to start: fewer items are done sooner without."""

_BATCH = 64

_ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def mapped(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield what `function` makes of each item, in order.

    Each core takes a share of the items where there are many; what it makes of them must be picklable.

    Raises:
        E2EError: a worker was killed; besides, whatever `function` raises.
    """
    processes = min(os.cpu_count() or 1, len(items) // _LEAST_FOR_A_WORKER)
    if processes < 2:
        yield from map(function, items)
        return
    import multiprocessing  # noqa: PLC0415  # takes a while to import

    # The workers are forked: they see this process's items and clock without any being copied to them.
    context = multiprocessing.get_context("fork")
    batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
    workers: list[Any] = []
    pipes: list[Connection] = []
    try:
        for place in range(processes):
            receiving, sending = context.Pipe(duplex=False)
            pipes.append(receiving)
            arguments = (function, batches[place::processes], sending, tuple(pipes))
            worker = context.Process(target=_work, args=arguments, daemon=True)
            workers.append(worker)
            with _undisturbed():
                worker.start()
            sending.close()
        for place in range(len(batches)):
            yield from _received(pipes[place % processes])
    finally:
        for worker in workers:
            if worker.pid is not None:
                worker.kill()
                worker.join()
        for pipe in pipes:
            pipe.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back while a worker starts, which would handle them as this process does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    function: Callable[[Item], Result],
    batches: Sequence[Sequence[Item]],
    sending: "Connection",
    receiving: "Sequence[Connection]",
) -> None:
    """Send what `function` makes of each batch, or the error that ended the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    for ending in _ENDING - {signal.SIGINT}:
        signal.signal(ending, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    for pipe in receiving:  # a worker that held them would never learn that its parent is gone
        pipe.close()
    with closing(sending):
        try:
            for batch in batches:
                sending.send([function(item) for item in batch])
        except BrokenPipeError:
            os._exit(1)
        except Exception as error:  # noqa: BLE001  # raised again by the parent, for whoever expects it
            sending.send(error)


def _received(receiving: "Connection") -> list[Any]:
    try:
        batch = receiving.recv()
    except EOFError:
        raise E2EError("a worker process ended too early", "is the machine out of memory?") from None
    if isinstance(batch, Exception):
        raise batch
    return batch  # type: ignore[no-any-return]  # lists and exceptions are all that a worker sends
