"""The checkpoint function: a run publishes, a second changes nothing, and metrics say how it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest
from indelible.checkpoints.object_keys import ORIGIN, run_key
from indelible.checkpoints.published_run import read_published_run
from indelible.covering.growth import encode_note
from indelible.covering.services import Services
from indelible.errors import Contradiction, Unavailable, WrongProof
from indelible.tlog.cosignature import cosigned_at
from indelible.tlog.note import Note, is_signed_by
from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.handlers import ROOT, LambdaContext
from support.memory_ledger import MemoryLedger
from support.memory_log import (
    MemoryBucket,
    MemoryNotes,
    MemorySigner,
    MemoryStates,
    MemoryTurns,
)
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG

CHAIN = a_chain(300, 100)
TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/indelible"
SAMPLE = json.loads((ROOT / "events" / "checkpoint-run.json").read_text(encoding="utf-8"))


@dataclass
class Log:
    """The function over ports in memory, with one chain of 300 records that has grown."""

    function: ModuleType
    services: Services
    ledger: MemoryLedger
    bucket: MemoryBucket
    turns: MemoryTurns
    notes: MemoryNotes
    witness: MemoryWitness
    capsys: pytest.CaptureFixture[str]

    def run(self, seconds: float = 120) -> list[dict[str, Any]]:
        """Invoke the function; returns the lines that it logs."""
        self.capsys.readouterr()
        try:
            self.function.handler(SAMPLE, LambdaContext(seconds=seconds))
        finally:
            self.lines = [json.loads(each) for each in self.capsys.readouterr().out.splitlines()]
        return [each for each in self.lines if "message" in each]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the last invocation, without that of the cold start."""
        found = [each for each in self.lines if "_aws" in each and "ColdStart" not in each]
        return {
            metric["Name"]: line[metric["Name"]][0]
            for line in found
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        }


@pytest.fixture
def log(
    checkpoint: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Log:
    ledger, bucket, turns, notes = MemoryLedger(), MemoryBucket(), MemoryTurns(), MemoryNotes()
    witness = MemoryWitness()
    services = Services(
        ledger, bucket, MemoryStates(), turns, notes, [MemorySigner()], (), LOG.name, TABLE_ARN
    )
    ledger.load(CHAIN)
    notes.send(encode_note({WORKSPACE: [each.first_sequence for each in CHAIN]}))
    monkeypatch.setattr(checkpoint, "begin", lambda: replace(services, witnesses=[witness]))
    return Log(checkpoint, services, ledger, bucket, turns, notes, witness, capsys)


def published(log: Log) -> list[str]:
    return [key for key in log.bucket.objects if key.startswith("run/")]


def test_a_run_publishes_what_has_grown_and_the_next_one_changes_nothing(log: Log) -> None:
    [line] = log.run()
    assert line["message"] == "published"
    assert (line["run"], line["size"], line["records"]) == (1, 1, 300)
    run = read_published_run(log.bucket.objects[run_key(1)])
    assert is_signed_by(run.note, LOG.key)
    assert cosigned_at(run.note, FIRST.witness_key) == log.witness.time
    assert log.notes.waiting == {}
    before = dict(log.bucket.objects)
    [line] = log.run()
    assert line["message"] == "nothing to publish"
    assert log.bucket.objects == before
    assert log.metrics == {"CoverageLag": 0.0, "Held": 0.0}


def test_each_run_says_how_far_covering_is(log: Log) -> None:
    log.run()
    assert log.metrics == {"CoverageLag": 0.0, "Held": 0.0, "RecordsCovered": 300.0}
    [counted] = [each for each in log.lines if "CoverageLag" in each]
    directive = counted["_aws"]["CloudWatchMetrics"][0]
    units = {each["Name"]: each["Unit"] for each in directive["Metrics"]}
    assert units == {"CoverageLag": "Seconds", "Held": "Count", "RecordsCovered": "Count"}
    assert counted["service"] == "checkpoint"


def test_a_held_workspace_is_counted_and_named_without_its_content(log: Log) -> None:
    broken = replace(CHAIN[1], records=CHAIN[0].records)
    log.ledger.load([broken])
    held, line = log.run()
    assert log.metrics["Held"] == 1.0
    assert (held["message"], held["workspace_id"]) == ("held", WORKSPACE)
    assert held["sequence"] > 0
    assert held["break"]
    assert "actor_id" not in json.dumps(log.lines)
    assert line["held"] == 1


def test_covering_stops_in_time_and_the_run_still_publishes(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """75 of 120 seconds are kept, so a run covers for 45. What is left lags since its note."""
    monkeypatch.setattr(log.function, "now", lambda: NOON + 90 * SECOND)
    log.run(seconds=74)
    assert published(log) == [run_key(1)]
    assert log.metrics == {"CoverageLag": 90.0, "Held": 0.0}
    assert log.notes.waiting
    log.run(seconds=80)
    assert log.metrics["RecordsCovered"] == 300.0


def test_what_somebody_has_to_look_at_is_counted_and_logged(log: Log) -> None:
    log.run()
    log.turns.turn = None
    log.ledger.load(a_chain(400, 100))
    log.notes.send(encode_note({WORKSPACE: [301]}))
    lines = log.run()
    assert log.metrics["Contradictions"] == 1.0
    [warning] = [each for each in lines if each["message"] == "look at this"]
    assert warning["level"] == "ERROR"
    assert "The turn in the table is not that of the newest run" in warning["cause"]


def test_a_witness_that_has_seen_another_log_is_a_contradiction(log: Log) -> None:
    log.run()
    log.witness.cosigned[LOG.name] = replace(log.witness.cosigned[LOG.name], size=9)
    lines = log.run()
    assert log.metrics["Contradictions"] == 1.0
    assert any("has cosigned 9 entries" in each.get("cause", "") for each in lines)


def of_another_origin(log: Log) -> None:
    log.bucket.objects[ORIGIN] = b"other.example/log\nx\n"


def signed_wrongly(log: Log) -> None:
    run = read_published_run(log.bucket.objects[run_key(1)])
    [signature, *others] = run.note.signatures
    forged = Note(run.note.text, (replace(signature, signature=bytes(64)), *others))
    log.bucket.objects[run_key(1)] = replace(run, note=forged).encoded


def unreadable(log: Log) -> None:
    log.bucket.objects[run_key(1)] = b"{}"


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [(of_another_origin, Contradiction), (signed_wrongly, WrongProof), (unreadable, Contradiction)],
)
def test_a_contradiction_is_counted_and_logged_and_fails_the_invocation(
    log: Log, tamper: Callable[[Log], None], kind: type[Exception]
) -> None:
    log.run()
    tamper(log)
    with pytest.raises(kind):
        log.run()
    assert log.metrics == {"Contradictions": 1.0}
    levels = [each["level"] for each in log.lines if each.get("message") == "contradiction"]
    assert levels == ["ERROR"]


@pytest.mark.parametrize("method", ["bucket.read", "turns.take", "states.put", "signer.sign"])
def test_a_service_that_fails_fails_the_run_and_the_next_one_goes_on(log: Log, method: str) -> None:
    port: Any = {
        "bucket": log.bucket,
        "turns": log.turns,
        "states": log.services.states,
        "signer": log.services.signers[0],
    }[method.partition(".")[0]]
    port.faults.plan(method, "before")
    with pytest.raises(Unavailable):
        log.run()
    assert log.metrics == {}
    levels = [each["level"] for each in log.lines if each.get("message") == "run not finished"]
    assert levels == ["WARNING"]
    log.run()
    log.run()
    assert published(log) == [run_key(1)]
    assert log.notes.waiting == {}
