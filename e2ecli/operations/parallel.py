"""The same work on many things, on all cores: worker processes, since most of it holds the interpreter."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from e2ecli.errors import E2EError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")

_LEAST_FOR_A_WORKER = 256
"""A process takes some milliseconds to start: fewer items are done sooner without."""

_BATCH = 64


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
    workers, pipes = [], []
    for place in range(processes):
        receiving, sending = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(function, batches[place::processes], sending))
        worker.daemon = True
        worker.start()
        sending.close()
        workers.append(worker)
        pipes.append(receiving)
    try:
        for place in range(len(batches)):
            yield from _received(pipes[place % processes])
    finally:
        for worker, pipe in zip(workers, pipes, strict=True):
            worker.kill()
            worker.join()
            pipe.close()


def _work(
    function: Callable[[Item], Result], batches: Sequence[Sequence[Item]], sending: "Connection"
) -> None:
    """Send what `function` makes of each batch, or the error that ended the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    with closing(sending):
        try:
            for batch in batches:
                sending.send([function(item) for item in batch])
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
