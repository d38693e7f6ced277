"""`indelible receipts check`: each accepted event is proved with its content, or named."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from indelible.chain.fields import EVENT_FIELDS
from indelible.chain.record import read_header
from indelible.chain.segment import read_records
from indelible.identifiers import uuid7
from indelible.proving.event_proof import prove_event
from integration.command_line import Outcome, run
from integration.kept_files import POLICY
from support.builders import WORKSPACE, an_event, records_of
from support.deployment import Deployment
from support.http_log import HttpLog
from support.notes import LOG
from support.proving import runs_of

Line = dict[str, object]


def sent(deployment: Deployment, workspace_id: str = WORKSPACE) -> list[Line]:
    """What the sender of the chain's events keeps: each event with its receipt."""
    found = list[Line]()
    for segment in deployment.ledger.chain(workspace_id):
        for record in read_records(segment):
            fields = msgspec.json.decode(record)
            event = {name: fields[name] for name in fields.keys() & EVENT_FIELDS}
            receipt = {"id": read_header(record).id, "status": "queued"}
            found.append({"receipt": receipt, "event": event})
    return found


def check(tmp_path: Path, lines: list[Line], *options: str) -> Outcome:
    (tmp_path / "policy").write_text(POLICY)
    file = tmp_path / "sent.ndjson"
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return run("receipts", "check", str(file), "--policy", str(tmp_path / "policy"), *options)


def test_receipts_whose_events_are_all_in_the_chain_are_proved(
    log: HttpLog, tmp_path: Path
) -> None:
    outcome = check(tmp_path, sent(log.deployment))
    assert outcome.status == 0, outcome.stdout + outcome.stderr
    assert "10 receipts: 10 proved." in outcome.stdout
    assert "the keys of the log are pinned by you" in outcome.stdout


def test_an_accepted_event_that_was_never_chained_is_named(log: HttpLog, tmp_path: Path) -> None:
    lines = sent(log.deployment)
    lost = "01a20846-fe00-7000-8000-00000000ffff"
    lines.insert(3, {"receipt": {"id": lost, "status": "queued"}, "event": an_event()})
    outcome = check(tmp_path, lines)
    assert outcome.status == 1
    assert "11 receipts: 10 proved, 1 missing." in outcome.stdout
    assert lost in outcome.stdout
    found = json.loads(check(tmp_path, lines, "--json").stdout)
    assert (found["complete"], found["results"]) == (False, {"proved": 10, "missing": 1})
    assert found["faults"][0]["line"] == 4


@pytest.mark.parametrize("change", [{"actor_id": "user_other"}, {"metadata": {"a": 1}}])
def test_an_event_that_was_chained_with_another_content_is_named(
    log: HttpLog, tmp_path: Path, change: Line
) -> None:
    lines = sent(log.deployment)
    event = lines[5]["event"]
    assert isinstance(event, dict)
    lines[5]["event"] = {**event, **change}
    outcome = check(tmp_path, lines)
    assert outcome.status == 1
    assert "other content" in outcome.stdout
    assert f"the record has other values of {next(iter(change))}" in outcome.stdout


def test_an_event_that_is_spelled_in_another_way_is_the_same(log: HttpLog, tmp_path: Path) -> None:
    lines = sent(log.deployment)
    event = lines[0]["event"]
    assert isinstance(event, dict)
    lines[0]["event"] = {**dict(reversed(event.items())), "metadata": None}
    assert check(tmp_path, lines).status == 0


def test_a_repeated_event_may_have_another_time(log: HttpLog, tmp_path: Path) -> None:
    lines = sent(log.deployment)
    receipt, event = lines[0]["receipt"], lines[0]["event"]
    assert isinstance(receipt, dict)
    assert isinstance(event, dict)
    later = {**event, "occurred_at": "2026-11-23T11:00:00Z"}
    lines[0] = {"receipt": {**receipt, "status": "duplicate"}, "event": later}
    assert check(tmp_path, lines).status == 0
    lines[0] = {"receipt": receipt, "event": later}
    outcome = check(tmp_path, lines)
    assert (outcome.status, "another occurred_at" in outcome.stdout) == (1, True)


def test_events_that_were_refused_or_are_young_are_not_looked_for(
    log: HttpLog, tmp_path: Path
) -> None:
    young = uuid7(int(time.time() * 1_000), bytes(10))
    lines: list[Line] = [
        {"receipt": {"id": None, "status": "invalid"}, "event": {}},
        {"receipt": {"id": "x", "status": "failed"}, "event": {}},
        {"receipt": {"id": young, "status": "queued"}, "event": {}},
    ]
    outcome = check(tmp_path, lines)
    assert outcome.status == 0
    assert "2 not accepted, 1 too young" in outcome.stdout
    assert log.asked == []


