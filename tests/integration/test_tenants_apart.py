"""A token holder of one tenant: no text of another tenant is in any answer, whatever it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from indelible.reading import read_limit
from indelible.reading.read_limit import CallersLimit, ReadLimit
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from integration.two_tenants import (
    CANARY,
    MINE,
    THEIRS,
    TwoTenants,
    changed,
    pages,
    readable,
    two_tenants,
)
from support.handlers import load
from support.pipeline import Caller, Pipeline
from support.token_holder import a_token_holder


@pytest.fixture
def tenants(
    proof_pipeline: ProofPipeline,
    export_pipeline: ExportPipeline,
    pipeline: Pipeline,
    monkeypatch: pytest.MonkeyPatch,
) -> TwoTenants:
    monkeypatch.setattr(read_limit, "TOKEN_REQUESTS_PER_MINUTE", 100_000)
    query = load("query")
    for function in (query, proof_pipeline.proofs, export_pipeline.exports):
        limit = CallersLimit(ReadLimit(10**12))
        monkeypatch.setattr(limit, "_tokens", ReadLimit(10**12))
        monkeypatch.setattr(function, "read_limit", limit)
    return two_tenants(pipeline, export_pipeline, proof_pipeline, query)


def prepare(tenants: TwoTenants) -> None:
    """Exports and cursors of both tenants and of the vendor."""
    tenants.my_exports = [tenants.export(tenants.mine, "ndjson")]
    tenants.their_exports = [
        tenants.export(tenants.theirs, "ndjson"),
        tenants.export(tenants.vendor, "csv"),
        tenants.send(tenants.theirs, "POST", "/v1/exports", body="{}").json["id"],
    ]
    for caller in (tenants.mine, tenants.theirs, tenants.vendor):
        tenants.cursors += pages(tenants, caller)
    tenants.cursors += [each for cursor in pages(tenants, tenants.mine) for each in changed(cursor)]


@dataclass
class Walk:
    """What a caller got: the paths that answered, and answers with a text of the other tenant."""

    answered: set[str]
    leaks: list[str]


def walk(tenants: TwoTenants, caller: Caller) -> Walk:
    """Send every request. What an error repeats of the request itself is no leak."""
    done = Walk(set(), [])
    for method, path, query, body in tenants.requests():
        answer = tenants.send(caller, method, path, query, body)
        is_good, shown = answer.status < 400, readable(answer)
        sent = "" if is_good else f"{path}{query}{body}"
        if is_good:
            done.answered.add(path)
        if any(each in shown and each not in sent for each in tenants.secrets):
            done.leaks.append(f"{method} {path} {query}: {answer.status} {answer.text[:300]}")
    return done


def test_no_answer_has_a_text_of_another_tenant(tenants: TwoTenants) -> None:
    """A token is accepted wherever a key with `events:read` is, except for anchors."""
    prepare(tenants)
    done = walk(tenants, tenants.mine)
    assert done.leaks == []
    mine, export = f"/v1/events/{tenants.my_ids[0]}", f"/v1/exports/{tenants.my_exports[0]}"
    anybody = {"/v1/health", "/v1/log-keys", "/v1/viewer", "/viewer"}
    reading = {"/v1/events", mine, f"{mine}/proof", "/v1/summary", "/v1/verify"}
    proving = {"/v1/checkpoint", "/v1/checkpoint/consistency"}
    exporting = {"/v1/exports", export, f"{export}/download"}
    assert done.answered == {*anybody, *reading, *proving, *exporting}


def test_the_same_requests_with_a_key_have_texts_of_both(tenants: TwoTenants) -> None:
    prepare(tenants)
    tenants.cursors = []
    done = walk(tenants, tenants.vendor)
    for path in ("/v1/events", f"/v1/events/{tenants.their_ids[0]}", "/v1/exports"):
        assert any(f"GET {path} []: 200" in each for each in done.leaks), path


def test_a_token_sees_all_that_is_its_tenants(tenants: TwoTenants) -> None:
    page = tenants.get(tenants.mine, "/v1/events", tenant_id=f"{CANARY}-{THEIRS}").json
    assert [each["id"] for each in page["data"]] == tenants.my_ids[::-1]
    assert page["pagination"]["total"] == len(tenants.my_ids)
    for file_format in ("csv", "ndjson"):
        content = tenants.file(tenants.mine, tenants.export(tenants.mine, file_format))
        assert CANARY not in content
        assert all(f"visible-{number}" in content for number in range(0, 12, 2))


def test_an_actor_sees_only_what_it_did_in_its_tenant(tenants: TwoTenants) -> None:
    both = a_token_holder(tenants.pipeline, tenants.vendor, tenant_id=MINE, actor_id=f"{CANARY}-1")
    answer = tenants.get(both, "/v1/events")
    assert (answer.json["data"], answer.json["pagination"]["total"]) == ([], 0)


def an_unreadable_record(tenants: TwoTenants) -> None:
    tenants.damage(2, b'{"', b'{{"')


def a_changed_record(tenants: TwoTenants) -> None:
    tenants.damage(2, b"canary-1", b"canary-7")


def a_record_that_names_another_workspace(tenants: TwoTenants) -> None:
    tenants.damage(2, tenants.vendor.workspace_id.encode(), b"canary-of-a-workspace")


def a_record_with_a_wrong_time(tenants: TwoTenants) -> None:
    tenants.damage(2, b'"created_at":"20', b'"created_at":"canary')


def a_record_with_a_wrong_id(tenants: TwoTenants) -> None:
    tenants.damage(2, tenants.their_ids[0].encode(), b"canary-of-an-id")


def a_record_with_a_wrong_sequence(tenants: TwoTenants) -> None:
    tenants.damage(2, b'"sequence":2', b'"sequence":"canary"')


@pytest.mark.parametrize(
    "damage",
    [
        an_unreadable_record,
        a_changed_record,
        a_record_that_names_another_workspace,
        a_record_with_a_wrong_time,
        a_record_with_a_wrong_id,
        a_record_with_a_wrong_sequence,
    ],
)
def test_a_damaged_chain_shows_nothing_more(
    tenants: TwoTenants, damage: Callable[[TwoTenants], None]
) -> None:
    """A key is shown what may be evidence; a token holder where the chain is broken, and how."""
    prepare(tenants)
    damage(tenants)
    tenants.cover()
    tenants.cursors = []
    assert walk(tenants, tenants.mine).leaks == []
    found = tenants.get(tenants.mine, "/v1/verify").json["data"]
    assert found["valid"] is False
    assert {each["sequence"] for each in found["breaks"]} & {2, 6}
    assert not any(each["detail"] or each["event_id"] for each in found["breaks"])
    file = tenants.file(tenants.mine, tenants.export(tenants.mine, "ndjson"))
    assert not {each for each in tenants.secrets if each in file}
    assert "visible-0" in file


def test_a_page_with_its_proof_and_a_summary_have_only_events_of_the_tenant(
    tenants: TwoTenants,
) -> None:
    page = tenants.get(tenants.mine, "/v1/events", include="proof", order="asc").json
    assert page["proof"]["reason"] is None
    sequences = [each["index"] + 1 for each in page["proof"]["records"]]
    assert sequences == [each["integrity"]["sequence"] for each in page["data"]]
    assert [each["id"] for each in page["data"]] == tenants.my_ids
    counted = tenants.get(tenants.mine, "/v1/summary").json["data"]
    assert counted["newest"] == len(tenants.my_ids)
    assert [each["action"] for each in counted["actions"]] == ["document.created"]
