"""The fields of an event are in one table, and every view of a record agrees with it."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from indelible.chain.fields import (
    EVENT_FIELDS,
    EventFields,
    SubmittedEvent,
    SubmittedTarget,
    Target,
)
from indelible.chain.hashes import GENESIS
from indelible.chain.readable import check_fields
from indelible.chain.record import Header
from indelible.cli.tail import Shown
from indelible.errors import FromNewerVersion
from indelible.exporting.csv_rows import RECORD_COLUMNS
from indelible.filters import EXACT
from indelible.matching.selectable import Selectable
from indelible.reading.event_view import ListedEvent, public_event
from support.builders import a_chain, a_queued_event, records_of
from unit.test_event import FULL

TABLE: dict[str, Any] = {**get_type_hints(EventFields), **get_type_hints(Header)}


def without_null(hint: Any) -> set[Any]:
    """The type of a field besides null. Filters accept any JSON value for `metadata`."""
    kinds = {each for each in get_args(hint) if each is not NoneType}
    return kinds if NoneType in get_args(hint) else {hint}


@pytest.mark.parametrize("view", [ListedEvent, Selectable, Shown])
def test_a_view_of_a_record_has_the_table_s_names_and_types(view: type[msgspec.Struct]) -> None:
    for name, hint in get_type_hints(view).items():
        assert hint is Any or without_null(hint) == without_null(TABLE[name]), name


def texts_in(value: Any) -> set[str]:
    """The strings in an object and in its nested objects."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in texts_in(each)}
    return {value} if isinstance(value, str) else set()


def test_lists_and_csv_show_every_field() -> None:
    texts: dict[str, Any] = {
        name: f"the {name}" for name in EVENT_FIELDS - {"metadata", "targets", "version"}
    }
    event = a_queued_event(**texts, metadata={"a": "b"}, targets=[{"type": "t"}], version=7)
    [record] = records_of(a_chain(1, 1, [event]))
    listed = public_event(record, 1, (GENESIS, GENESIS))
    assert set(texts.values()) <= texts_in(listed)
    assert (listed["metadata"], listed["version"]) == ({"a": "b"}, 7)
    assert listed["targets"] == (Target("t"),)
    assert set(RECORD_COLUMNS) >= EVENT_FIELDS


def test_filters_by_equality_are_fields_of_an_event() -> None:
    assert set(EXACT) <= set(EventFields.__struct_fields__) & set(Selectable.__struct_fields__)


@pytest.mark.parametrize(
    ("submitted", "table"), [(SubmittedEvent, EventFields), (SubmittedTarget, Target)]
)
def test_every_limit_belongs_to_a_field_of_the_table(
    submitted: type[msgspec.Struct], table: type[msgspec.Struct]
) -> None:
    assert set(submitted.__struct_fields__) == set(table.__struct_fields__)


def test_the_writer_takes_every_field_and_no_other() -> None:
    check_fields([FULL])
    with pytest.raises(FromNewerVersion):
        check_fields([FULL | {"other": "x"}])
    with pytest.raises(FromNewerVersion):
        check_fields([FULL | {"targets": [{"type": "t", "other": "x"}]}])
