"""Verifying a chain in several processes. The result is that of one process, break for break.

To verify a segment, `verify` needs only the head before it, which the segment before states. So
parts of a chain can be verified side by side. This process reads the segments, hands them out in
batches, and returns their steps in order.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError, Thread
from typing import NamedTuple, Protocol

from ..chain.hashes import EMPTY, Head
from ..chain.segment import Damaged, Segment
from ..errors import IndelibleError
from .breaks import Step
from .kept_head import KeptHead
from .segments import verify

BATCH_BYTES = 256 * 1024
"""A batch ends with the segment that reaches this many stored bytes, about 2,000 records."""

BATCH_SEGMENTS = 256
"""Maximum segments of a batch, because a chain may have a segment for each record."""

_BATCHES_PER_PROCESS = 2
"""One that is verified, and one that waits. So memory is bounded, and no process has to wait."""


class Verify(Protocol):
    """A function that is called as `segments.verify`, and returns what it returns."""

    def __call__(
        self,
        workspace_id: str,
        segments: Iterable[Segment | Damaged],
        start: Head = EMPTY,
        kept: KeptHead | None = None,
    ) -> Iterator[Step]:
        """Check segments. Yields a step for each."""


class ProcessEnded(IndelibleError):
    """A process ended, or could not be started, so there is no verdict."""


class _Batch(NamedTuple):
    """Consecutive segments of a chain, the head before them, and the head to look for."""

    workspace_id: str
    segments: list[Segment | Damaged]
    start: Head
    kept: KeptHead | None


_Checked = tuple[list[Step], bytes | None]
"""The steps of a batch, and the event hash that it has at the sequence of the kept head."""


@contextmanager
def verifier(jobs: int) -> Iterator[Verify]:
    """`verify` for one job. For more, a function that verifies in so many processes.

    The processes start here and end with the context. They are new ones ("spawn") on every system:
    a fork would copy locks that threads hold, and the connections of AWS clients.
    """
    if jobs == 1:
        yield verify
        return
    context = get_context("spawn")
    all_started = context.Barrier(jobs)
    pool = ProcessPoolExecutor(jobs, context, _prepare, (all_started,))
    try:
        with _interrupts_held():
            _start(pool, jobs, all_started)
        yield partial(_verify, pool, jobs * _BATCHES_PER_PROCESS)
    finally:
        pool.shutdown(cancel_futures=True)


def _start(pool: ProcessPoolExecutor, jobs: int, all_started: Barrier) -> None:
    """Start the processes. ProcessEnded when the system refuses one."""
    try:
        for _ in range(jobs):
            pool.submit(os.getpid)  # starts a process, because none is free
    except (OSError, BrokenProcessPool) as error:
        all_started.abort()  # the others would wait for ever
        raise ProcessEnded(
            f"{jobs} processes could not be started ({error}). Use fewer --jobs."
        ) from None


def _verify(
    pool: ProcessPoolExecutor,
    at_most: int,
    workspace_id: str,
    segments: Iterable[Segment | Damaged],
    start: Head = EMPTY,
    kept: KeptHead | None = None,
) -> Iterator[Step]:
    """Do what `verify` does, with at most so many batches that are read and not yielded yet.

    ProcessEnded when a process ends meanwhile. Chains after that are verified in this process.
    """
    if not _is_usable(pool):
        yield from verify(workspace_id, segments, start, kept)
        return
    under_way = deque[Future[_Checked]]()
    try:
        for batch in _batches(workspace_id, segments, start, kept):
            if len(under_way) == at_most:
                yield from _take(under_way, kept)
            under_way.append(pool.submit(_check, batch))
        while under_way:
            yield from _take(under_way, kept)
    except BrokenProcessPool:
        raise ProcessEnded(
            "A process ended while it verified. Perhaps memory was short: use fewer --jobs."
        ) from None


def _is_usable(pool: ProcessPoolExecutor) -> bool:
    """Whether none of its processes has ended: a pool takes no work after that."""
    try:
        pool.submit(os.getpid)
    except BrokenProcessPool:
        return False
    return True


def _take(under_way: deque[Future[_Checked]], kept: KeptHead | None) -> list[Step]:
    """The steps of the oldest batch, once they are there."""
    steps, found = under_way.popleft().result()
    if kept and found:
        kept.note([(kept.sequence, [found])])
    return steps


def _batches(
    workspace_id: str, segments: Iterable[Segment | Damaged], head: Head, kept: KeptHead | None
) -> Iterator[_Batch]:
    batch, before, stored_bytes = list[Segment | Damaged](), head, 0
    for segment in segments:
        batch.append(segment)
        if isinstance(segment, Segment):
            head = segment.head
            stored_bytes += segment.stored_bytes
        if stored_bytes >= BATCH_BYTES or len(batch) == BATCH_SEGMENTS:
            yield _Batch(workspace_id, batch, before, kept and kept.unfound())
            batch, before, stored_bytes = [], head, 0
    if batch:
        yield _Batch(workspace_id, batch, before, kept and kept.unfound())


def _check(batch: _Batch) -> _Checked:
    """Verify a batch. This runs in one of the processes."""
    steps = [*verify(batch.workspace_id, batch.segments, batch.start, batch.kept)]
    return steps, batch.kept.found if batch.kept else None


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Deliver Ctrl-C only afterwards. Processes that start here never get it.

    A terminal sends it to all processes. Only this one is to end, and to end the others.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare(all_started: Barrier) -> None:
    """Prepare a new process: it ignores Ctrl-C, and ends when the one that started it is gone.

    It is free for work only when all have started. It ends when one could not be started.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has no other means
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        all_started.wait()
    except BrokenBarrierError:
        os._exit(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
