"""Reading has a limit per workspace, so that one key cannot take the whole function."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.table import binary, chain_pk, key, segment_sk
from indelible.reading.read_limit import CallersLimit, ReadLimit
from support.builders import MINUTE, NOON, an_event
from support.contract import validator
from support.pipeline import Answer, Caller, Pipeline

EVENTS = "/v1/events"
FEW_BYTES = 2_000


@pytest.fixture(autouse=True)
def _new_environment(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that has served no request yet."""
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit())


def search(pipeline: Pipeline, caller: Caller, at: int = NOON) -> Answer:
    """The most expensive request: every record is read."""
    return pipeline.send(
        None, caller=caller, function=pipeline.query, method="GET", path=EVENTS,
        query=[("search", "nothing")], at=at,
    )  # fmt: skip


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.json["error"]) == (429, "rate_limited")
    validator("/components/responses/ReadLimitReached/content/application~1json/schema").validate(
        answer.json
    )
    assert answer.headers["retry-after"] == ["60"]


def test_searches_of_one_key_are_refused_while_another_workspace_is_served(
    pipeline: Pipeline, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit(ReadLimit(FEW_BYTES)))
    other = pipeline.new_caller()
    for each in (caller, other):
        pipeline.post_and_chain(each, *(an_event(metadata={"n": n}) for n in range(20)))
    answers = [search(pipeline, caller) for _ in range(20)]
    statuses = [answer.status for answer in answers]
    assert statuses == sorted(statuses)
    assert 2 <= statuses.count(200) <= 5
    assert_refused(answers[-1])
    assert search(pipeline, other).status == 200
    assert search(pipeline, caller, NOON + MINUTE).status == 200


@pytest.mark.parametrize("path", [EVENTS, "/v1/events/{id}", "/v1/verify"])
def test_every_way_to_read_is_counted_and_refused(
    path: str, pipeline: Pipeline, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit(ReadLimit(1)))
    [event_id] = pipeline.post_and_chain(caller, an_event())
    path = path.format(id=event_id)

    def ask() -> Answer:
        return pipeline.send(
            None, caller=caller, function=pipeline.query, method="GET", path=path, at=NOON
        )

    assert ask().status == 200
    assert_refused(ask())


def test_a_request_that_fails_is_charged_too(
    pipeline: Pipeline, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit(ReadLimit(1)))
    pipeline.post_and_chain(caller, an_event())
    pipeline.post_and_chain(caller, an_event())
    pipeline.table.client.update_item(
        TableName=pipeline.table.name,
        Key=key(chain_pk(caller.workspace_id), segment_sk(1)),
        UpdateExpression="SET records = :changed",
        ExpressionAttributeValues={":changed": binary(b"no records")},
    )
    assert search(pipeline, caller).status == 500
    assert_refused(search(pipeline, caller))


def test_requests_are_limited_by_the_limit_of_the_workspace(pipeline: Pipeline) -> None:
    caller = pipeline.new_caller(Policy(Limits(requests_per_minute=3)))
    assert [search(pipeline, caller).status for _ in range(4)] == [200, 200, 200, 429]


def test_a_key_that_may_not_read_uses_no_quota(pipeline: Pipeline) -> None:
    writes = pipeline.new_caller(Policy(Limits(requests_per_minute=1)), scopes=["events:write"])
    assert [search(pipeline, writes).status for _ in range(3)] == [403, 403, 403]
