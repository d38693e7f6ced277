"""Filters by time: days, bounds, events without a time of their own, and what is refused."""

from __future__ import annotations

import pytest
from indelible.filters import read_filters
from unit.filtered import a_record, refusal

READ = a_record(resource_id="doc_x", occurred_at="2026-03-05T09:00:00.000000Z")
SHARED = a_record(
    action="folder.shared",
    resource_id="f_1",
    occurred_at="2026-03-09T09:00:00.000000Z",
    targets=[{"type": "document", "id": "doc_x"}],
)


def test_one_question_finds_who_touched_an_object_in_march() -> None:
    march = {"occurred_from": "2026-03-01", "occurred_to": "2026-03-31"}
    filters = read_filters({"object_id": "doc_x", **march})
    assert filters.matches(READ)
    assert filters.matches(SHARED)
    assert not filters.matches(a_record(resource_id="doc_x"))  # it happened in November


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"occurred_from": "2026-03-05"}, True),
        ({"occurred_from": "2026-03-06"}, False),
        ({"occurred_to": "2026-03-05"}, True),
        ({"occurred_to": "2026-03-04"}, False),
        ({"occurred_from": "2026-03-05T09:00:00.000001Z"}, False),
        ({"occurred_to": "2026-03-05T08:59:59.999999Z"}, False),
        ({"occurred_from": "2026-03-05T10:00:00+01:00"}, True),
        ({"from": "2026-11-23", "to": "2026-11-23"}, True),
        ({"to": "2026-11-22"}, False),
    ],
)
def test_a_date_is_its_whole_day_in_utc(bounds: dict[str, str], expected: bool) -> None:
    assert read_filters(bounds).matches(READ) is expected


@pytest.mark.parametrize(
    "occurred_at", ["2026-03-05T23:59:59.999999Z", "2026-03-05T23:59:59.999999999Z"]
)
def test_nine_digits_are_compared_to_the_microsecond(occurred_at: str) -> None:
    record = a_record(occurred_at=occurred_at)
    assert read_filters({"occurred_to": "2026-03-05"}).matches(record)
    assert not read_filters({"occurred_from": "2026-03-06"}).matches(record)


def test_an_event_without_occurred_at_happened_when_it_was_chained() -> None:
    assert read_filters({"occurred_from": "2026-11-23", "occurred_to": "2026-11-23"}).matches(
        a_record()
    )
    assert not read_filters({"occurred_to": "2026-11-22"}).matches(a_record())


@pytest.mark.parametrize("name", ["from", "to", "occurred_from", "occurred_to"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-25T22:00:00 01:00", "write + as %2B"),
        ("2026-11-25 22:00:00 0100", "write + as %2B"),
        ("2026-02-30", "must be a date that exists"),
        ("2026-13-01", "must be a date that exists"),
        ("2026-11-25T22:00:00", "must have a time zone"),
        ("2026-11-25 22:00", "must have a time zone"),
        ("", "must be an ISO 8601"),
        ("٢٠٢٦-11-25", "must be an ISO 8601"),
    ],
)
def test_a_time_that_cannot_be_read_says_what_to_write(name: str, text: str, words: str) -> None:
    message = refusal({name: text})
    assert message.startswith(f"`{name}` ")
    assert words in message


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    assert "must not be later" in refusal({"from": "2026-11-25", "to": "2026-11-24"})
    late = {"occurred_from": "2026-03-02", "occurred_to": "2026-03-01"}
    assert refusal(late) == "`occurred_from` must not be later than `occurred_to`."
