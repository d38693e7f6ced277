"""Bugs that the tests found; each test moves to its own file once it is mended."""

from __future__ import annotations

import secrets

import msgspec
import pytest
from faults import counting
from handlers import load, sqs_record_of
from indelible.aws.table import Table
from indelible.aws.usage import DynamoDBUsage
from indelible.errors import QuotaExceeded
from indelible.identifiers import new_workspace_id
from indelible.message import Accepted, encode
from indelible.workspace import Limits
from pipeline import Caller, Pipeline, an_event, now

NOW = 1_795_466_588_000_000


def test_a_first_request_over_the_quota_is_refused(table: Table) -> None:
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    with pytest.raises(QuotaExceeded, match="5 events left of 5"):
        usage.reserve(workspace_id, 6, Limits(1_000, 5), NOW)
    assert usage.events_used(workspace_id, NOW) == 0


def test_no_new_events_pass_when_the_quota_was_lowered_below_what_is_used(table: Table) -> None:
    """A repeat of claimed events has to get through, or what failed to queue stays lost."""
    usage, workspace_id = DynamoDBUsage(table), new_workspace_id()
    usage.reserve(workspace_id, 5, Limits(1_000, 5), NOW)
    usage.reserve(workspace_id, 0, Limits(1_000, 3), NOW)
    assert usage.events_used(workspace_id, NOW) == 5


def test_a_cold_start_amid_a_minute_costs_no_more_calls(pipeline: Pipeline, caller: Caller) -> None:
    """Another function has begun the minute; the guess that this one is the first costs a call."""
    at = now()
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    cold = load("ingest")
    with counting(cold.table.client, cold.desk.queue._client) as calls:
        body = '{"events":[{"actor_id":"a","action":"b"}]}'
        assert pipeline.send(body, caller=caller, at=at, ingest=cold).status == 202
    assert calls == ["GetItem", "UpdateItem", "SendMessage"]


def test_two_keys_are_none_though_their_header_names_differ_in_case(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Powertools' headers keep only the last of them."""
    headers = [("Authorization", "Bearer x"), ("authorization", f"Bearer {caller.key}")]
    answer = pipeline.send('{"events":[{"actor_id":"a","action":"b"}]}', headers=headers)
    assert answer.status == 401


def test_an_integer_of_5000_digits_makes_only_its_own_event_invalid(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Python reads no integer of more than 4300 digits, so the whole body is refused."""
    good = '{"actor_id":"a","action":"b"}'
    huge = '{"actor_id":"a","action":"b","metadata":{"n":1' + "0" * 5_000 + "}}"
    answer = pipeline.send(f'{{"events":[{good},{huge}]}}', caller=caller)
    assert answer.status == 202
    assert answer.statuses == ["queued", "invalid"]


def test_a_body_that_is_said_to_be_base64_and_is_not_ascii_is_malformed(
    pipeline: Pipeline, caller: Caller
) -> None:
    """b64decode raises a plain ValueError for it, which nothing catches."""
    answer = pipeline.send("é", caller=caller, is_base64=True)
    assert (answer.status, answer.json["error"]) == (400, "malformed_json")


def test_an_event_too_large_for_an_item_is_set_aside_at_once(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Ingest sends none; but whoever else can write to the queue stops the workspace with one."""
    noise = Accepted(
        "01938a3e-7c00-7000-8000-000000000001",
        now(),
        msgspec.json.encode(an_event(metadata={"noise": secrets.token_hex(450_000)})),
    )
    [(body, _)] = encode(caller.workspace_id, "request-1", [noise])
    ids = pipeline.post_events(caller, an_event()).ids
    poison = sqs_record_of(body, caller.workspace_id, "poison")
    assert pipeline.write([poison, *pipeline.take_messages()], seconds=3.5) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
