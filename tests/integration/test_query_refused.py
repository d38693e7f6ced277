"""GET /v1/events refuses what could not mean what its client wants."""

from __future__ import annotations

import pytest
from integration.test_query_list import EVENTS
from support.builders import an_event
from support.pipeline import Caller, Pipeline


def test_a_cursor_is_refused_when_changed_or_used_with_other_filters(
    pipeline: Pipeline, caller: Caller
) -> None:
    pipeline.post_and_chain(caller, *(an_event() for _ in range(30)))
    cursor = pipeline.get(caller, EVENTS, actor_id="user_2hG9kLm").json["pagination"]["next_cursor"]
    assert pipeline.get(caller, EVENTS, actor_id="user_2hG9kLm", cursor=cursor).status == 200
    same = {"actor_id": "user_2hG9kLm"}
    for parameters in ({}, {"actor_id": "user_9pK3mNq"}, same | {"to": "2030-01-01T00:00:00Z"}):
        assert pipeline.get(caller, EVENTS, cursor=cursor, **parameters).status == 400
    other_letter = "x" if cursor[0] == "y" else "y"
    for forged in (cursor[:-1], other_letter + cursor[1:], cursor + "A", "AAAA", "é"):
        assert pipeline.get(caller, EVENTS, actor_id="user_2hG9kLm", cursor=forged).status == 400
    assert pipeline.get(caller, "/v1/verify", cursor=cursor).status == 400


@pytest.mark.parametrize(
    "parameters",
    [
        *({"limit": each} for each in ("0", "101", "x", "1.0", "-1", "٣", "9" * 5_000)),
        *({"actorid": "x"}, {"from_": "now"}, {"search": ""}, {"cursor": ""}),
        {"actor_id": "\ud800"},
        {"search": "\udfff", "cursor": "x"},
        {"metadata.\ud800": "x"},
        {"metadata.\ud800.": "x"},
        {"metadata.": "x"},
        {"metadata." + "n" * 10_000: "x"},
    ],
)
def test_an_invalid_request_is_refused(
    pipeline: Pipeline, caller: Caller, parameters: dict[str, str]
) -> None:
    answer = pipeline.get(caller, EVENTS, **parameters)
    expected = (
        (400, "invalid_cursor") if parameters == {"cursor": ""} else (422, "validation_failed")
    )
    assert (answer.status, answer.json["error"]) == expected


def test_a_parameter_given_twice_is_refused(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send(
        None,
        caller=caller,
        function=pipeline.query,
        method="GET",
        path=EVENTS,
        query=[("actor_id", "a"), ("actor_id", "b")],
    )
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_reading_needs_a_key_with_its_scope(pipeline: Pipeline) -> None:
    writing_only = pipeline.new_caller(scopes=["events:write"])
    for path in (EVENTS, f"{EVENTS}/0", "/v1/verify"):
        assert pipeline.get(writing_only, path).status == 403
        wrong = Caller(writing_only.workspace_id, "imk_" + "x" * 48)
        assert pipeline.get(wrong, path).status == 401