def test_an_id_from_the_future_does_not_keep_an_event_from_being_looked_for(
    log: HttpLog, tmp_path: Path
) -> None:
    """Whoever gives the ids could drop events, and have them look young for ever."""
    ahead = uuid7(int(time.time() + 3_600) * 1_000, bytes(10))
    outcome = check(tmp_path, [{"receipt": {"id": ahead, "status": "queued"}, "event": {}}])
    assert (outcome.status, "1 missing" in outcome.stdout) == (1, True)


def test_two_queued_events_cannot_share_an_id(log: HttpLog, tmp_path: Path) -> None:
    """Whoever gives the ids could drop one of two equal events so."""
    [line, *_] = sent(log.deployment)
    outcome = check(tmp_path, [line, line])
    assert (outcome.status, "1 proved, 1 same id" in outcome.stdout) == (1, True)
    assert "line 1 has it, too" in outcome.stdout
    again = {**line, "receipt": {**line["receipt"], "status": "duplicate"}}  # type: ignore[dict-item]
    assert check(tmp_path, [line, again]).status == 0


def test_events_in_chains_of_several_workspaces_are_a_fault(log: HttpLog, tmp_path: Path) -> None:
    """A second chain could hold what an export of the first one lacks."""
    deployment, lines = log.deployment, sent(log.deployment)
    outcome = check(tmp_path, lines)
    assert f"the proved events are in the chain of {WORKSPACE}" in outcome.stdout
    deployment.grow("ws_decoy", 1)
    deployment.run()
    [record] = records_of(deployment.ledger.chain("ws_decoy"))
    runs, bucket, ledger = runs_of(deployment), deployment.bucket, deployment.ledger
    proof = prove_event(runs, bucket, ledger, "ws_decoy", 1, record, deployment.now).encoded
    decoy, lines[0] = read_header(record).id, sent(deployment, "ws_decoy")[0]
    log.change = lambda target, answer: (200, proof) if decoy in target else answer
    outcome = check(tmp_path, lines)
    assert (outcome.status, "10 proved" in outcome.stdout) == (1, True)
    assert f"the chains of several workspaces: ws_decoy, {WORKSPACE}" in outcome.stdout
    found = json.loads(check(tmp_path, lines, "--json").stdout)
    assert (found["complete"], found["workspaces"]) == (False, ["ws_decoy", WORKSPACE])


def test_the_proof_of_another_event_is_no_proof(log: HttpLog, tmp_path: Path) -> None:
    lines = sent(log.deployment)
    first = log.answer(f"/api/v1/events/{lines[0]['receipt']['id']}/proof", "")  # type: ignore[index]
    log.change = lambda _, __: first
    outcome = check(tmp_path, lines[:2])
    assert outcome.status == 1
    assert "1 proved, 1 wrong proof" in outcome.stdout


def test_a_held_chain_is_a_fault_and_no_answer_is_no_verdict(log: HttpLog, tmp_path: Path) -> None:
    lines = sent(log.deployment)[:1]
    log.change = lambda _, __: (500, b'{"error":"chain_damaged","message":"Record 5 is broken."}')
    outcome = check(tmp_path, lines)
    assert (outcome.status, "Record 5 is broken." in outcome.stdout) == (1, True)
    log.change = lambda _, __: (401, b'{"error":"unauthenticated","message":"Send a key."}')
    outcome = check(tmp_path, lines)
    assert (outcome.status, "Send a key." in outcome.stdout) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        "nonsense",
        '{"receipt":{"id":7},"event":{}}',
        '{"receipt":{"id":"x","status":"accepted"},"event":{}}',
        '{"receipt":{"id":null,"status":"queued"},"event":{}}',
        '{"receipt":{"id":7,"status":"queued"},"event":{}}',
    ],
)
def test_a_line_in_another_form_stops_the_check(log: HttpLog, tmp_path: Path, line: str) -> None:
    file = tmp_path / "sent.ndjson"
    file.write_text(line + "\n")
    outcome = run("receipts", "check", str(file), "--key", LOG.key.text)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "ine 1" in outcome.stderr


def test_without_an_address_the_command_says_what_to_set(
    log: HttpLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INDELIBLE_URL")
    outcome = check(tmp_path, [])
    assert (outcome.status, "Set INDELIBLE_URL" in outcome.stderr) == (2, True)
