"""Limits: what a workspace may use, and what a request uses of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MOST_REQUESTS_PER_MINUTE = 999_999
MOST_EVENTS_PER_MONTH = MOST_BYTES_PER_MINUTE = MOST_REPEATS_PER_MINUTE = 10**12
"""What can be counted: more than one chain ever takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace may use."""

    requests_per_minute: int = 6_000
    events_per_month: int = 10_000_000
    bytes_per_minute: int = 128 * 1024 * 1024
    repeats_per_minute: int = 1_000


class Charge(NamedTuple):
    """What a request uses of the limits, besides being one request.

    `events` are new to the workspace. `bytes` are those of all events that will be sent, as JSON.
    `repeats` are events that were first sent more than five minutes before: the writer has to read
    to find them in the chain.
    """

    events: int
    bytes: int = 0
    repeats: int = 0
