"""CSV shows in a spreadsheet exactly what was recorded, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.segment import Segment, event_hashes_of
from indelible.errors import Unreadable
from indelible.exporting.csv_rows import ACTIVE, COLUMNS, NEUTRAL, header_line, write_rows
from indelible.filters import read_filters
from support.builders import NOON, SECOND, a_chain, a_queued_event, a_segment, records_of
from support.examples import examples
from support.handlers import ROOT
from unit import query_oracle

JSON_COLUMNS = {"targets", "metadata"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
risky = st.builds(str.__add__, st.sampled_from([*sorted(ACTIVE), "'", '"', ",", ";", ""]), texts)


def test_the_documented_columns_are_these_in_this_order() -> None:
    page = (ROOT / "docs" / "exports.md").read_text()
    block = page[page.index("    id, sequence,") :].partition("\n\n")[0]
    assert [each.strip() for each in block.split(",")] == [*COLUMNS]


def read(text: str) -> list[dict[str, str]]:
    """The rows as the csv module reads them."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def plain(cell: str) -> str:
    return cell.removeprefix(NEUTRAL)


def csv_of(chain: list[Segment], filters: dict[str, str] | None = None) -> str:
    matches = read_filters(filters).matches if filters else None
    return header_line() + "".join(write_rows(part, 1, 10**9, matches).text for part in chain)


def one_event(**fields: object) -> dict[str, str]:
    [row] = read(csv_of(a_chain(1, 1, [a_queued_event(1, NOON, **fields)])))
    return row


def test_the_columns_and_their_order_are_fixed() -> None:
    assert header_line() == ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"
    assert COLUMNS == (
        "id", "sequence", "created_at", "occurred_at", "actor_id", "actor_name", "actor_type",
        "action", "action_category", "resource", "resource_id", "resource_name", "tenant_id",
        "session_id", "ip_address", "user_agent", "idempotency_key", "version", "targets",
        "metadata", "event_hash",
    )  # fmt: skip


@given(st.dictionaries(st.sampled_from(["actor_name", "user_agent", "resource_name"]), risky))
def test_no_cell_begins_like_a_formula(fields: dict[str, str]) -> None:
    for cell in one_event(**fields).values():
        assert cell[:1] not in ACTIVE


def test_small_forms_and_no_break_spaces_count_as_the_beginning_of_a_formula() -> None:
    """U+FE62 to U+FE66 and U+FE6B are small + - < > = @; spreadsheets may trim U+00A0."""
    assert {"\ufe62", "\ufe63", "\ufe64", "\ufe65", "\ufe66", "\ufe6b", "\u00a0"} <= ACTIVE


@pytest.mark.parametrize("first", sorted(ACTIVE))
def test_a_cell_that_would_be_a_formula_is_text(first: str) -> None:
    attack = f'{first}cmd|" /C calc"!A0'
    assert one_event(actor_name=attack)["actor_name"] == NEUTRAL + attack


def test_a_separator_or_a_quote_does_not_begin_another_cell() -> None:
    """The second example of OWASP's page: each quote is doubled, each cell is quoted."""
    attack = "=1+2'\" ;,=1+2\r\n=1+2"
    text = csv_of(a_chain(1, 1, [a_queued_event(1, actor_name=attack)]))
    assert '"\'=1+2\'"" ;,=1+2\r\n=1+2"' in text
    assert one_event(actor_name=attack)["actor_name"] == NEUTRAL + attack


def test_negative_numbers_are_text_too() -> None:
    assert one_event(version=-3)["version"] == "'-3"
    assert one_event(version=2**64 - 1)["version"] == str(2**64 - 1)


def test_an_absent_value_is_an_empty_cell() -> None:
    row = one_event()
    assert row["actor_name"] == row["version"] == row["targets"] == row["metadata"] == ""


def test_json_in_a_cell_is_the_json_of_the_record() -> None:
    row = one_event(metadata={"b": 1.50, "a": '\u00e9 "x"'}, targets=[{"type": "team"}])
    assert row["metadata"] == '{"a":"\u00e9 \\"x\\"","b":1.5}'
    assert row["targets"] == '[{"type":"team"}]'


@given(st.dictionaries(st.sampled_from(["actor_name", "user_agent", "session_id"]), risky))
def test_dropping_one_leading_quote_restores_every_cell(fields: dict[str, str]) -> None:
    row = one_event(**fields)
    assert {name: plain(row[name]) for name in fields} == fields


@given(
    st.lists(query_oracle.events, min_size=1, max_size=12),
    query_oracle.filters,
    st.integers(1, 5),
)
@settings(max_examples=examples(60))
def test_the_rows_are_the_matching_records_in_order(
    fields: list[dict[str, Any]], filters: dict[str, str], per_segment: int
) -> None:
    events = [a_queued_event(i, NOON + i * SECOND, **each) for i, each in enumerate(fields, 1)]
    chain = a_chain(len(events), per_segment, events)
    matching = reversed(query_oracle.newest_first(records_of(chain), filters))
    hashes = [link.hex() for part in chain for link in event_hashes_of(part)]
    found = read(csv_of(chain, filters))
    assert [{name: plain(cell) for name, cell in row.items()} for row in found] == [
        {
            name: hashes[record["sequence"] - 1]
            if name == "event_hash"
            else expected_cell(record, name)
            for name in COLUMNS
        }
        for record in matching
    ]


def expected_cell(record: dict[str, Any], name: str) -> str:
    """The expected text of a column for a record, without the code under test."""
    value = record.get(name)
    if name in JSON_COLUMNS and value is not None:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return "" if value is None else str(value)


@pytest.mark.parametrize("bounds", [(1, 9), (2, 3), (3, 3), (4, 9), (7, 9), (9, 2)])
def test_only_the_records_of_the_range_are_in_the_rows(bounds: tuple[int, int]) -> None:
    [segment] = a_chain(6, 6)
    first, last = bounds
    written = write_rows(segment, first, last, None)
    sequences = [int(row["sequence"]) for row in read(header_line() + written.text)]
    assert sequences == [n for n in range(1, 7) if first <= n <= last]
    assert written.events == len(sequences)


@pytest.mark.parametrize("record", [b"{}", b"", b"\xff", b"[]", b'{"id":1}'])
def test_bytes_that_are_not_a_record_are_an_error(record: bytes) -> None:
    with pytest.raises(Unreadable):
        write_rows(a_segment([record]), 1, 1, None)
