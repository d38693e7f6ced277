"""Attackers: people with write access to the table or the queue, and what they do with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from indelible.aws.ledger import item_of, segment_of
from indelible.chain.segment import Segment, read_records
from indelible.message import Accepted, decode, encode
from indelible.times import MILLISECOND
from indelible.writing.kept_look_up import KeptLookUp, LookUpStore
from msgspec import Raw
from support.builders import an_event, rewritten
from support.memory_look_ups import MemoryLookUps

from .stage import SIGNING_SECRET
from .world import MAIN

if TYPE_CHECKING:
    from .story import Story

_CENTURY_MICROSECONDS = 100 * 365 * 86_400 * 1_000_000
_LONGEST_TAMPERING_SECONDS = 300.0


def forge_look_up(story: Story) -> None:
    """Store the opposite of what is chained, signed as well as the attacker can."""
    world, workspace_id = story.world, _any_workspace(story)
    items = MemoryLookUps()
    lie = _opposite(story, workspace_id)
    if lie is None:
        return
    owner, key = world.random.choice(
        [(workspace_id, b"another secret"), ("ws_other", SIGNING_SECRET.encode())]
    )
    LookUpStore(items, lambda: key).keep(owner, lie)
    signed = world.random.choice([items.kept[owner], items.kept[owner][:-1], b"", b"x" * 50])
    item: Any = {
        "pk": {"S": f"LOOKUP#{workspace_id}"},
        "sk": {"S": "LOOKUP"},
        "signed": {"B": signed},
    }
    world.dynamodb.partitions.setdefault(f"LOOKUP#{workspace_id}", {})["LOOKUP"] = item
    world.tally["look-ups forged"] += 1
    world.note(f"look-up of {workspace_id} forged")


def _opposite(story: Story, workspace_id: str) -> KeptLookUp | None:
    """A look-up at the current head that is wrong about every event of the workspace."""
    last = _last_segment(story, workspace_id)
    if last is None:
        return None
    sent = {
        event.id
        for group, body in story.monitor.sent
        if group == workspace_id
        for event in decode(body).events
    }
    chained = {
        json.loads(record)["id"]
        for item in _chain(story, workspace_id).values()
        for record in read_records(segment_of(item))
    }
    head = last.head
    found, missing = sorted(sent - chained), dict.fromkeys(sorted(chained), head.sequence)
    return KeptLookUp(found, missing, head.sequence, head.event_hash)


def tamper(story: Story) -> None:
    """Change a chain's last segment or cut it off; later the writer is stopped and it is restored.

    While the writer is stopped it still reads. Its memory of that time belongs to no chain.
    """
    world, workspace_id = story.world, _any_workspace(story)
    last = _last_segment(story, workspace_id)
    if last is None or workspace_id in world.tampered:
        return
    chain, [*_, sort_key] = _chain(story, workspace_id), sorted(_chain(story, workspace_id))
    original = chain[sort_key]
    world.tampered.add(workspace_id)
    change: Callable[[Segment], Segment] = world.random.choice([_changed, _with_other_hash])
    if world.random.random() < 0.5:
        chain[sort_key] = cast("Any", item_of(change(last)))
    else:
        del chain[sort_key]
    _repeat_a_message(story, workspace_id)
    world.tally["segments tampered with"] += 1
    world.note(f"{sort_key} of {workspace_id} tampered with")

    def put_back() -> None:
        if story.deliveries.is_under_way(workspace_id):  # a stopped writer ends its invocation
            world.loop.call_after(1.0, put_back)
            return
        world.note(f"{sort_key} of {workspace_id} put back")
        chain[sort_key] = original
        world.tampered.discard(workspace_id)

    world.loop.call_after(world.random.uniform(0, _LONGEST_TAMPERING_SECONDS), put_back)


def _repeat_a_message(story: Story, workspace_id: str) -> None:
    """Deliver again a message that may be chained already, as SQS may do itself."""
    world = story.world
    bodies = [body for group, body in story.monitor.sent if group == workspace_id]
    world.sqs.send_message(
        QueueUrl=MAIN,
        MessageBody=bodies[0],
        MessageGroupId=workspace_id,
        MessageDeduplicationId=f"again-{world.random.getrandbits(64)}",
    )


def _changed(segment: Segment) -> Segment:
    """The same events with another action and matching hashes."""
    records = [each.replace(b"document.", b"account.") for each in read_records(segment)]
    return rewritten(segment, records)


def _with_other_hash(segment: Segment) -> Segment:
    return replace(segment, event_hash=bytes(32))


def dated_ahead(story: Story, workspace_id: str) -> str:
    """The body of a message with an event received a hundred years from now."""
    milliseconds = (story.world.loop.now + _CENTURY_MICROSECONDS) // MILLISECOND
    received_at = milliseconds * MILLISECOND
    event_id = f"{milliseconds:012x}7000800000000000beef"
    parts = (event_id[:8], event_id[8:12], event_id[12:16], event_id[16:20], event_id[20:])
    fields = Raw(json.dumps(an_event()).encode())
    [(body, _)] = encode(workspace_id, "c", [Accepted("-".join(parts), received_at, fields)])
    return body


def _any_workspace(story: Story) -> str:
    return story.world.random.choice(story.workspaces).workspace_id


def _chain(story: Story, workspace_id: str) -> dict[str, Any]:
    partitions: dict[str, Any] = cast("Any", story.world.dynamodb.partitions)
    chain: dict[str, Any] = partitions.get(f"CHAIN#{workspace_id}", {})
    return chain


def _last_segment(story: Story, workspace_id: str) -> Segment | None:
    chain = _chain(story, workspace_id)
    return segment_of(chain[max(chain)]) if chain else None
