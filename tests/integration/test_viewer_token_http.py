"""Requests for viewer tokens, and what ends a token."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from indelible.accounts.keys import READ, SCOPES, VIEWER, VIEWER_OF_ALL, WRITE
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import revoke_key
from indelible.aws.table import Table, api_key_key
from indelible.reading.read_limit import TOKEN_REQUESTS_PER_MINUTE, CallersLimit
from support.builders import SECOND, an_event
from support.contract import validator
from support.gateway import api_event
from support.pipeline import Answer, Caller, Pipeline, answer_of, now
from support.token_holder import PATH, a_token_holder, ask

EVENTS = "/v1/events"


@pytest.fixture
def vendor(pipeline: Pipeline) -> Caller:
    """A key with the narrow scope."""
    return pipeline.new_caller(scopes=[WRITE, VIEWER])


def claims(answer: Answer) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(answer.json["token"], options={"verify_signature": False})
    return read


def test_the_answer_is_what_clients_of_the_hosted_api_read(
    pipeline: Pipeline, vendor: Caller
) -> None:
    at = now()
    answer = ask(pipeline, vendor, {"tenant_id": "acme"}, at)
    assert answer.status == 200
    validator("/components/schemas/ViewerToken").validate(answer.json)
    assert answer.json["viewer_token"] == answer.json["token"]
    assert answer.json["expires_at"] == at // SECOND + 3_600 == claims(answer)["exp"]
    assert answer.headers["cache-control"] == ["no-store"]


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ({"tenant_id": "acme"}, {"tenant_id": "acme"}),
        ({"actor_id": "u_1", "ttl": 60}, {"actor_id": "u_1"}),
        ({"tenant_id": 7, "actor_id": -1}, {"tenant_id": "7", "actor_id": "-1"}),
        ({"tenant_id": 2**64 - 1}, {"tenant_id": "18446744073709551615"}),
        ({"tenant_id": "é" * 300, "ttl": 86_400}, {"tenant_id": "é" * 300}),
    ],
)
def test_a_token_names_the_tenant_and_the_actor(
    pipeline: Pipeline, vendor: Caller, requested: Any, expected: dict[str, str]
) -> None:
    answer = ask(pipeline, vendor, requested)
    found = claims(answer)
    assert {name: found[name] for name in ("tenant_id", "actor_id") if name in found} == expected
    assert found["exp"] - found["iat"] == requested.get("ttl", 3_600)


@pytest.mark.parametrize(
    "requested",
    [
        {},
        [],
        {"ttl": 60},
        {"tenant_id": None},
        {"tenant_id": ""},
        {"tenant_id": "acme", "actor_id": None},
        {"tenant_id": "acme", "actor_id": ""},
        {"tenant_id": True},
        {"tenant_id": 1.5},
        {"tenant_id": 2**64},
        {"tenant_id": ["acme"]},
        {"tenant_id": "a*"},
        {"tenant_id": "a" * 1_025},
        {"tenant_id": "\ud800"},
        {"tenant_id": "💥" * 1_024},
        {"tenant": "acme"},
        {"tenant_id": "acme", "tenant": "acme"},
        {"tenant_id": "acme", "ttl": 59},
        {"tenant_id": "acme", "ttl": 86_401},
        {"tenant_id": "acme", "ttl": "3600"},
        {"tenant_id": "acme", "ttl": None},
        {"tenant_id": "acme", "ttl": True},
        {"tenant_id": "acme", "ttl": 60.5},
        ["acme"],
        "acme",
        None,
    ],
)
def test_what_does_not_name_whose_events_it_shows_is_refused(
    pipeline: Pipeline, vendor: Caller, requested: object
) -> None:
    answer = ask(pipeline, vendor, requested)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_a_missing_body_opens_nothing(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send(None, caller=caller, function=pipeline.query, path=PATH)
    assert answer.status == 400


def test_a_name_given_twice_is_refused(pipeline: Pipeline, vendor: Caller) -> None:
    body = '{"tenant_id": "acme", "tenant_id": "other"}'
    answer = pipeline.send(body, caller=vendor, function=pipeline.query, path=PATH)
    assert answer.status == 422


@pytest.mark.parametrize("requested", [{}, []])
def test_only_a_key_of_the_wide_scope_makes_a_token_for_all_events(
    pipeline: Pipeline, requested: object
) -> None:
    wide = pipeline.new_caller(scopes=[WRITE, VIEWER_OF_ALL])
    pipeline.post_and_chain(wide, an_event(tenant_id="acme"), an_event())
    token = ask(pipeline, wide, requested).json["token"]
    holder = Caller(wide.workspace_id, token)
    assert len(pipeline.get(holder, EVENTS).json["data"]) == 2
    narrow = a_token_holder(pipeline, wide, tenant_id="acme")
    assert len(pipeline.get(narrow, EVENTS).json["data"]) == 1
    for given in ({"tenant_id": None}, {"tenant_id": ""}):
        assert ask(pipeline, wide, given).status == 422


@pytest.mark.parametrize("scopes", [[READ], [WRITE], [READ, WRITE]])
def test_keys_of_before_make_no_tokens(pipeline: Pipeline, scopes: list[str]) -> None:
    answer = ask(pipeline, pipeline.new_caller(scopes=scopes), {"tenant_id": "acme"})
    assert (answer.status, answer.json["error"]) == (403, "forbidden")


def test_a_key_that_makes_tokens_reads_nothing_itself(pipeline: Pipeline, vendor: Caller) -> None:
    assert pipeline.get(vendor, EVENTS).status == 403


def test_the_allowlist_is_for_those_who_make_tokens_and_not_for_those_who_have_one(
    pipeline: Pipeline,
) -> None:
    policy = Policy(allowlist=("203.0.113.0/24",))
    vendor = pipeline.new_caller(policy)
    holder = a_token_holder(pipeline, vendor, tenant_id="acme")

    def sent(caller: Caller, path: str, method: str) -> Answer:
        headers = [("Authorization", f"Bearer {caller.key}")]
        event = api_event(
            '{"tenant_id":"acme"}',
            headers,
            path=path,
            method=method,
            received_at=now(),
            source_ip="198.51.100.7",
        )
        return answer_of(pipeline.query, event)

    assert sent(vendor, PATH, "POST").status == sent(vendor, EVENTS, "GET").status == 403
    assert sent(holder, EVENTS, "GET").status == 200


def test_a_token_ends_when_it_expires(pipeline: Pipeline, vendor: Caller) -> None:
    holder, later = a_token_holder(pipeline, vendor, tenant_id="acme", ttl=60), now() + 61 * SECOND
    assert pipeline.get(holder, EVENTS).status == 200
    headers = [("Authorization", f"Bearer {holder.key}")]
    event = api_event(None, headers, path=EVENTS, method="GET", received_at=later)
    refused(answer_of(pipeline.query, event))


def refused(answer: Answer) -> None:
    assert (answer.status, answer.json["error"]) == (401, "unauthenticated")
    assert answer.json["message"].startswith("The viewer token is not valid")
    assert answer.headers["www-authenticate"] == ["Bearer"]


def test_a_token_ends_when_its_key_is_revoked(
    pipeline: Pipeline, vendor: Caller, moto_table: Table
) -> None:
    holder = a_token_holder(pipeline, vendor, tenant_id="acme")
    revoke_key(moto_table, vendor.key[:20], now())
    refused(pipeline.get(holder, EVENTS))


def test_a_token_ends_when_its_key_loses_the_scope(
    pipeline: Pipeline, vendor: Caller, moto_table: Table
) -> None:
    holder = a_token_holder(pipeline, vendor, tenant_id="acme")
    moto_table.client.update_item(
        TableName=moto_table.name,
        Key=api_key_key(vendor.key[:20]),
        UpdateExpression="SET scopes = :scopes",
        ExpressionAttributeValues={":scopes": {"SS": [READ, WRITE]}},
    )
    refused(pipeline.get(holder, EVENTS))


def test_a_token_is_of_no_use_at_another_api(pipeline: Pipeline, vendor: Caller) -> None:
    holder = a_token_holder(pipeline, vendor, tenant_id="acme")
    headers = [("Authorization", f"Bearer {holder.key}")]
    event = api_event(None, headers, path=EVENTS, method="GET", received_at=now())
    event["requestContext"]["apiId"] = "another123"
    refused(answer_of(pipeline.query, event))


def test_a_token_writes_no_events_and_makes_no_tokens(pipeline: Pipeline, vendor: Caller) -> None:
    holder = a_token_holder(pipeline, vendor, tenant_id="acme")
    for answer in (
        pipeline.post_events(holder, an_event(tenant_id="acme")),
        pipeline.post(holder, an_event(), path=EVENTS),
        ask(pipeline, holder, {"tenant_id": "acme"}),
    ):
        assert (answer.status, answer.json["error"]) == (403, "forbidden")
    assert pipeline.take_messages() == []


def test_the_log_names_the_token_and_its_key_and_no_content(
    pipeline: Pipeline, vendor: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.post_and_chain(vendor, an_event(tenant_id="acme", actor_name="canary"))
    answer = ask(pipeline, vendor, {"tenant_id": "acme"})
    holder = Caller(vendor.workspace_id, answer.json["token"])
    capsys.readouterr()
    assert pipeline.get(holder, EVENTS, search="canary").status == 200
    [line] = [each for each in capsys.readouterr().out.splitlines() if '"accepted"' in each]
    assert f'"token_id":"{claims(answer)["jti"]}"' in line
    assert f'"key_prefix":"{vendor.key[:20]}"' in line
    assert f'"workspace_id":"{vendor.workspace_id}"' in line
    assert not {word for word in ("canary", "acme", holder.key) if word in line}


def test_a_token_has_a_limit_of_its_own_within_that_of_the_workspace(
    pipeline: Pipeline, vendor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit())
    at = now() // (60 * SECOND) * 60 * SECOND
    greedy, other = (a_token_holder(pipeline, vendor, at, tenant_id="acme") for _ in range(2))

    def status(holder: Caller) -> int:
        headers = [("Authorization", f"Bearer {holder.key}")]
        event = api_event(None, headers, path=EVENTS, method="GET", received_at=at)
        return answer_of(pipeline.query, event).status

    assert {status(greedy) for _ in range(TOKEN_REQUESTS_PER_MINUTE)} == {200}
    assert (status(greedy), status(other)) == (429, 200)


def test_requests_for_tokens_count_against_the_read_limit_of_the_workspace(
    pipeline: Pipeline, vendor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.query, "read_limit", CallersLimit())
    few = pipeline.new_caller(Policy(Limits(requests_per_minute=2)))
    at = now()
    answers = [ask(pipeline, few, {"tenant_id": "acme"}, at).status for _ in range(3)]
    assert answers == [200, 200, 429]


def test_all_scopes_are_those_that_keys_can_have() -> None:
    assert SCOPES == (WRITE, READ, VIEWER, VIEWER_OF_ALL)
