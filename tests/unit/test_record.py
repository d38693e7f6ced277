"""Records: they have one spelling, and only the service sets its own fields."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import EVENT_FIELDS
from indelible.chain.record import Header, build, read_header
from indelible.errors import Unreadable
from support.builders import NOON, WORKSPACE, a_queued_event, event_id

SALT = bytes(range(16))


def a_record(**fields: object) -> bytes:
    return build(a_queued_event(**fields), WORKSPACE, 7, NOON + 1, SALT)  # type: ignore[arg-type]


def test_a_record_is_json_with_sorted_keys_and_no_white_space() -> None:
    assert a_record(version=1).decode() == (
        '{"action":"document.created","actor_id":"user_2hG9kLm",'
        '"created_at":"2026-11-23T12:00:00.000001Z","format":1,'
        f'"id":"{event_id(1)}","received_at":"2026-11-23T12:00:00.000000Z",'
        '"salt":"000102030405060708090a0b0c0d0e0f","sequence":7,"version":1,'
        '"workspace_id":"ws_test"}'
    )


def test_keys_are_sorted_at_every_level_by_code_point() -> None:
    metadata = {"\U0001f989": 1, "\uffff": 2, "z": {"b": 1, "a": [{"d": 1, "c": 2}]}, "Z": 3}
    written = a_record(metadata=metadata).decode()
    expected = '"metadata":{"Z":3,"z":{"a":[{"c":2,"d":1}],"b":1},"\uffff":2,"\U0001f989":1}'
    assert expected in written


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_a_record_holds_exactly_what_was_sent_in_one_line(text: str, number: float) -> None:
    fields = {"user_agent": text, "metadata": {text: [number, None, True]}}
    record = a_record(**fields)
    assert b"\n" not in record
    read = json.loads(record)
    assert {name: read[name] for name in fields} == fields
    own = {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
    assert read.keys() == own | {"actor_id", "action", "user_agent", "metadata"}


def test_no_client_field_has_a_name_the_service_uses() -> None:
    own = set(msgspec.json.decode(a_record())) - {"actor_id", "action"}
    assert own == {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
    assert not own & EVENT_FIELDS


def test_a_record_of_the_service_is_read_back_unchanged() -> None:
    assert read_header(a_record()) == Header(
        1, WORKSPACE, 7, event_id(1), "2026-11-23T12:00:00.000001Z", "2026-11-23T12:00:00.000000Z"
    )


def test_a_record_of_an_unknown_format_is_unreadable_and_not_misread() -> None:
    later = a_record().replace(b'"format":1', b'"format":2')
    with pytest.raises(Unreadable, match="format 2"):
        read_header(later)


@pytest.mark.parametrize(
    "record", [b"", b"{}", b"[]", b"null", b"\xff", a_record()[:-1], a_record() + b"}", b"[" * 9999]
)
def test_bytes_that_are_not_a_record_are_unreadable(record: bytes) -> None:
    with pytest.raises(Unreadable):
        read_header(record)


def test_a_record_with_bytes_that_are_not_utf_8_anywhere_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_header(a_record().replace(b"document", b"\xff"))
