"""Finds the newest published run. The locked bucket decides which it is, never the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..checkpoints.object_keys import run_key
from ..checkpoints.published_run import PublishedRun, read_published_run
from ..errors import Contradiction, Unreadable
from .ports import LockedBucket


def find_newest_run(bucket: LockedBucket, guess: int) -> PublishedRun | None:
    """The newest run in the bucket; None if there is none.

    `guess` is its number or the next one, if the table is right: then this reads two or three
    objects. Runs have no gap, so a wrong guess takes a few reads more for each doubling of its
    error. Raises Contradiction when the newest run is not one that covering has published.
    """

    @cache
    def find(number: int) -> bytes | None:
        return bucket.read(run_key(number))

    low = max(guess, 0)
    while low and find(low) is None:
        low = low - 1 if low == guess else low // 2
    step = 1
    while find(low + step) is not None:
        low, step = low + step, step * 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if find(middle) is None else (middle, high)
    return _read(find(low), low) if low else None


def read_run(bucket: LockedBucket, number: int) -> PublishedRun:
    """What the run with this number published. Raises Contradiction if there is none."""
    return _read(bucket.read(run_key(number)), number)


def read_runs(bucket: LockedBucket, numbers: Sequence[int]) -> list[PublishedRun]:
    """The same of several runs, which are read at the same time."""
    found = bucket.read_many([run_key(each) for each in numbers])
    return [_read(found.get(run_key(each)), each) for each in numbers]


def _read(encoded: bytes | None, number: int) -> PublishedRun:
    if encoded is None:
        raise Contradiction(f"Run {number} is gone from the bucket of checkpoints.")
    try:
        run = read_published_run(encoded)
    except Unreadable as error:
        raise Contradiction(f"The object of run {number} is not one: {error}") from None
    if run.number != number:
        raise Contradiction(f"The object of run {number} holds run {run.number}.")
    return run
