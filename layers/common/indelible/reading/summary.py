"""Summaries: how many events each day has, and which actions are the most frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..chain.order import Order
from ..filters import Filters
from ..index.lag import Lag
from ..matching.selectable import read_selectable
from ..times import SECOND, format_time
from .budget import Budget
from .listing import begin_list, time_before
from .named_records import FETCHED_TOGETHER
from .reader import Reader
from .scan import Scan

NEWEST = 10_000
"""Matching events that a summary counts, at most: the newest ones."""

MOST_FREQUENT = 10
"""Actions that a summary names, at most."""

_DAY = 24 * 60 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class Summary:
    """The events of each day in UTC, oldest day first, and the most frequent actions.

    `newest` is the number of events that were counted. If not `is_complete`, there may be older
    ones: before the first day of `days`, or on that day.
    """

    days: Sequence[tuple[str, int]]
    actions: Sequence[tuple[str, int]]
    newest: int
    is_complete: bool

    @property
    def as_json(self) -> dict[str, object]:
        """The summary as `Summary` in openapi.yaml has it."""
        return {
            "days": [{"date": date, "events": events} for date, events in self.days],
            "actions": [{"action": action, "events": events} for action, events in self.actions],
            "newest": self.newest,
            "complete": self.is_complete,
        }


def summarize(
    reader: Reader, workspace_id: str, filters: Filters, days: int, now: int, budget: Budget
) -> Summary:
    """The summary of the matching events of the last `days` days, which end with that of `now`.

    Counts NEWEST events at most, and fewer if the budget is spent first. Raises as `list_events`
    does.
    """
    filters = _within(filters, days, now)
    if filters.start > filters.end:
        return Summary((), (), 0, is_complete=True)
    lag = Lag(narrow=reader.index.geometry.narrow)
    scan = Scan(reader, workspace_id, filters, Order.DESC, budget, lag, FETCHED_TOGETHER)
    begin = begin_list(scan)
    left, newest = (begin.first, begin.last), 0
    by_day, by_action = Counter[str](), Counter[str]()
    for sequence, opened in scan.matches(left):
        if opened is not None:
            if newest == NEWEST:
                break
            event = read_selectable(opened.record(sequence))
            by_day[_date(event.created_at)] += 1
            by_action[event.action] += 1
            newest += 1
            scan.wanted = FETCHED_TOGETHER
        left = scan.order.after(left, (sequence, sequence))
    is_complete = left[0] > left[1]
    oldest = filters.start if is_complete else time_before(scan, left)
    first = min([_date(format_time(oldest)), *by_day])
    dates = [date for date in _dates(filters) if date >= first]
    actions = sorted(by_action.items(), key=lambda each: (-each[1], each[0]))
    return Summary(
        [(date, by_day[date]) for date in dates], actions[:MOST_FREQUENT], newest, is_complete
    )


def _within(filters: Filters, days: int, now: int) -> Filters:
    """The filters, for events of these days only."""
    today = now // _DAY
    start, end = (today - days + 1) * _DAY, (today + 1) * _DAY - 1
    return replace(filters, start=max(filters.start, start), end=min(filters.end, end))


def _dates(filters: Filters) -> list[str]:
    """Each day of the filters, oldest first."""
    days = range(filters.start // _DAY * _DAY, filters.end + 1, _DAY)
    return [_date(format_time(day)) for day in days]


def _date(time: str) -> str:
    return time.partition("T")[0]
