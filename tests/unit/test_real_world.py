"""Events in the shapes of public products are accepted, and every value comes back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from indelible.chain.fields import ID_FIELDS
from indelible.ingest.batch import batch_of
from indelible.ingest.event import ValidEvent, validate
from real_world.mappings import MAPPINGS
from real_world.shapes import Event, sample, sample_names, sample_text
from support.bodies import read_body
from support.instants import nanoseconds
from unit.ingest_driver import IngestDriver

KINDS = sorted(MAPPINGS)
FEWEST = 25


def posted(name: str) -> Event:
    """The mapped event as ingest reads it from a body."""
    event = read_body(json.dumps(MAPPINGS[name](sample(name))), {}, is_base64=False)
    assert isinstance(event, dict)
    return event


def test_every_sample_has_a_mapping() -> None:
    assert sample_names() == MAPPINGS.keys()
    assert len(MAPPINGS) >= FEWEST


@pytest.mark.parametrize("name", KINDS)
def test_a_real_event_is_accepted_and_every_value_comes_back(name: str) -> None:
    event = posted(name)
    checked = validate(event)
    assert isinstance(checked, ValidEvent), checked
    kept = json.loads(checked.fields)
    occurred_at = kept.pop("occurred_at")
    assert nanoseconds(occurred_at) == nanoseconds(event.pop("occurred_at"))
    for field in ID_FIELDS:
        if field in event:
            assert kept.pop(field) == str(event.pop(field))
    for target, submitted in zip(kept.pop("targets", []), event.pop("targets", []), strict=True):
        assert target.pop("id") == str(submitted.pop("id"))
        assert (target.pop("metadata", None) or {}) == (submitted.pop("metadata", None) or {})
        assert target == submitted
    assert kept == event


@pytest.mark.parametrize("name", KINDS)
def test_the_numbers_of_a_real_event_are_exact(name: str) -> None:
    checked = validate(posted(name))
    assert isinstance(checked, ValidEvent)
    kept = json.loads(checked.fields, parse_float=Decimal)["metadata"]
    assert kept == json.loads(sample_text(name), parse_float=Decimal)


def test_all_of_them_are_queued_as_one_batch() -> None:
    body = json.dumps({"events": [MAPPINGS[name](sample(name)) for name in KINDS]})
    receipts = IngestDriver().submit(*batch_of(read_body(body, {}, is_base64=False)))
    assert {receipt.status for receipt in receipts} == {"queued"}


@pytest.mark.parametrize(
    ("name", "occurred_at"),
    [
        ("google_cloud", "2026-03-02T10:15:30.123456789Z"),
        ("azure_activity", "2026-03-02T10:15:30.123456700Z"),
        ("boundary", "2026-03-02T09:15:30.112233445Z"),
        ("microsoft_365", "2026-03-02T10:15:30.000000Z"),
        ("github", "2026-03-02T10:15:30.123000Z"),
        ("cloudflare_http", "2026-03-02T10:15:30.123456789Z"),
        ("auditd", "2026-03-02T10:15:30.123000Z"),
        ("salesforce", "2026-03-02T10:15:30.000000Z"),
        ("pgaudit", "2026-03-02T10:15:30.123000Z"),
    ],
)
def test_the_time_of_a_real_event_is_kept_to_its_last_digit(name: str, occurred_at: str) -> None:
    checked = validate(posted(name))
    assert isinstance(checked, ValidEvent)
    assert json.loads(checked.fields)["occurred_at"] == occurred_at
