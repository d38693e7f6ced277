"""The writer chains each delivery in order, each event once, with one put."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records
from indelible.times import format_time
from support.aws_faults import counting
from support.builders import an_event
from support.handlers import load
from support.pipeline import Caller, Pipeline, now


def created_at(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["created_at"])


def test_events_are_chained_in_order_a_microsecond_apart(
    pipeline: Pipeline, caller: Caller
) -> None:
    at = now()
    answer = pipeline.post_events(caller, *[an_event(action=f"a{n}") for n in range(5)], at=at)
    pipeline.drain()
    records = pipeline.chain(caller.workspace_id)
    assert [record["id"] for record in records] == answer.ids
    assert [record["action"] for record in records] == [f"a{n}" for n in range(5)]
    assert [record["sequence"] for record in records] == [1, 2, 3, 4, 5]
    assert {record["received_at"] for record in records} == {format_time(at)}
    assert [record["created_at"] for record in records] == [format_time(at + n) for n in range(5)]


def test_the_hashes_match_the_specification(pipeline: Pipeline, caller: Caller) -> None:
    """The hashes are computed here from the stored bytes, with SHA-256 alone."""
    for _ in range(2):
        pipeline.post_events(caller, an_event(), an_event())
        pipeline.drain()
    link = bytes(32)
    segments = list(DynamoDBLedger(pipeline.table).ascending(caller.workspace_id, 1))
    assert [segment.count for segment in segments] == [2, 2]
    for segment in segments:
        assert segment.previous_event_hash == link
        prefixes = b""
        for record in read_records(segment):
            assert (
                record
                == json.dumps(
                    json.loads(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False
                ).encode()
            )
            leaf = hashlib.sha256(b"\x00" + record).digest()
            link = hashlib.sha256(b"\x02" + link + leaf).digest()
            prefixes += leaf[:4]
        assert (segment.leaf_prefixes, segment.event_hash) == (prefixes, link)


def test_created_at_increases_whatever_the_clock_does(pipeline: Pipeline, caller: Caller) -> None:
    at, ids = now(), []
    for offset in (0, -60_000_000, 60_000_000, -1_000, 0, 60_000_000):
        ids += pipeline.post_events(caller, an_event(), an_event(), at=at + offset).ids
        pipeline.drain()
    records = pipeline.chain(caller.workspace_id)
    assert [record["id"] for record in records] == ids
    times = [created_at(record) for record in records]
    assert all(b - a >= timedelta(microseconds=1) for a, b in pairwise(times))
    assert all(r["created_at"] >= r["received_at"] for r in records)


def test_a_delivery_of_ten_messages_is_one_put(pipeline: Pipeline, caller: Caller) -> None:
    pipeline.post_events(caller, an_event())
    pipeline.drain()
    ids = [i for _ in range(10) for i in pipeline.post_events(caller, an_event(), an_event()).ids]
    messages = pipeline.take_messages()
    assert len(messages) == 10
    with counting(pipeline.writer.writer.ledger._table.client) as calls:
        assert pipeline.write(messages) == []
    assert calls == ["Query", "PutItem"]
    assert pipeline.chained_ids(caller.workspace_id)[1:] == ids


def test_a_thousand_events_are_one_put(pipeline: Pipeline, caller: Caller) -> None:
    for _ in range(10):
        pipeline.post_events(caller, *[an_event()] * 100)
    with counting(pipeline.writer.writer.ledger._table.client) as calls:
        pipeline.drain()
    assert calls.count("PutItem") == 1
    assert len(pipeline.chain(caller.workspace_id)) == 1_000


def test_events_that_do_not_fit_one_item_become_several(pipeline: Pipeline, caller: Caller) -> None:
    """Ten events of 60 KB that do not compress; an item holds 300 KB."""
    events = [an_event(metadata={"noise": secrets.token_hex(60_000)[:64_000]}) for _ in range(12)]
    answer = pipeline.post_events(caller, *events)
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == answer.ids
    segments = list(DynamoDBLedger(pipeline.table).ascending(caller.workspace_id, 1))
    assert len(segments) > 1
    assert all(len(segment.records) <= 300_000 for segment in segments)


def test_workspaces_of_a_delivery_get_their_own_chains(pipeline: Pipeline) -> None:
    callers = [pipeline.new_caller() for _ in range(4)]
    ids: dict[str, list[str]] = {caller.workspace_id: [] for caller in callers}
    for _ in range(2):
        for caller in callers:
            ids[caller.workspace_id] += pipeline.post_events(caller, an_event()).ids
    messages = pipeline.take_messages()
    assert len(messages) == 8
    mixed = messages[::2] + messages[1::2]
    with counting(pipeline.writer.writer.ledger._table.client) as calls:
        assert pipeline.write(mixed) == []
    assert calls.count("PutItem") == 4
    for caller in callers:
        in_order = [m for m in mixed if m["attributes"]["MessageGroupId"] == caller.workspace_id]
        assert len(in_order) == 2
        assert sorted(pipeline.chained_ids(caller.workspace_id)) == sorted(ids[caller.workspace_id])


def test_a_cold_writer_continues_where_another_stopped(pipeline: Pipeline, caller: Caller) -> None:
    ids = []
    for _ in range(3):
        ids += pipeline.post_events(caller, an_event(), at=now()).ids
        assert pipeline.write(pipeline.take_messages(), writer=load("writer")) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_writer_with_a_stale_tail_catches_up(pipeline: Pipeline, caller: Caller) -> None:
    ids = pipeline.post_events(caller, an_event()).ids
    pipeline.drain()
    other = load("writer")
    for _ in range(6):
        ids += pipeline.post_events(caller, an_event()).ids
        assert pipeline.write(pipeline.take_messages(), writer=other) == []
    ids += pipeline.post_events(caller, an_event()).ids
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_writer_idle_for_long_reads_no_more_than_a_tail_holds(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Reading an hour's segments would take longer than the writer has."""
    away, at_work = load("writer"), pipeline.writer
    pipeline.post_events(caller, an_event())
    assert pipeline.write(pipeline.take_messages(), writer=away) == []
    for _ in range(16):
        events = [an_event(metadata={"noise": secrets.token_hex(32_000)}) for _ in range(8)]
        pipeline.post_events(caller, *events)
        assert pipeline.write(pipeline.take_messages(), writer=at_work) == []
    pipeline.post_events(caller, an_event())
    messages = pipeline.take_messages()
    with counting(away.writer.ledger._table.client) as calls:
        assert pipeline.write(messages, writer=away) == []
    assert calls.count("Query") <= 3  # two pages and the newest segment; all would be five


def test_a_salt_is_never_used_twice(pipeline: Pipeline, caller: Caller) -> None:
    pipeline.post_events(caller, *[an_event()] * 100)
    pipeline.drain()
    salts = {record["salt"] for record in pipeline.chain(caller.workspace_id)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}
