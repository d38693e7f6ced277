"""Builders of values: a test gives only the fields that it is about."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from itertools import count

import msgspec
from indelible import zstd
from indelible.accounts.caller import Caller
from indelible.accounts.keys import SCOPES
from indelible.accounts.limits import Limits
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, Head, event_hash, leaf_hash
from indelible.chain.segment import Segment, cut_prefixes, read_records
from indelible.codec import ZSTD
from indelible.identifiers import uuid7
from indelible.message import Accepted, encode
from indelible.times import parse_time
from indelible.writing.build_segment import build_segment
from indelible.writing.patience import Patience
from indelible.writing.portion import Delivered

WORKSPACE = "ws_test"
KEY_PREFIX = "imk_EXAMPLE0EXAMPLE0"
NOON = parse_time("2026-11-23T12:00:00.000000Z")
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND


def an_event(**fields: object) -> dict[str, object]:
    """A valid event as a client submits it."""
    return {"actor_id": "user_2hG9kLm", "action": "document.created", **fields}


def event_id(number: int, received_at: int = NOON) -> str:
    """The id of the event with this number, a UUID of version 7 with the time of received_at."""
    return uuid7(received_at // 1_000, (number << 2).to_bytes(10))


def at_second(number: int) -> int:
    """The received_at of the event with this number in `a_chain`."""
    return NOON + number * SECOND


def a_queued_event(number: int = 1, received_at: int = NOON, **fields: object) -> QueuedEvent:
    """An event as the writer receives it; the number makes its id."""
    return QueuedEvent(event_id(number, received_at), received_at, an_event(**fields))


def counted_entropy() -> Callable[[int], bytes]:
    """Bytes that are never the same twice, and the same in every run."""
    calls = count()

    def entropy(size: int) -> bytes:
        seed = next(calls).to_bytes(8)
        blocks = (sha256(seed + n.to_bytes(8)).digest() for n in range(size // 32 + 1))
        return b"".join(blocks)[:size]

    return entropy


def tries(count: int) -> Patience:
    """Patience for `count` more tries, without pauses; its time is never over."""
    left = count

    def pause(_: float) -> None:
        nonlocal left
        left -= 1

    return Patience(lambda: 1.0 if left else 0.01, pause)


def a_chain(n: int, per_segment: int, events: Iterable[QueuedEvent] | None = None) -> list[Segment]:
    """A chain of n records, `per_segment` in each segment; events one second apart unless given."""
    queue = list(events or (a_queued_event(i, at_second(i)) for i in range(1, n + 1)))
    entropy, head, chain = counted_entropy(), EMPTY, list[Segment]()
    while queue:
        chain.append(build_segment(WORKSPACE, head, queue[:per_segment], entropy))
        head = chain[-1].head
        queue = queue[chain[-1].count :]
    return chain


def a_segment(records: Iterable[bytes], head: Head = EMPTY, **changes: object) -> Segment:
    """A segment of just these records, with true hashes: what an attacker can always rewrite."""
    plain = list(records)
    leaves = [leaf_hash(each) for each in plain]
    last = head.event_hash
    for leaf in leaves:
        last = event_hash(last, leaf)
    rewritten = Segment(
        workspace_id=WORKSPACE,
        first_sequence=head.sequence + 1,
        count=len(plain),
        first_created_at=head.created_at,
        last_created_at=head.created_at,
        previous_event_hash=head.event_hash,
        event_hash=last,
        leaf_prefixes=cut_prefixes(leaves),
        codec=ZSTD,
        records=as_stored(plain),
    )
    return replace(rewritten, **changes)  # type: ignore[arg-type]


def rewritten(original: Segment, records: Iterable[bytes]) -> Segment:
    """The segment with other records and hashes that fit them."""
    head = Head(original.first_sequence - 1, original.previous_event_hash, 0)
    return a_segment(
        records,
        head,
        first_created_at=original.first_created_at,
        last_created_at=original.last_created_at,
    )


def as_stored(records: Iterable[bytes]) -> bytes:
    """Records as a segment stores them."""
    return zstd.compress(b"\n".join(records), 3)


def records_of(chain: Iterable[Segment]) -> list[bytes]:
    """The bytes of every record, in order."""
    return [each for part in chain for each in read_records(part)]


def a_message(*events: QueuedEvent, workspace_id: str = WORKSPACE) -> str:
    """The body of the one message that carries these events."""
    accepted = [Accepted(e.id, e.received_at, msgspec.Raw(_json(e.fields))) for e in events]
    [(body, _)] = encode(workspace_id, "correlation-1", accepted)
    return body


def a_delivered(name: str, *events: QueuedEvent) -> Delivered:
    """A message with these events, as the queue delivers it."""
    return as_delivered(name, a_message(*events))


def as_delivered(name: str, body: str, sent_at: int = NOON + DAY) -> Delivered:
    """A message with this body, as the queue delivers it."""
    return Delivered(name, body, sent_at)


def a_body(plain: bytes) -> str:
    """Any bytes in the encoding of a message."""
    return f"zstd:{base64.b64encode(zstd.compress(plain, 3)).decode()}"


def _json(fields: dict[str, object]) -> bytes:
    return msgspec.json.encode(fields)


def a_caller(workspace_id: str = WORKSPACE, **forced_filters: str) -> Caller:
    """A caller with every scope; with filters, a token holder that reads only what matches them."""
    token_id = "token-1" if forced_filters else None
    return Caller(workspace_id, KEY_PREFIX, Limits(), frozenset(SCOPES), forced_filters, token_id)
