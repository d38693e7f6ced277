"""`GET /v1/summary` counts the caller's events by day and by action."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from indelible.accounts.keys import WRITE
from support.aws_faults import counting
from support.builders import an_event
from support.contract import validator
from support.pipeline import Caller, Pipeline

SUMMARY = "/v1/summary"


def summary(pipeline: Pipeline, caller: Caller, **query: Any) -> Any:
    """The summary, which is as the contract has it."""
    answer = pipeline.get(caller, SUMMARY, **query)
    assert answer.status == 200, answer.json
    assert answer.json.keys() == {"data"}
    validator("/components/schemas/Summary").validate(answer.json["data"])
    return answer.json["data"]


def test_it_counts_the_events_of_today_and_their_actions(
    pipeline: Pipeline, caller: Caller
) -> None:
    actions = ["user.login", "doc.read", "doc.read"]
    pipeline.post_and_chain(caller, *(an_event(action=each) for each in actions))
    data = summary(pipeline, caller)
    assert len(data["days"]) == 30
    assert sum(each["events"] for each in data["days"][-2:]) == 3, "around midnight, two days"
    assert data["actions"] == [
        {"action": "doc.read", "events": 2},
        {"action": "user.login", "events": 1},
    ]
    assert (data["newest"], data["complete"]) == (3, True)


def test_it_takes_the_filters_of_a_list_and_the_number_of_days(
    pipeline: Pipeline, caller: Caller
) -> None:
    sent = [
        an_event(action="user.login", tenant_id="a", metadata={"plan": "pro"}),
        an_event(action="user.logout", tenant_id="a"),
        an_event(action="doc.read", tenant_id="a"),
        an_event(action="user.login", tenant_id="b"),
    ]
    pipeline.post_and_chain(caller, *sent)
    assert summary(pipeline, caller, tenant_id="a")["newest"] == 3
    assert summary(pipeline, caller, action="user.*", tenant_id="a")["newest"] == 2
    assert summary(pipeline, caller, **{"metadata.plan": "pro"})["newest"] == 1
    assert summary(pipeline, caller, search="LOGOUT")["newest"] == 1
    assert len(summary(pipeline, caller, days=90)["days"]) == 90
    before = datetime.now(UTC).date()
    [today] = summary(pipeline, caller, days=1)["days"]
    assert before <= date.fromisoformat(today["date"]) <= datetime.now(UTC).date()


def test_another_workspace_is_not_counted(pipeline: Pipeline, caller: Caller) -> None:
    pipeline.post_and_chain(caller, an_event())
    other = summary(pipeline, pipeline.new_caller())
    assert (other["newest"], other["actions"], other["complete"]) == (0, [], True)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"days": "0"}, "`days` must be a number from 1 to 90."),
        ({"days": "91"}, "`days` must be a number from 1 to 90."),
        ({"days": "-1"}, "`days` must be a number from 1 to 90."),
        ({"days": ""}, "`days` must be a number from 1 to 90."),
        ({"limit": "5"}, "There is no filter 'limit'."),
        ({"include": "proof"}, "There is no filter 'include'."),
    ],
)
def test_what_is_no_summary_is_refused(
    pipeline: Pipeline, caller: Caller, query: dict[str, str], message: str
) -> None:
    answer = pipeline.get(caller, SUMMARY, **query)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json["message"].startswith(message)


def test_it_needs_a_key_that_may_read(pipeline: Pipeline) -> None:
    assert pipeline.get(pipeline.new_caller(scopes=[WRITE]), SUMMARY).status == 403


def test_it_reads_no_more_than_a_list(pipeline: Pipeline, caller: Caller) -> None:
    pipeline.post_and_chain(caller, *(an_event() for _ in range(20)))
    summary(pipeline, caller)
    with counting(pipeline.query.table.client) as calls:
        summary(pipeline, caller)
    assert len(calls) <= 4, calls
