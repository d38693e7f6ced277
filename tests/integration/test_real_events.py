"""Events of public products on the whole way: every value that is sent can be read back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from indelible.filters import EXACT, MAX_METADATA
from indelible.matching.values import MAX_TEXT
from integration.command_line import run
from integration.export_pipeline import ExportPipeline
from integration.whole_way import WholeWay, records_in
from real_world.comparing import as_documented, differences, of_record, of_row, of_shown
from real_world.mappings import MAPPINGS
from real_world.shapes import Event, sample
from support.pipeline import Pipeline

KINDS = sorted(MAPPINGS)
FORMS = {
    "object": WholeWay.post_object,
    "array": WholeWay.post_array,
    "lines": WholeWay.post_lines,
}


@dataclass(frozen=True)
class Chained:
    """One chain with an event of every kind."""

    way: WholeWay
    ids: list[str]


@pytest.fixture(scope="module", params=FORMS)
def chained(
    request: pytest.FixtureRequest,
    module_pipeline: Pipeline,
    module_export_pipeline: ExportPipeline,
) -> Chained:
    """The events, posted in one form of a batch and chained."""
    way = WholeWay(module_pipeline, module_export_pipeline, module_pipeline.new_caller())
    answer = FORMS[request.param](way, *(mapped(name) for name in KINDS))
    assert (answer.status, answer.statuses) == (202, ["queued"] * len(KINDS)), answer
    module_pipeline.drain()
    return Chained(way, answer.ids)


def mapped(name: str) -> Event:
    return MAPPINGS[name](sample(name))


def changed(came: Iterable[Event]) -> list[str]:
    """What came back otherwise than documented; each names the kind of event and the path."""
    return [
        f"{name}: {difference}"
        for name, event in zip(KINDS, came, strict=True)
        for difference in differences(as_documented(mapped(name)), event)
    ]


def ids_of(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in events]


def test_the_list_has_every_value(chained: Chained) -> None:
    listed = chained.way.listed()
    assert ids_of(listed) == chained.ids
    assert changed(map(of_shown, listed)) == []


def test_an_event_by_its_id_has_every_value(chained: Chained) -> None:
    shown = map(chained.way.shown, chained.ids)
    assert changed(map(of_shown, shown)) == []


def test_the_csv_export_has_every_value(chained: Chained) -> None:
    rows = chained.way.csv_rows()
    assert ids_of(rows) == chained.ids
    assert changed(map(of_row, rows)) == []


def test_the_ndjson_export_has_every_value_and_verifies_offline(
    chained: Chained, tmp_path: Path
) -> None:
    content = chained.way.ndjson()
    records = records_in(content)
    assert ids_of(records) == chained.ids
    assert changed(map(of_record, records)) == []
    packed, unpacked = tmp_path / "chain.ndjson.gz", tmp_path / "chain.ndjson"
    packed.write_bytes(content)
    unpacked.write_bytes(gzip.decompress(content))
    for file in (packed, unpacked):
        verified = run("verify", "--file", str(file))
        assert verified.status == 0, verified
        assert f"is valid: {len(KINDS)} records" in verified.stdout


def searched(event: Event) -> dict[str, object]:
    """Filters by everything that an event has: its fields, its day and ten values of metadata."""
    kept = as_documented(event)
    fields = {name: kept[name] for name in (*EXACT, "action") if kept.get(name)}
    paths = {
        "metadata." + name.replace("\\", "\\\\").replace(".", "\\."): value
        for name, value in kept["metadata"].items()
        if name and value != "" and not isinstance(value, dict | list)
    }
    texts = {
        path: value if isinstance(value, str) else json.dumps(value)
        for path, value in [*paths.items()][:MAX_METADATA]
        if not isinstance(value, str) or len(value) <= MAX_TEXT
    }
    day = str(datetime.fromisoformat(kept["occurred_at"]).astimezone(UTC).date())
    return {**fields, **texts, "occurred_from": day, "occurred_to": day}


@pytest.mark.parametrize("name", KINDS)
def test_an_event_is_found_by_all_that_it_has(chained: Chained, name: str) -> None:
    event = mapped(name)
    own_id = chained.ids[KINDS.index(name)]
    assert ids_of(chained.way.listed(**searched(event))) == [own_id]
    objects = [event.get("resource_id"), *(each.get("id") for each in event.get("targets", []))]
    for each in filter(None, objects):
        assert own_id in ids_of(chained.way.listed(object_id=each))


@pytest.mark.parametrize("damage", [b"user_added_to_group", b"0.1234567890123456", "Köln".encode()])
def test_a_changed_value_of_a_real_event_is_found_offline(
    chained: Chained, tmp_path: Path, damage: bytes
) -> None:
    plain = gzip.decompress(chained.way.ndjson())
    assert plain.count(damage) >= 1
    file = tmp_path / "changed.ndjson"
    file.write_bytes(plain.replace(damage, damage[:-1] + b"7", 1))
    assert run("verify", "--file", str(file)).status == 1


def test_the_comparison_names_the_kind_and_the_path_of_each_difference() -> None:
    """A test of the tests above: they would see what is lost, added, rounded or made text."""
    events = [as_documented(mapped(name)) for name in KINDS]
    by_kind = dict(zip(KINDS, events, strict=True))
    del by_kind["okta"]["metadata"]["client"]["geographicalContext"]["geolocation"]["lat"]
    by_kind["stripe"]["metadata"]["data"]["object"]["lines"]["data"][0]["tax_rates"][0] = {
        "percentage": 19
    }
    by_kind["github"]["resource_id"] = 934512345678
    by_kind["ocsf"]["metadata"]["observables"][1]["reputation"]["base_score"] = 0.0
    by_kind["vault"]["occurred_at"] = "2026-03-02T10:15:30.987654Z"
    by_kind["zoom"]["version"] = 1
    assert changed(events) == [
        "github: resource_id: '934512345678' came back as 934512345678",
        "ocsf: metadata.observables.1.reputation.base_score: -0.0 came back as 0.0",
        "okta: metadata.client.geographicalContext.geolocation.lat: 50.9333 is lost",
        "stripe: metadata.data.object.lines.data.0.tax_rates.0.percentage: 19.0 came back as 19",
        "vault: occurred_at: '2026-03-02T10:15:30.987654321Z' came back as"
        " '2026-03-02T10:15:30.987654Z'",
        "zoom: version: 1 was never sent",
    ]
