"""What a filter accepts, what it refuses and says, and what it compares."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.filters import Filters, read_filters, restore_filters
from unit import query_oracle
from unit.filtered import a_record, refusal


def with_metadata(metadata: object) -> bytes:
    return a_record(metadata=metadata)


SHARED = a_record(action="folder.shared")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"action": "*.deleted"}, "only at its end"),
        ({"action": "a.*.b"}, "only at its end"),
        ({"action": "**"}, "only at its end"),
        ({"action": ["a", "b*c"]}, "only at its end"),
        ({"action": "login.failed,login.blocked"}, "repeat `action`"),
        ({"action": [f"a{n}" for n in range(21)]}, "at most 20 times"),
        ({"action": ["a"] * 21}, "at most 20 times"),
        ({"action": []}, "at least one action"),
        ({"action": ["a", ""]}, "1 to 1024 characters"),
        ({"actor_id": ["a", "b"]}, "must have one value"),
        ({"metadata.a": ["a", "b"]}, "must have one value"),
        *(({name: "user_*"}, "Only `action`") for name in (*query_oracle.SAME_NAME, "object_id")),
        ({"target_id": "*"}, "Only `action`"),
        ({"metadata.": "x"}, "a name after each dot"),
        ({"metadata.a..b": "x"}, "a name after each dot"),
        ({"metadata..a": "x"}, "a name after each dot"),
        ({"metadata.a.": "x"}, "a name after each dot"),
        ({"metadata.a\\": "x"}, "a name after each dot"),
        ({"metadata.a\\b": "x"}, "a name after each dot"),
        ({"metadata" + ".a" * 32: "x"}, "deeper than"),
        ({"metadata." + "n" * 10_000: "x"}, "at most 1024 characters"),
        ({"metadata.\ud800": "x"}, "valid Unicode"),
        ({"metadata.a": "\ud800"}, "valid Unicode"),
        ({"metadata.a": ""}, "1 to 1024 characters"),
        ({f"metadata.a{n}": "x" for n in range(11)}, "at most 10"),
        ({"metadata": "x"}, "no filter 'metadata'"),
        ({"x" * 10_000: "x"}, "no filter 'xxx"),
    ],
)
def test_what_would_silently_match_nothing_is_refused(
    parameters: dict[str, Any], words: str
) -> None:
    message = refusal(parameters)
    assert words in message
    assert len(message) < 600


def test_an_event_has_any_of_several_actions() -> None:
    filters = read_filters({"action": ["login.failed", "login.failed", "folder.*"]})
    assert filters.matches(SHARED)
    assert filters.matches(a_record(action="login.failed"))
    assert not filters.matches(a_record(action="login.failed.late"))
    assert filters.as_json() == {"action": ["folder.*", "login.failed"]}
    assert read_filters({"action": ["a"]}).as_json() == {"action": "a"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("metadata.plan", "pro", True),
        ("metadata.plan", "Pro", False),
        ("metadata.seats", "12", True),
        ("metadata.seats", "12.0", False),
        ("metadata.price", "9.5", True),
        ("metadata.trial", "false", True),
        ("metadata.gone", "null", True),
        ("metadata.tags", "b", True),
        ("metadata.tags", "c", True),
        ("metadata.tags", "d", False),
        ("metadata.items.sku", "s2", True),
        ("metadata.items.1.sku", "s2", False),
        ("metadata.owner", "ann", False),
        ("metadata.owner.id", "ann", True),
        ("metadata.owner.id.more", "ann", False),
        (r"metadata.a\.b", "dotted", True),
        (r"metadata.a\\b", "slashed", True),
        ("metadata.a.b", "dotted", False),
        ("metadata.star", "a*", True),
        ("metadata.none", "null", False),
    ],
)
def test_metadata_is_compared_at_its_path(name: str, text: str, expected: bool) -> None:
    metadata = {
        "plan": "pro", "seats": 12, "price": 9.5, "trial": False, "gone": None, "star": "a*",
        "tags": ["a", ["b", ["c"]]], "items": [{"sku": "s1"}, {"sku": "s2"}],
        "owner": {"id": "ann"}, "a.b": "dotted", "a\\b": "slashed",
    }  # fmt: skip
    assert read_filters({name: text}).matches(with_metadata(metadata)) is expected
    assert not read_filters({name: text}).matches(a_record())


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)


@given(
    st.lists(NAMES, min_size=1, max_size=4),
    st.integers() | st.booleans() | st.text("ab", min_size=1) | st.none(),
)
def test_every_path_can_be_written(names: list[str], value: object) -> None:
    metadata: Any = value
    for name in reversed(names):
        metadata = {name: metadata}
    escaped = [name.replace("\\", "\\\\").replace(".", "\\.") for name in names]
    if isinstance(value, int) and not -(2**53) < value < 2**53:
        return
    text = value if isinstance(value, str) else json.dumps(value)
    record = with_metadata(metadata)
    assert read_filters({".".join(["metadata", *escaped]): text}).matches(record)


def test_filters_that_were_stored_before_still_mean_the_same() -> None:
    """Text filters once took any `*` as a letter, and an action any comma."""
    stored = {"actor_id": "user_*", "action": "a,*b*", "from": "2026-11-01T00:00:00.000000Z"}
    filters = restore_filters(stored)
    assert filters.as_json() == stored
    assert filters.matches(a_record(actor_id="user_*", action="a,*bc"))
    assert not filters.matches(a_record(actor_id="user_1", action="a,*bc"))
    assert refusal(stored)


@given(query_oracle.filters)
def test_filters_are_restored_from_their_json(parameters: dict[str, Any]) -> None:
    filters = read_filters(parameters)
    assert restore_filters(json.loads(json.dumps(filters.as_json()))) == filters
    assert Filters(filters.texts).occurred == filters.occurred
