"""The watcher over a table and buckets: what it finds, keeps and reports, and what verify shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.aws.bucket_versions import S3VersionedBucket
from indelible.aws.clients import sqs_client
from indelible.aws.growth_notes import SQSGrowthNotes
from indelible.aws.ledger import item_of
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.aws.table import chain_pk
from indelible.aws.watcher_position import S3WatcherPosition
from indelible.chain.hashes import EMPTY
from indelible.checkpoints.object_keys import run_key, workspace_tile_key
from indelible.checkpoints.watched import BACKDATED, Watched
from indelible.covering.growth import encode_note
from indelible.watching.finding import MAX_DETAIL, MAX_OF_UNIT, MAX_UNITS, Findings, Found
from indelible.watching.pace import SHARES
from indelible.watching.ports import KeyVersions
from indelible.watching.watch import Report
from integration.proof_pipeline import LOCKED_BUCKET, STATE_BUCKET, ProofPipeline
from integration.stored_secrets import store_secrets
from support.aws_faults import counting
from support.builders import SECOND
from support.contract import validator
from support.deployment import always, segments_after
from support.gateway import api_event
from support.handlers import ROOT, LambdaContext, load
from support.pipeline import Answer, Caller, answer_of

FIVE_MINUTES = 300
SAMPLE = json.loads((ROOT / "events" / "watcher-run.json").read_text(encoding="utf-8"))


@pytest.fixture
def watcher(proof_pipeline: ProofPipeline, environment: pytest.MonkeyPatch) -> Any:
    queue = sqs_client().create_queue(QueueName="growth")["QueueUrl"]
    environment.setenv("GROWTH_QUEUE_URL", queue)
    environment.setenv("SCRUB_DAYS", "1")
    return load("watcher")


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    """A caller whose chain of 300 records is covered."""
    caller = proof_pipeline.new_caller()
    proof_pipeline.grow(caller, 100, 100, 100)
    proof_pipeline.run()
    return caller


def watch(watcher: Any, pipeline: ProofPipeline) -> Report:
    pipeline.now += FIVE_MINUTES * SECOND
    report: Report = watcher.watch(watcher.services, pipeline.now, always)
    return report


def verify(pipeline: ProofPipeline, caller: Caller, environment: pytest.MonkeyPatch) -> Answer:
    """`GET /v1/verify`, from a function that has just started."""
    store_secrets(environment)
    query = load("query")
    headers = [("Authorization", f"Bearer {caller.key}")]
    event = api_event(None, headers, path="/v1/verify", method="GET", received_at=pipeline.now)
    calls = counting(query.table.client, query.s3)
    with calls as made:
        answer = answer_of(query, event)
    assert answer.status == 200, answer.json
    validator("/components/schemas/Verification").validate(answer.json)
    pipeline.calls = made  # type: ignore[attr-defined]
    return answer


def test_a_clean_deployment_has_no_findings(
    watcher: Any, proof_pipeline: ProofPipeline, client: Caller, environment: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        report = watch(watcher, proof_pipeline)
        assert (report.found, report.unfinished) == (0, [])
    data = verify(proof_pipeline, client, environment).json["data"]
    assert data["valid"] is True
    assert data["breaks"] == []
    coverage = data["coverage"]
    assert (coverage["covered_to"], coverage["epoch"], coverage["run"]) == (300, 0, 1)
    assert (coverage["status"], coverage["since"]) == ("witnessed", coverage["run_time"])
    assert (coverage["held"], coverage["findings"], coverage["restarts"]) == (None, [], [])
    assert coverage["records_checked_at"]
    extra = [each for each in proof_pipeline.calls if each != "Query"]  # type: ignore[attr-defined]
    idle = ["GetObject"]  # nothing was published for two minutes, so the next run is looked for
    # The log's first run, which says since when there is coverage, is the newest one here.
    key = ["GetItem"]
    assert sorted(extra) == sorted(
        ["BatchGetItem", "GetObject", "GetObject", "GetItem", *idle, *key]
    )


def test_a_tampered_chain_is_found_and_shown(
    watcher: Any, proof_pipeline: ProofPipeline, client: Caller, environment: pytest.MonkeyPatch
) -> None:
    [segment] = watcher.services.ledger.segments_at(client.workspace_id, [201])
    item = item_of(segment)
    proof_pipeline.table.client.delete_item(
        TableName=proof_pipeline.table.name, Key={"pk": item["pk"], "sk": item["sk"]}
    )
    report = watch(watcher, proof_pipeline)
    assert report.found
    watched = DynamoDBScrubVerdicts(proof_pipeline.table).watched(client.workspace_id)
    assert watched is not None
    assert {each.kind for each in watched.findings} == {"truncated"}
    data = verify(proof_pipeline, client, environment).json["data"]
    assert data["valid"] is False
    assert [(each["type"], each["sequence"]) for each in data["breaks"]] == [("truncated", 201)]
    assert {each["type"] for each in data["coverage"]["findings"]} == {"truncated"}


def test_a_rewritten_covered_head_is_shown_by_verify_before_the_watcher_sees_it(
    proof_pipeline: ProofPipeline, client: Caller, environment: pytest.MonkeyPatch
) -> None:
    table = proof_pipeline.table

    for each in segments_after(client.workspace_id, EMPTY, (100, 100, 100), number=1):
        table.client.put_item(TableName=table.name, Item=item_of(each))
    data = verify(proof_pipeline, client, environment).json["data"]
    found = [(each["type"], each["sequence"]) for each in data["breaks"]]
    assert found == [("checkpoint_mismatch", 300)]
    assert data["valid"] is False


def test_a_finding_of_the_watcher_makes_a_chain_invalid_whose_records_verify(
    watcher: Any, proof_pipeline: ProofPipeline, client: Caller, environment: pytest.MonkeyPatch
) -> None:
    key = workspace_tile_key(client.workspace_id, 0, "tile/0/000")
    proof_pipeline.s3.put_object(Bucket=LOCKED_BUCKET, Key=key, Body=b"other")
    assert watch(watcher, proof_pipeline).found
    data = verify(proof_pipeline, client, environment).json["data"]
    assert (data["valid"], data["breaks"]) == (False, [])
    assert "bucket_tampered" in {each["type"] for each in data["coverage"]["findings"]}


def test_without_checkpoints_verify_is_as_before(
    proof_pipeline: ProofPipeline, client: Caller, environment: pytest.MonkeyPatch
) -> None:
    with environment.context() as off:
        store_secrets(off)
        off.setenv("CHECKPOINT_BUCKET", "")
        off.setenv("STATE_BUCKET", "")
        query = load("query")
    headers = [("Authorization", f"Bearer {client.key}")]
    event = api_event(
        None, headers, path="/v1/verify", method="GET", received_at=proof_pipeline.now
    )
    with counting(query.table.client) as calls:
        answer = answer_of(query, event)
    assert "coverage" not in answer.json["data"]
    assert {*calls} <= {"GetItem", "Query"}


def test_what_is_known_of_a_chain_can_be_stored_however_much_is_wrong_with_it(
    proof_pipeline: ProofPipeline,
) -> None:
    """Else the watcher could not end an invocation, and would tell nobody what it has found."""
    findings, name = Findings([]), "ws_a"
    for n in range(MAX_UNITS):
        warning = [Found(BACKDATED, n, "\N{EURO SIGN}" * MAX_DETAIL)]
        findings.replace(name, f"backdated/{n}", warning, proof_pipeline.now)
    for n in range(MAX_UNITS):
        found = [Found("hash_mismatch", n, "\N{EURO SIGN}" * MAX_DETAIL)] * MAX_OF_UNIT
        findings.replace(name, f"records/{n}", found, proof_pipeline.now)
    verdicts = DynamoDBScrubVerdicts(proof_pipeline.table)
    verdicts.put(name, Watched(findings.of(name), 1, 1))
    watched = verdicts.watched(name)
    assert watched is not None
    assert not watched.is_valid


@pytest.mark.parametrize("digits", [17, 20, 30])
@pytest.mark.parametrize("is_segment", [True, False])
def test_an_item_beyond_all_sequences_holds_only_its_own_chain(
    watcher: Any, proof_pipeline: ProofPipeline, client: Caller, digits: int, *, is_segment: bool
) -> None:
    """States and findings have no room for such a sequence, so it must not get into one."""
    key = {
        "pk": {"S": chain_pk(client.workspace_id)},
        "sk": {"S": f"SEGMENT#1{'0' * (digits - 1)}"},
    }
    [segment] = watcher.services.ledger.segments_at(client.workspace_id, [201])
    rest = item_of(segment) if is_segment else {}
    proof_pipeline.table.client.put_item(TableName=proof_pipeline.table.name, Item={**rest, **key})
    proof_pipeline.notes.send(encode_note({client.workspace_id: [201]}))
    other = proof_pipeline.new_caller()
    proof_pipeline.grow(other, 10)
    report = proof_pipeline.run()
    assert report.records == 10
    assert {name: each.kind for name, each in report.holds.items()} == {
        client.workspace_id: "unreadable"
    }
    for _ in range(SHARES):
        assert watch(watcher, proof_pipeline).unfinished == []


def test_growth_that_nobody_noted_is_noted(
    watcher: Any, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    other = proof_pipeline.new_caller()
    proof_pipeline.grow(other, 3)
    proof_pipeline.notes.waiting.clear()
    watch(watcher, proof_pipeline)
    proof_pipeline.now += 3_600 * SECOND
    watch(watcher, proof_pipeline)
    queue = SQSGrowthNotes(sqs_client(), watcher.settings.growth_queue_url)
    notes = [json.loads(each.encoded) for each in queue.receive(20)]
    assert {other.workspace_id: [1]} in notes


def test_the_handler_counts_and_logs_what_it_has_found(
    watcher: Any,
    proof_pipeline: ProofPipeline,
    client: Caller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proof_pipeline.s3.put_object(Bucket=LOCKED_BUCKET, Key=run_key(1), Body=b"other")
    capsys.readouterr()
    watcher.handler(SAMPLE, LambdaContext(seconds=300))
    lines = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    metrics = {
        name: line[name]
        for line in lines
        for name in ("WatcherFound", "WatcherAge")
        if name in line
    }
    assert metrics["WatcherFound"][0] >= 1
    assert any(each.get("type") == "bucket_tampered" for each in lines)


def test_the_position_is_the_newest_version(proof_pipeline: ProofPipeline) -> None:
    position = S3WatcherPosition(proof_pipeline.s3, STATE_BUCKET)
    assert position.read() is None
    for content in (b"1", b"2"):
        position.write(content)
        assert position.read() == content


def test_versions_are_listed_with_their_markers(proof_pipeline: ProofPipeline) -> None:
    s3 = proof_pipeline.s3
    bucket = S3VersionedBucket(s3, LOCKED_BUCKET)
    for key in ("a/1", "a/2", "a/2", "a/3", "b"):
        s3.put_object(Bucket=LOCKED_BUCKET, Key=key, Body=b"x")
    s3.delete_object(Bucket=LOCKED_BUCKET, Key="a/3")
    found = bucket.versions("a/", "")
    assert [*found.keys] == [
        KeyVersions("a/1", 1, 0),
        KeyVersions("a/2", 2, 0),
        KeyVersions("a/3", 1, 1),
    ]
    assert found.after is None
    assert [each.key for each in bucket.versions("", "a/2").keys] == ["a/3", "b"]
