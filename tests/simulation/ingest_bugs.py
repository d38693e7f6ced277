"""Bugs of ingest, and the promises each of them breaks."""

from __future__ import annotations

from indelible import submit
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.queue import SQSQueue

from .mutation import bug
from .promises import Promise

_TWICE, _LOST = {Promise.ONCE}, {Promise.CHAINED}

INGEST_BUGS = [
    bug(
        "a repeated event is given the time of the request that repeats it",
        submit._assemble,
        ("(claim.event_id, claim.received_at,", "(claim.event_id, name.received_at,"),
        breaks=_LOST,
    ),
    bug(
        "an event that is sent again is given a new id",
        submit._assemble,
        ("Accepted(claim.event_id,", "Accepted(name.event_id,"),
        breaks=_TWICE,
    ),
    bug(
        "an event with a known key is not sent again",
        submit._assemble,
        ("accepted[index] =", "if claim is name:\n            accepted[index] ="),
        breaks=_LOST,
    ),
    bug(
        "a claim is written after the send",
        submit._queue_events,
        ("lost = desk.claims.take(workspace_id, claims) if claims else {}", "lost = {}"),
        (
            "    unsent =",
            "    lost = desk.claims.take(workspace_id, claims) if claims else {}\n    unsent =",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a transaction in conflict counts as done",
        DynamoDBClaims._try_to_take,
        ("return _taken(error, list(claims))", "return _taken(error, list(claims)) or None"),
        breaks=_TWICE,
    ),
    bug(
        "what could not be queued is answered as queued",
        submit._send,
        ("return sent, failure", "return len(events), None"),
        breaks=_LOST,
    ),
    bug(
        "every message of a workspace has the same deduplication id",
        SQSQueue.send,
        ("secrets.token_hex(16)", "workspace_id"),
        breaks=_LOST,
    ),
    bug(
        "known keys are charged again",
        submit._queue_events,
        (
            "reserve(workspace_id, unkeyed + len(claims)",
            "reserve(workspace_id, unkeyed + len(keys)",
        ),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a key lost in a race stays charged",
        submit._queue_events,
        ("if len(lost) + uncharged:", "if uncharged:"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "what is given back is given to the month of the minute after",
        submit._give_back,
        ("submission.received_at)", "submission.received_at + 60_000_000)"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "quota that cannot be given back makes the request fail",
        submit._give_back,
        ("except Unavailable:", "except NotImplementedError:"),
        breaks={Promise.HEARD},
    ),
    bug(
        "events of a message that was sent are answered as failed",
        submit._send,
        ("sent += count", "sent += 1"),
        breaks={Promise.HEARD},
    ),
    bug(
        "a key that comes twice is a duplicate of an event that was not queued",
        submit._queue_events,
        (
            "[_failed(each) if each.id in failed else each for each in receipts]",
            "[_failed(r) if i in unsent else r for i, r in enumerate(receipts)]",
        ),
        breaks={Promise.HEARD},
    ),
    bug(
        "when nothing could be queued, the request is accepted",
        submit._queue_events,
        ("if failure and not sent:", "if False:"),
        breaks={Promise.HEARD},
    ),
]
