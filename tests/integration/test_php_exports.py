"""Requests for exports as PHP's json_encode writes them: `[]` for nothing, integers as ids."""

from __future__ import annotations

from typing import Any

import pytest
from integration.export_pipeline import ExportPipeline
from integration.whole_way import WholeWay
from real_world.shapes import Event
from support.builders import an_event
from support.pipeline import Pipeline


def a_way(pipeline: Pipeline, exports: ExportPipeline) -> WholeWay:
    """A chain with two events whose ids PHP sent as integers, and one with other ids."""
    way = WholeWay(pipeline, exports, pipeline.new_caller())
    fields: list[Event] = [
        {"actor_id": 42, "resource_id": 5, "tenant_id": 7, "session_id": 0},
        {"actor_id": 42, "resource_id": 6, "tenant_id": 7, "session_id": 0,
         "targets": [{"type": "order", "id": 5}], "resource_name": "ü/ü"},
    ]  # fmt: skip
    answer = way.post_array(*(an_event(**each) for each in fields), an_event())
    assert answer.statuses == ["queued"] * 3
    pipeline.drain()
    return way


EXPORTS: list[tuple[str, dict[str, Any], int]] = [
    ("[]", {}, 3),
    ('{"filters":[]}', {}, 3),
    ('{"format":"csv","bom":false,"filters":[]}', {}, 3),
    ('{"filters":{"actor_id":42}}', {"actor_id": "42"}, 2),
    ('{"actor_id":42,"tenant_id":7,"session_id":0}',
     {"actor_id": "42", "tenant_id": "7", "session_id": "0"}, 2),
    ('{"resource_id":5}', {"resource_id": "5"}, 1),
    ('{"object_id":5}', {"object_id": "5"}, 2),
    ('{"target_type":"order","target_id":5}', {"target_type": "order", "target_id": "5"}, 1),
    ('{"actor_id":-9223372036854775808}', {"actor_id": "-9223372036854775808"}, 0),
    (r'{"search":"\u00fc\/\u00fc","filters":[]}', {"search": "ü/ü"}, 1),
]  # fmt: skip


def test_an_export_of_php_has_the_events_that_php_asked_for(
    pipeline: Pipeline, export_pipeline: ExportPipeline
) -> None:
    way = a_way(pipeline, export_pipeline)
    for body, filters, rows in EXPORTS:
        started = export_pipeline.send(way.caller, "POST", "/v1/exports", body=body)
        assert started.status == 202, (body, started)
        export_pipeline.finish()
        export = export_pipeline.get(way.caller, started.json["id"]).json["data"]
        assert (export["filters"], export["total_rows"]) == (filters, rows), body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"filters":["a"]}', "`filters` must be an object"),
        ('{"actor_id":true}', "'actor_id' must be a string or an integer"),
        ('{"filters":{"tenant_id":false}}', "'tenant_id' must be a string or an integer"),
        ('{"actor_id":42.0}', "'actor_id' must be a string or an integer"),
        ('{"actor_id":18446744073709551616}', "'actor_id' must be a string or an integer"),
        ('{"actor_id":1.0e+25}', "'actor_id' must be a string or an integer"),
        ('{"resource":5}', "'resource' must be a string; put the value in quotes"),
        ('{"metadata.seats":5}', "'metadata.seats' must be a string; put the value in quotes"),
        ('{"action":{"1":"a"}}', "'action' must be a string or an array of strings"),
        ('{"action":["a",1]}', "'action' must be a string or an array of strings"),
        ('{"filters":{"action":[]}}', "`action` must have at least one action"),
        ('{"format":[]}', "`format` must be csv or ndjson"),
        ('{"bom":1}', "`bom` must be true or false"),
        ("[[]]", "The body must be a JSON object"),
    ],
)
def test_an_export_that_php_asks_for_wrongly_is_refused_with_words(
    pipeline: Pipeline, export_pipeline: ExportPipeline, body: str, words: str
) -> None:
    answer = export_pipeline.send(pipeline.new_caller(), "POST", "/v1/exports", body=body)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert words in answer.json["message"]
    assert export_pipeline.take() == []
