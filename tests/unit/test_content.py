"""Content digests: equal for an honest retry, different for different content."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.ingest.content import VERSION, differ, digest_content
from indelible.ingest.event import ValidEvent, validate
from support.builders import an_event

FULL = an_event(
    idempotency_key="k",
    occurred_at="2026-03-02T10:15:30.250+01:00",
    metadata={"b": {"y": 1, "x": [{"d": 1.5, "c": None}]}, "a": "é"},
    targets=[{"type": "team", "name": "Engineering"}],
)


def digest_of(**fields: object) -> bytes:
    """The digest of a valid event with a key."""
    event = validate({**an_event(idempotency_key="k"), **fields})
    assert isinstance(event, ValidEvent)
    assert event.content_sha256 is not None
    return event.content_sha256


def test_the_digest_is_a_version_byte_and_the_hash_of_sorted_compact_json() -> None:
    """A literal value, because stored claims must stay comparable."""
    content = {k: v for k, v in FULL.items() if k not in ("idempotency_key", "occurred_at")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest_of(**FULL) == b"\x01" + hashlib.sha256(text.encode()).digest()
    assert digest_of().hex() == (
        "01a01470d5642630a318563f7a14a852ab40c977b8046b8f99ade3e7fab4cd7590"
    )


@pytest.mark.parametrize(
    "retry",
    [
        {"occurred_at": "2027-01-01T00:00:00Z"},
        {"occurred_at": None},
        {"idempotency_key": "another"},
        {"actor_name": None},
        {"metadata": {"a": "é", "b": {"x": [{"c": None, "d": 1.5}], "y": 1}}},
        {"targets": [{"name": "Engineering", "type": "team"}]},
    ],
    ids=repr,
)
def test_an_honest_retry_has_the_same_digest(retry: dict[str, object]) -> None:
    """Another time, another order of names, and null for absent fields."""
    assert digest_of(**{**FULL, **retry}) == digest_of(**FULL)


@pytest.mark.parametrize(
    "other",
    [
        {"actor_id": "user_2"},
        {"action": "document.closed"},
        {"user_agent": ""},
        {"version": 1},
        {"metadata": {"a": "é", "b": {"y": 1, "x": [{"c": None, "d": 1.25}]}}},
        {"metadata": {"b": {"y": 1, "x": [{"d": 1.5}]}, "a": "é"}},
        {"metadata": {**FULL["metadata"], "occurred_at": "2027-01-01T00:00:00Z"}},  # type: ignore[dict-item]
        {"targets": [{"type": "team", "name": "Engineering"}] * 2},
        {"targets": None},
    ],
    ids=repr,
)
def test_different_contents_have_different_digests(other: dict[str, object]) -> None:
    assert digest_of(**{**FULL, **other}) != digest_of(**FULL)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e300, 1e300)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)  # fmt: skip
METADATA = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


def reversed_names(value: object) -> object:
    """The same JSON value with the names of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: reversed_names(value[name]) for name in reversed(value)}
    return [reversed_names(each) for each in value] if isinstance(value, list) else value


@given(METADATA, METADATA)
def test_digests_are_equal_exactly_when_contents_are(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert digest_content({"metadata": one}) == digest_content({"metadata": reversed_names(one)})
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    digests = [digest_content({"metadata": each}) for each in (one, other)]
    assert differ(*digests) is not same


def test_an_event_without_a_key_has_no_digest() -> None:
    event = validate(an_event())
    assert isinstance(event, ValidEvent)
    assert event.content_sha256 is None


@pytest.mark.parametrize("known", [None, b"", b"\x02" + bytes(32), b"\x00"])
def test_a_claim_without_a_digest_does_not_conflict(known: bytes | None) -> None:
    mine = VERSION + bytes(32)
    assert not differ(known, mine)
    assert not differ(mine, known)
