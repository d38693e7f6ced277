"""Checks: whether a finished run kept every promise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain as joined
from typing import Any, cast

from indelible.aws.ledger import segment_of
from indelible.chain.fields import EVENT_FIELDS
from indelible.chain.segment import Segment, read_records
from indelible.times import parse_time
from indelible.verifying.segments import verify
from indelible.writing.dead_letter import id_of_set_aside
from support.invariants import assert_sound

from .answers import check_answers
from .conflicts import check_conflicts, content_of
from .deliveries import Delivery
from .operators import origin_of
from .promises import Promise, Violation
from .quota import check_quota
from .repeats import check_repeats, count_submissions
from .story import Story


def check(story: Story) -> list[Violation]:
    """Every promise that the run broke."""
    chains = {each.workspace_id: _chain(story, each.workspace_id) for each in story.workspaces}
    records = {name: _records(chain) for name, chain in chains.items()}
    tally = story.world.tally
    tally["events chained"] = sum(map(len, records.values()))
    return [
        *story.monitor.violations,
        *joined.from_iterable(_check_chain(name, chain) for name, chain in chains.items()),
        *joined.from_iterable(_check_records(story, *each) for each in records.items()),
        *_check_receipts(story, records),
        *check_answers(story),
        *check_conflicts(story),
        *check_repeats(story),
        *check_quota(story),
        *_check_queues(story),
        *_check_calm(story, records),
    ]


def _chain(story: Story, workspace_id: str) -> list[Segment]:
    stored = story.world.dynamodb.partitions.get(f"CHAIN#{workspace_id}", {})
    return [segment_of(cast("Any", stored[sort_key])) for sort_key in sorted(stored)]


def _records(chain: list[Segment]) -> list[dict[str, Any]]:
    return [json.loads(record) for segment in chain for record in read_records(segment)]


def _check_chain(workspace_id: str, chain: list[Segment]) -> Iterator[Violation]:
    """The chain is read twice: by the project's verifier, and without the code that wrote it."""
    for step in verify(workspace_id, chain):
        for each in step.breaks:
            yield Violation(Promise.SOUND, f"{workspace_id}: {each}")
    ids = Counter(each["id"] for each in _records(chain))
    twice = sorted(each for each, times in ids.items() if times > 1)
    if twice:
        yield Violation(Promise.ONCE, f"{workspace_id}: {twice}")
        return
    try:
        assert_sound(chain, workspace_id)
    except AssertionError as error:
        yield Violation(Promise.SOUND, f"{workspace_id}: {error}")


def _check_records(
    story: Story, workspace_id: str, records: list[dict[str, Any]]
) -> Iterator[Violation]:
    """Each record is an event that this workspace submitted, with its time and its one id."""
    submissions = count_submissions(story)
    strange = [each for each in records if "metadata" not in each]
    for each in strange:
        yield Violation(Promise.TRUE, f"{each['id']} of {workspace_id} was never submitted")
    records = [each for each in records if each not in strange]
    markers = Counter(each["metadata"]["marker"] for each in records)
    keys = Counter(each["idempotency_key"] for each in records if "idempotency_key" in each)
    for key, times in keys.items():
        if times > 1:
            yield Violation(Promise.ONCE, f"{workspace_id}: {times} records with {key}")
    for record in records:
        owner, submitted = story.callers.markers[record["metadata"]["marker"]]
        if owner != workspace_id or record["workspace_id"] != workspace_id:
            yield Violation(Promise.APART, f"{record['id']} of {owner} is in {workspace_id}")
        if _fields_of(record) not in [each.fields for each in submitted]:
            yield Violation(Promise.TRUE, f"{record['id']} is not as it was submitted")
        marker = record["metadata"]["marker"]
        if markers[marker] > submissions[marker]:
            yield Violation(Promise.ONCE, f"{record['id']}: more often than it was submitted")
        if parse_time(record["received_at"]) != _time_in(record["id"]):
            yield Violation(Promise.TIMED, f"{record['id']} received at {record['received_at']}")


def _time_in(event_id: str) -> int:
    """The time in a UUID of version 7, in microseconds."""
    return int(event_id.replace("-", "")[:12], 16) * 1_000


def _check_receipts(story: Story, records: dict[str, list[dict[str, Any]]]) -> Iterator[Violation]:
    """The responses agree with what was done."""
    chained = {name: {each["id"]: each for each in of} for name, of in records.items()}
    of_key: dict[tuple[str, str], str] = {}
    for attempt in story.callers.attempts:
        workspace_id = attempt.request.caller.workspace_id
        for event, event_id in attempt.answered("queued", "duplicate", "failed"):
            if event_id is None:
                continue  # its key could not be claimed
            if event.key and of_key.setdefault((workspace_id, event.key), event_id) != event_id:
                yield Violation(Promise.NAMED, f"{event.key} is {event_id} and another")
        for event, event_id in attempt.answered("queued", "duplicate"):
            record = chained[workspace_id].get(event_id or "")
            if record is None:
                yield Violation(Promise.CHAINED, f"{event_id} of {attempt.invocation.name}")
            elif content_of(record) != content_of(event.fields):
                yield Violation(Promise.NAMED, f"{event_id} is the record of another event")


def _fields_of(record: dict[str, Any]) -> dict[str, Any]:
    """The part of a record that a client submitted."""
    return {name: value for name, value in record.items() if name in EVENT_FIELDS}


def _check_queues(story: Story) -> Iterator[Violation]:
    if story.is_owed():
        yield Violation(Promise.SETTLED, "messages are left on the queue")
    yield from _check_set_aside(story)
    for delivery in story.deliveries.made:
        invocation = delivery.invocation
        free = _groups_of(delivery, delivery.failed or set()) - invocation.troubled
        if free and delivery.had_enough and (delivery.had_time or not invocation.met):
            yield Violation(Promise.FREE, f"{invocation.name}: messages of {free}")
    for error in story.world.errors:
        yield Violation(Promise.HANDLED, error)


def _check_set_aside(story: Story) -> Iterator[Violation]:
    """A message that can never be chained is a dead letter; one set aside has its own group."""
    letters = story.world.dead_letters.messages
    dead = {(origin_of(each), each.body) for each in letters}
    for poison in story.poison:
        if poison not in dead:
            yield Violation(Promise.SET_ASIDE, f"{poison} is not among the dead letters")
    for each in story.monitor.set_aside:
        if each not in story.poison:
            yield Violation(Promise.SET_ASIDE, f"{each} was set aside, and could be chained")
    of_group: dict[str, tuple[str, str]] = {}
    for letter in letters:
        here = origin_of(letter), letter.body
        if id_of_set_aside(letter.group) and of_group.setdefault(letter.group, here) != here:
            yield Violation(Promise.SET_ASIDE, f"{letter.group} is the group of several")


def _groups_of(delivery: Delivery, message_ids: set[str]) -> set[str]:
    """The workspaces of these messages."""
    return {
        each["Attributes"]["MessageGroupId"]
        for each in delivery.messages
        if each["MessageId"] in message_ids
    }


def _check_calm(story: Story, records: dict[str, list[dict[str, Any]]]) -> Iterator[Violation]:
    """Without faults nothing may deviate."""
    if not story.world.weather.is_calm:
        return
    for workspace_id, of in records.items():
        if [each["id"] for each in of] != list(story.monitor.order.get(workspace_id, {})):
            yield Violation(Promise.ORDERED, workspace_id)
