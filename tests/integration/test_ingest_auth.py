"""Authentication of ingest, and the workspace that events go to."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from indelible.accounts.keys import READ, WRITE
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key, revoke_key
from indelible.aws.policy_changes import set_policy
from support.builders import an_event
from support.pipeline import Answer, Caller, Pipeline, now

BODY = json.dumps({"events": [an_event()]})

UNAUTHENTICATED = {
    "error": "unauthenticated",
    "message": "Send a valid API key as `Authorization: Bearer imk_...`.",
}


def send(pipeline: Pipeline, *authorization: tuple[str, str]) -> Answer:
    return pipeline.send(BODY, headers=authorization)


def assert_refused(pipeline: Pipeline, answer: Answer) -> None:
    assert (answer.status, answer.json) == (401, UNAUTHENTICATED)
    assert pipeline.take_messages() == []


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_case_of_header_and_scheme_does_not_matter(
    pipeline: Pipeline, caller: Caller, name: str, scheme: str
) -> None:
    assert send(pipeline, (name, scheme + caller.key)).status == 202


def test_a_request_without_a_key_is_refused(pipeline: Pipeline) -> None:
    assert_refused(pipeline, send(pipeline))


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer ", "{key}", "Basic {key}", "Bearer: {key}", "Bearer {key} {key}",
     "Bearer {key}x", "Bearer x{key}", "Bearer {key},Bearer {key}", "Bearer\t{key}",
     "Bearer imk_é", "Bearer imk_\x00", "Bearer " + "imk_" + "0" * 48],
)  # fmt: skip
def test_a_malformed_key_is_refused(pipeline: Pipeline, caller: Caller, value: str) -> None:
    assert_refused(pipeline, send(pipeline, ("Authorization", value.format(key=caller.key))))


def test_the_right_prefix_is_not_enough(pipeline: Pipeline, caller: Caller) -> None:
    last = "a" if caller.key[-1] != "a" else "b"
    assert_refused(pipeline, send(pipeline, ("Authorization", f"Bearer {caller.key[:-1]}{last}")))


@pytest.mark.parametrize(
    "names", [("Authorization", "Authorization"), ("authorization", "authorization")]
)
def test_two_keys_are_refused_as_none(
    pipeline: Pipeline, caller: Caller, names: Sequence[str]
) -> None:
    values = [(name, f"Bearer {caller.key}") for name in names]
    assert_refused(pipeline, send(pipeline, *values))


def test_a_revoked_key_is_refused_at_the_next_request(pipeline: Pipeline, caller: Caller) -> None:
    assert pipeline.post_events(caller, an_event()).status == 202
    pipeline.take_messages()
    revoke_key(pipeline.table, caller.key[:20], now())
    assert_refused(pipeline, send(pipeline, ("Authorization", f"Bearer {caller.key}")))


def test_a_key_opens_its_own_workspace_only(pipeline: Pipeline, caller: Caller) -> None:
    other = pipeline.new_caller()
    keyed = an_event(idempotency_key="same")
    mine = pipeline.post_events(caller, keyed)
    theirs = pipeline.post_events(other, keyed)
    assert mine.statuses == theirs.statuses == ["queued"]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == mine.ids
    assert pipeline.chained_ids(other.workspace_id) == theirs.ids
    assert {r["workspace_id"] for r in pipeline.chain(other.workspace_id)} == {other.workspace_id}


def test_an_event_cannot_name_a_workspace(pipeline: Pipeline, caller: Caller) -> None:
    other = pipeline.new_caller()
    answer = pipeline.post_events(caller, an_event(workspace_id=other.workspace_id))
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_a_key_without_the_scope_is_forbidden(pipeline: Pipeline) -> None:
    answer = pipeline.post_events(pipeline.new_caller(scopes=[READ]), an_event())
    assert (answer.status, answer.json) == (
        403,
        {"error": "forbidden", "message": "This API key lacks the scope events:write."},
    )
    assert pipeline.take_messages() == []


def test_the_write_scope_is_enough(pipeline: Pipeline) -> None:
    assert pipeline.post_events(pipeline.new_caller(scopes=[WRITE]), an_event()).status == 202


@pytest.mark.parametrize(
    ("source_ip", "status"),
    [
        ("203.0.113.0", 202),
        ("203.0.113.255", 202),
        ("203.0.114.0", 403),
        ("198.51.100.7", 202),
        ("198.51.100.8", 403),
        ("2001:db8::1", 202),
        ("2001:db9::1", 403),
    ],
)
def test_the_allowlist_decides_by_address(pipeline: Pipeline, source_ip: str, status: int) -> None:
    caller = pipeline.new_caller(
        Policy(allowlist=("203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32"))
    )
    answer = pipeline.send(BODY, caller=caller, source_ip=source_ip)
    assert answer.status == status
    if status == 403:
        assert answer.json == {
            "error": "forbidden",
            "message": "This address is not in the workspace's IP allowlist.",
        }


def test_an_allowlist_applies_from_the_next_request(pipeline: Pipeline, caller: Caller) -> None:
    assert pipeline.send(BODY, caller=caller).status == 202
    set_policy(pipeline.table, caller.workspace_id, Policy(allowlist=("192.0.2.0/24",)))
    assert pipeline.send(BODY, caller=caller).status == 403


def test_an_address_claimed_by_the_client_is_ignored(pipeline: Pipeline) -> None:
    caller = pipeline.new_caller(Policy(allowlist=("192.0.2.0/24",)))
    headers = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1")]
    assert pipeline.send(BODY, caller=caller, headers=headers).status == 403


def test_a_key_is_checked_before_the_body_is_read(pipeline: Pipeline) -> None:
    assert pipeline.send("not JSON").status == 401


def test_two_keys_of_a_workspace_write_to_one_chain(pipeline: Pipeline, caller: Caller) -> None:
    second = create_key(pipeline.table, caller.workspace_id, "2", frozenset({WRITE}), now())
    ids = pipeline.post_events(caller, an_event(), at=now()).ids
    ids += pipeline.post_events(Caller(caller.workspace_id, second), an_event(), at=now()).ids
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_two_keys_are_refused_even_if_their_header_names_differ_in_case(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Header names that a dictionary may merge."""
    headers = [("Authorization", "Bearer x"), ("authorization", f"Bearer {caller.key}")]
    answer = pipeline.send('{"events":[{"actor_id":"a","action":"b"}]}', headers=headers)
    assert answer.status == 401
