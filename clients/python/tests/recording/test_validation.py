"""What is wrong with an event is said where it is recorded, with the field's name."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indelible_client import InvalidEvent
from indelible_client.recording.encode import encode_event


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


EAST = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("actor", "action", "fields", "path"),
    [
        (None, "a", {}, "actor_id"),
        ("", "a", {}, "actor_id"),
        (True, "a", {}, "actor_id"),
        (2**64, "a", {}, "actor_id"),
        (UUID(int=1), "a", {}, "actor_id"),
        ([], "a", {}, "actor_id"),
        ("u", None, {}, "action"),
        ("u", "", {}, "action"),
        ("u", 5, {}, "action"),
        ("u", "a", {"colour": "red"}, "colour"),
        ("u", "a", {"actor_name": 5}, "actor_name"),
        ("u", "a", {"resource_id": 1.5}, "resource_id"),
        ("u", "a", {"version": True}, "version"),
        ("u", "a", {"version": 1.0}, "version"),
        ("u", "a", {"idempotency_key": ""}, "idempotency_key"),
        ("u", "a", {"idempotency_key": "k" * 513}, "idempotency_key"),
        ("u", "a", {"occurred_at": datetime(2026, 3, 2)}, "occurred_at"),  # noqa: DTZ001
        ("u", "a", {"occurred_at": datetime.min.replace(tzinfo=EAST)}, "occurred_at"),
        ("u", "a", {"occurred_at": "2026-03-02T10:15:30"}, "occurred_at"),
        ("u", "a", {"occurred_at": "2026-13-02T10:15:30Z"}, "occurred_at"),
        ("u", "a", {"occurred_at": "2026-03-02T10:15:60Z"}, "occurred_at"),
        ("u", "a", {"occurred_at": 1772446530}, "occurred_at"),
        ("u", "a", {"metadata": []}, "metadata"),
        ("u", "a", {"metadata": {"when": datetime(2026, 3, 2)}}, "metadata.when"),  # noqa: DTZ001
        ("u", "a", {"metadata": {"a": [1, {"b": Decimal(1)}]}}, "metadata.a.1.b"),
        ("u", "a", {"metadata": {"a": float("nan")}}, "metadata.a"),
        ("u", "a", {"metadata": {"a": 2**64}}, "metadata.a"),
        ("u", "a", {"metadata": {5: "a"}}, "metadata.5"),
        ("u", "a", {"metadata": {"a": "\ud800"}}, "metadata"),
        ("u", "a", {"metadata": {"a": "x" * 65_536}}, "metadata"),
        ("u", "a", {"metadata": _nested(32)}, "metadata" + ".a" * 31),
        ("u", "a", {"targets": {}}, "targets"),
        ("u", "a", {"targets": [{"id": "1"}]}, "targets.0.type"),
        ("u", "a", {"targets": [{"type": "t"}, {"type": ""}]}, "targets.1.type"),
        ("u", "a", {"targets": [{"type": "t", "size": 1}]}, "targets.0.size"),
        ("u", "a", {"targets": [{"type": "t", "metadata": {"a": {1}}}]}, "targets.0.metadata.a"),
        ("u", "a", {"user_agent": "x" * 131_072}, ""),
    ],
)
def test_a_wrong_field_is_named(actor: Any, action: Any, fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        encode_event(actor, action, fields)
    assert caught.value.field == path


def test_a_cycle_is_too_deep_and_no_endless_loop() -> None:
    metadata: dict[str, Any] = {}
    metadata["self"] = metadata
    with pytest.raises(InvalidEvent, match="nested deeper"):
        encode_event("u", "a", {"metadata": metadata})


def test_what_is_right_is_encoded_as_given() -> None:
    fields = {
        "resource_id": 5,
        "resource": None,
        "metadata": {"é": ["\x00", -(2**63), 2**64 - 1, 1.5, None, True]},
        "targets": [{"type": "team", "id": None, "metadata": None}],
        "occurred_at": datetime(2026, 3, 2, 10, 15, 30, 250, timezone(timedelta(hours=1))),
    }
    event = json.loads(encode_event("u", "a", fields))
    assert event == {
        "actor_id": "u",
        "action": "a",
        "resource_id": 5,
        "metadata": fields["metadata"],
        "targets": fields["targets"],
        "occurred_at": "2026-03-02T09:15:30.000250+00:00",
    }


def test_the_deepest_metadata_is_accepted() -> None:
    encode_event("u", "a", {"metadata": _nested(31)})


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.text()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _json))
def test_any_json_comes_out_equal(metadata: dict[str, Any]) -> None:
    encoded = encode_event("u", "a", {"metadata": metadata})
    assert json.loads(encoded)["metadata"] == metadata
