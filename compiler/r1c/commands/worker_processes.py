"""A function and many items -> the results in the order of the items, from several processes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from r1c.diagnostics import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_PROCESS = 32
"""Items for each process: fewer take less time than the start of a process."""
HANDED_OUT = 16
"""Maximum number of items that a process gets at a time, so that all end at about the same time."""


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], asked: int | None = None
) -> Iterator[Result]:
    """Yield what `work` makes of each item, in order; `asked` is the number of processes that the user wants.

    This process does the first item, so that on Linux the others are forked with its modules loaded.
    """
    jobs = min(asked or min(_processors(), len(items) // WORTH_A_PROCESS), len(items))
    if jobs <= 1:
        yield from map(work, items)
        return
    first = work(items[0])
    import multiprocessing
    import signal
    import sys
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    gc.freeze()
    # Since Python 3.14 the default on Linux is a process that imports r1c again. A fork is safe because r1c
    # has one thread; on other systems the system's own libraries may have more.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    chunk = min(HANDED_OUT, max(1, len(items) // (jobs * 4)))
    # Ctrl-C goes to every process of a terminal: the workers finish the file that they write, and say
    # nothing. They ignore it from their start, because this process ignores it while it starts them.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, context, signal.signal, deaf) as pool:
        before = signal.signal(*deaf)
        results = pool.map(work, items[1:], chunksize=chunk)
        signal.signal(signal.SIGINT, before)
        yield first
        try:
            yield from results
        except BrokenExecutor:
            raise UserError(
                "the system ended one of r1c's processes, perhaps because memory ran out; run it again with "
                "--jobs 1"
            ) from None


def _processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
