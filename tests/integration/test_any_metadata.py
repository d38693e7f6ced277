"""Metadata of every kind that is accepted comes back equal, whatever its values."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from indelible.chain.fields import LARGEST_INTEGER, SMALLEST_INTEGER
from integration.export_pipeline import ExportPipeline
from integration.whole_way import WholeWay, records_in
from real_world.comparing import differences, of_record, of_row, of_shown
from real_world.shapes import Event
from support.builders import an_event
from support.pipeline import Pipeline

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(SMALLEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
METADATA = st.dictionaries(TEXT, VALUES, max_size=6)

EDGES = [
    {},
    {"": {"": [[], {}, [[]], [{}]]}},
    {"a.b": {"c\\d": 1, "\0": "\0", "\u2028": "\ufeff", "__proto__": {}}},
    {"n": [0, -0.0, 0.0, 1.0, 1, 5e-324, 1.7976931348623157e308, 2**53 + 1, 0.1, 1e23]},
    {"i": [SMALLEST_INTEGER, LARGEST_INTEGER], "t": ["1", "true", "null", "NaN", "1e400", "=1+1"]},
    {"e\u0301": 1, "\u00e9": 2, "K": "\u212a", "👩‍👩‍👧": "\U0010ffff\ufffe"},
]


@pytest.fixture(scope="module")
def way(module_pipeline: Pipeline, module_export_pipeline: ExportPipeline) -> WholeWay:
    return WholeWay(module_pipeline, module_export_pipeline, module_pipeline.new_caller())


@example(EDGES)
@given(st.lists(METADATA, min_size=1, max_size=10))
@settings(max_examples=25)
def test_metadata_comes_back_equal(way: WholeWay, submitted: list[Event]) -> None:
    """An example is a whole batch, since its export reads the chain of all examples so far."""
    events = [an_event(metadata=each) for each in submitted]
    answer = way.post_lines(*events)
    assert answer.statuses == ["queued"] * len(events), answer
    way.pipeline.drain()
    shown = [of_shown(way.shown(each)) for each in answer.ids]
    records = [of_record(each) for each in records_in(way.ndjson())][-len(events) :]
    rows = [of_row(each) for each in way.csv_rows()][-len(events) :]
    for came in (shown, records, rows):
        assert [differences(*pair) for pair in zip(events, came, strict=True)] == [[]] * len(events)
