"""A summary counts what a plain list has: by day and by action, newest events first."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.filters import Filters, read_filters
from indelible.reading import summary
from indelible.reading.budget import Budget
from indelible.reading.summary import NEWEST, Summary, summarize
from indelible.times import format_time
from support.builders import NOON, SECOND, WORKSPACE, records_of
from support.examples import examples
from support.reading import plenty, reader_of
from support.small_index import Indexed, chain_of, events_at
from unit import query_oracle

DAY = 24 * 3_600 * SECOND
MIDNIGHT = NOON - DAY // 2
"""2026-11-23 begins."""


def summed(
    indexed: Indexed, days: int = 30, now: int = NOON, filters: Filters | None = None
) -> Summary:
    return summarize(indexed.reader(), WORKSPACE, filters or Filters(), days, now, plenty())


def a_chain_at(times: list[int], fields: list[dict[str, Any]] | None = None) -> Indexed:
    made = Indexed(chain_of(events_at(times, fields or [{}] * len(times)), [7]))
    made.extend()
    return made


def expected(
    indexed: Indexed, filters: dict[str, Any], days: int, now: int
) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """The events of each day and of each action, by the plain oracle."""
    dates = [format_time(now - each * DAY)[:10] for each in range(days)][::-1]
    events = [
        each
        for each in query_oracle.newest_first(records_of(indexed.chain), filters)
        if each["created_at"][:10] in dates
    ]
    by_day = Counter(each["created_at"][:10] for each in events)
    by_action = Counter(each["action"] for each in events)
    actions = sorted(by_action.items(), key=lambda each: (-each[1], each[0]))[:10]
    return {date: by_day[date] for date in dates}, actions


@settings(max_examples=examples(60), deadline=None)
@given(
    kinds=st.lists(query_oracle.events, min_size=1, max_size=5),
    gaps=st.lists(st.integers(1, 5 * 3_600), min_size=1, max_size=200),
    filters=query_oracle.filters,
    days=st.integers(1, 12),
    later=st.integers(0, 3 * 24 * 3_600),
    indexed_to=st.integers(0, 200),
)
def test_it_counts_what_a_plain_list_has(
    kinds: list[dict[str, Any]],
    gaps: list[int],
    filters: dict[str, Any],
    days: int,
    later: int,
    indexed_to: int,
) -> None:
    times = [NOON + sum(gaps[: each + 1]) * SECOND for each in range(len(gaps))]
    fields = [kinds[each * 5 // 3 % len(kinds)] for each in range(len(gaps))]
    indexed = Indexed(chain_of(events_at(times, fields), [3, 11]))
    indexed.extend(min(indexed_to, len(gaps)))
    now = times[-1] + later * SECOND
    found = summed(indexed, days, now, read_filters(filters))
    by_day, by_action = expected(indexed, filters, days, now)
    assert dict(found.days) == by_day
    assert [date for date, _ in found.days] == [*by_day]
    assert [*found.actions] == by_action
    assert (found.newest, found.is_complete) == (sum(by_day.values()), True)


def test_a_day_is_one_in_utc_and_days_without_events_are_shown_as_0() -> None:
    times = [MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY - 1, MIDNIGHT + 2 * DAY]
    found = summed(a_chain_at(times), days=4, now=MIDNIGHT + 2 * DAY)
    assert found.days == [
        ("2026-11-22", 1), ("2026-11-23", 2), ("2026-11-24", 0), ("2026-11-25", 1),
    ]  # fmt: skip


def test_the_last_day_is_that_of_the_request_and_later_events_are_left_out() -> None:
    found = summed(a_chain_at([MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY]), days=1, now=MIDNIGHT)
    assert (found.days, found.newest) == ([("2026-11-23", 1)], 1)


@pytest.mark.parametrize(
    ("times", "dates"),
    [
        ({"from": "2026-11-22"}, ["2026-11-22", "2026-11-23"]),
        ({"to": "2026-11-21"}, ["2026-11-20", "2026-11-21"]),
        ({"from": "2026-11-21", "to": "2026-11-21"}, ["2026-11-21"]),
        ({"to": "2026-11-19"}, []),
        ({"from": "2026-11-24"}, []),
    ],
)
def test_from_and_to_leave_out_days(times: dict[str, Any], dates: list[str]) -> None:
    indexed = a_chain_at([NOON + each * DAY for each in range(-6, 3)])
    found = summed(indexed, 4, NOON, read_filters(times))
    assert [*found.days] == [(date, 1) for date in dates]
    assert (found.newest, found.is_complete) == (len(dates), True)


def test_the_most_frequent_actions_come_first_and_equal_ones_by_name() -> None:
    names = [f"act.{each // 2 % 12:02d}" for each in range(24)] + ["act.07", "z.z"]
    times = [NOON + each * SECOND for each in range(len(names))]
    found = summed(a_chain_at(times, [{"action": each} for each in names]))
    assert found.actions[0] == ("act.07", 3)
    assert [name for name, _ in found.actions[1:]] == [
        f"act.{each:02d}" for each in range(12) if each != 7
    ][:9]


def test_only_the_newest_events_are_counted_and_days_before_them_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(summary, "NEWEST", 25)
    indexed = a_chain_at([NOON + each * DAY // 10 for each in range(40)])
    found = summed(indexed, days=7, now=NOON + 4 * DAY)
    assert (found.newest, found.is_complete) == (25, False)
    assert [*found.days] == [("2026-11-25", 10), ("2026-11-26", 10), ("2026-11-27", 5)]


def test_exactly_so_many_events_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "NEWEST", 40)
    indexed = a_chain_at([NOON + each * SECOND for each in range(40)])
    assert summed(indexed).is_complete
    monkeypatch.setattr(summary, "NEWEST", 39)
    assert not summed(indexed).is_complete


def test_when_the_budget_is_spent_it_says_so_and_shows_only_days_that_it_has_searched() -> None:
    indexed = a_chain_at([NOON + each * DAY // 10 for each in range(60)])
    whole = dict(summed(indexed, 7, NOON + 6 * DAY).days)
    budget = Budget(lambda: 10.0, stored_bytes=indexed.chain[-1].stored_bytes + 1)
    found = summarize(indexed.reader(), WORKSPACE, Filters(), 7, NOON + 6 * DAY, budget)
    assert not found.is_complete
    assert 0 < found.newest < 60
    dates = [date for date, _ in found.days]
    assert dates == [*whole][-len(dates) :]
    assert [each[1] for each in found.days[1:]] == [whole[date] for date in dates[1:]]
    assert sum(events for _, events in found.days) == found.newest


def test_a_search_that_finds_nothing_in_time_shows_no_day_that_it_has_not_searched() -> None:
    indexed = a_chain_at([NOON + each * DAY // 10 for each in range(60)])
    budget = Budget(lambda: 10.0, stored_bytes=indexed.chain[-1].stored_bytes + 1)
    filters = read_filters({"search": "nowhere"})
    found = summarize(indexed.reader(), WORKSPACE, filters, 7, NOON + 6 * DAY, budget)
    assert (found.newest, found.is_complete) == (0, False)
    assert 0 < len(found.days) < 7


def test_a_workspace_without_events_has_days_without_events() -> None:
    found = summarize(reader_of([]), WORKSPACE, Filters(), 3, NOON, plenty())
    assert found.days == [("2026-11-21", 0), ("2026-11-22", 0), ("2026-11-23", 0)]
    assert (found.actions, found.newest, found.is_complete) == ([], 0, True)


def test_ten_thousand_events_are_counted() -> None:
    """The number of the contract."""
    assert NEWEST == 10_000
