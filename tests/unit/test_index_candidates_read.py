"""Candidates: a list reads only what may match, and of the index only what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from indelible.filters import Filters, read_filters
from indelible.index.candidates import Span
from indelible.index.dated import WINDOW
from support.builders import NOON, SECOND, WORKSPACE
from support.candidates import candidates
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at


def listed(indexed: Indexed, **texts: str) -> list[Span]:
    return list(candidates(indexed.index, WORKSPACE, Filters(texts), 1, indexed.last))


def a_chain_with(count: int, rare: Mapping[int, Mapping[str, object]]) -> Indexed:
    """A chain of ordinary events, except for the rare ones at these sequences."""
    fields = [rare.get(sequence, {}) for sequence in range(1, count + 1)]
    events = events_at([NOON + number * SECOND for number in range(count)], fields)
    indexed = Indexed(chain_of(events, [7]))
    indexed.extend()
    return indexed


def test_a_rare_event_is_named_and_only_the_tail_has_to_be_read() -> None:
    indexed = a_chain_with(2 * WIDE_SPAN + SPAN + 5, {100: {"actor_id": "rare"}})
    spans = listed(indexed, actor_id="rare")
    assert spans[0] == Span(2 * WIDE_SPAN + SPAN + 1, indexed.last, None, is_unindexed=True)
    assert [list(span.sequences) for span in spans[1:] if span.sequences] == [[100]]
    assert None not in [span.sequences for span in spans[1:]]


LATE = {"occurred_at": "2026-03-05T09:00:00.000000Z"}
MARCH = {"occurred_from": "2026-03-01", "occurred_to": "2026-03-31"}


def test_only_slices_with_an_event_of_that_time_are_read() -> None:
    """The event at 40 has a strange time, and widens its own slice only."""
    strange = {"occurred_at": "0001-01-01T00:00:00.000000Z"}
    indexed = a_chain_with(2 * WIDE_SPAN, {40: strange, 100: LATE, 300: LATE})
    indexed.index.faults.calls.clear()
    spans = [*candidates(indexed.index, WORKSPACE, read_filters(MARCH), 1, indexed.last)]
    named = {n for span in spans for n in span.sequences or ()}
    read = {n for s in spans if s.sequences is None for n in range(s.first, s.last + 1)}
    slices = {*range(37, 41), *range(97, 101), *range(297, 301)}
    assert slices <= named | read
    assert len(named | read) <= 3 * SMALL.chunk
    assert indexed.index.faults.calls == ["directories"]
    until_then = read_filters({"occurred_to": "2026-02-28"})
    spans = [*candidates(indexed.index, WORKSPACE, until_then, 1, indexed.last)]
    assert [(s.first, s.last) for s in spans if s.sequences is None] == [(33, 40)]


def test_times_and_terms_together_name_only_what_may_be_both() -> None:
    mine = {"resource_id": "doc_x"}
    indexed = a_chain_with(
        2 * WIDE_SPAN,
        {
            20: mine,
            101: LATE | mine,
            200: LATE,
            300: LATE | {"targets": [{"type": "d", "id": "doc_x"}]},
        },
    )
    filters = read_filters({"object_id": "doc_x", **MARCH})
    spans = [*candidates(indexed.index, WORKSPACE, filters, 1, indexed.last)]
    assert [n for span in spans for n in span.sequences or ()] == [300, 101]
    assert None not in [span.sequences for span in spans]


def test_directories_are_read_only_where_a_list_has_come_to() -> None:
    indexed = a_chain_with(SPAN, {})
    directory = indexed.index.written[WORKSPACE, 0]
    blocks = 3 * WINDOW
    indexed.index.written = {(WORKSPACE, block): directory for block in range(blocks)}
    indexed.index.faults.calls.clear()
    spans = candidates(indexed.index, WORKSPACE, read_filters(MARCH), 1, blocks * SPAN)
    next(spans)
    assert indexed.index.faults.calls == ["directories"]
    assert [*spans]
    assert indexed.index.faults.calls == ["directories"] * 3


def test_an_event_of_any_of_several_actions_is_named() -> None:
    rare = {20: {"action": "login.failed"}, 300: {"action": "login.blocked"}}
    indexed = a_chain_with(2 * WIDE_SPAN, rare)
    filters = Filters({"action": ["login.blocked", "login.failed"]})
    spans = [*candidates(indexed.index, WORKSPACE, filters, 1, indexed.last)]
    assert [n for span in spans for n in span.sequences or ()] == [300, 20]


def test_a_value_that_never_occurred_has_no_candidates() -> None:
    indexed = a_chain_with(3 * WIDE_SPAN, {})
    assert {span.sequences for span in listed(indexed, tenant_id="none")} == {()}


def test_terms_are_combined_before_any_record_is_read() -> None:
    rare = {
        20: {"actor_id": "rare"},
        21: {"tenant_id": "t"},
        300: {"actor_id": "rare", "tenant_id": "t"},
    }
    indexed = a_chain_with(2 * WIDE_SPAN, rare)
    spans = listed(indexed, actor_id="rare", tenant_id="t")
    assert [n for span in spans for n in span.sequences or ()] == [300]


def test_all_events_are_read_when_most_may_match() -> None:
    dense = {n: {"tenant_id": "t"} for n in range(40, 120)}
    spans = listed(a_chain_with(WIDE_SPAN, dense), tenant_id="t")
    read = [n for s in spans if s.sequences is None for n in range(s.first, s.last + 1)]
    assert sorted(read) == [*range(41, 121)]
    assert [n for span in spans for n in span.sequences or ()] == [40]


def test_without_a_term_all_events_are_read_and_no_page() -> None:
    indexed = a_chain_with(WIDE_SPAN, {})
    indexed.index.faults.calls.clear()
    for texts in ({}, {"search": "invoice"}, {"action": "*"}, {"action": "inv*"}):
        assert listed(indexed, **texts) == [Span(1, WIDE_SPAN, None)]
    assert indexed.index.faults.calls == []


def test_pages_further_back_are_fetched_only_when_needed() -> None:
    indexed = a_chain_with(8 * WIDE_SPAN, {})
    indexed.index.faults.calls.clear()
    spans = candidates(indexed.index, WORKSPACE, Filters({"actor_id": "x"}), 1, indexed.last)
    next(spans)
    assert indexed.index.faults.calls == ["pages"]
    list(spans)
    assert len(indexed.index.faults.calls) > 8


def test_the_index_of_one_workspace_says_nothing_of_another() -> None:
    indexed = a_chain_with(2 * SPAN, {5: {"actor_id": "rare"}})
    filters = Filters({"actor_id": "rare"})
    others = candidates(indexed.index, "ws_other", filters, 1, 2 * SPAN)
    assert list(others) == [Span(1, 2 * SPAN, None, is_unindexed=True)]


def test_a_damaged_segment_is_a_candidate_for_every_filter() -> None:
    indexed = a_chain_with(3 * SPAN, {})
    damaged = replace(indexed.chain[2], records=b"garbage")
    indexed.ledger.load([damaged])
    indexed.index.stored.clear()
    indexed.index.written.clear()
    indexed.extend()
    spans = listed(indexed, actor_id="anyone")
    to_read = [
        n
        for s in spans
        for n in (range(s.first, s.last + 1) if s.sequences is None else s.sequences)
    ]
    assert set(range(damaged.first_sequence, damaged.last_sequence + 1)) <= set(to_read)
    assert len(to_read) < 2 * SPAN
