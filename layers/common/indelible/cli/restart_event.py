"""The event that says in a chain itself that the chain was restarted.

It is accepted as a client's event is: claimed by an idempotency key, counted, queued, and chained
by the writer. The key names the epoch. So a command that is repeated adds no second event.
"""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import os

from ..accounts.limits import (
    MAX_BYTES_PER_MINUTE,
    MAX_EVENTS_PER_MONTH,
    MAX_REPEATS_PER_MINUTE,
    MAX_REQUESTS_PER_MINUTE,
    Limits,
)
from ..checkpoints.requests import RestartRequest
from ..covering.kept import Kept
from ..ingest.receipt import IdempotencyConflict
from ..ingest.submit import IngestServices, Submission, submit
from ..times import MILLISECOND
from .stack import Stack

ACTION = "indelible.chain_restarted"
_OPERATOR = "indelible-operator"
"""Who sends the event: nobody's API key. Usage notes it as that of a request."""

_NO_LIMITS = Limits(
    MAX_REQUESTS_PER_MINUTE, MAX_EVENTS_PER_MONTH, MAX_BYTES_PER_MINUTE, MAX_REPEATS_PER_MINUTE
)


def restart_event(request: RestartRequest, kept: Kept) -> dict[str, object]:
    """The event of a restart, as a client would send it."""
    epoch = request.epoch + 1
    return {
        "actor_id": _OPERATOR,
        "actor_type": "operator",
        "action": ACTION,
        "resource": "chain",
        "resource_id": request.workspace_id,
        "idempotency_key": f"{ACTION}/{epoch}",
        "metadata": {
            "epoch": epoch,
            "covered_before": kept.covered,
            "kept": request.kept_size,
            "reason": request.reason,
            "reason_sha256": request.reason_sha256.hex(),
        },
    }


def submit_restart_event(stack: Stack, request: RestartRequest, kept: Kept, now: int) -> str:
    """Send the event. Returns its id. Safe to repeat; `now` is in microseconds.

    If an event of this restart was accepted with another reason or another size, it stays as it is.
    Then this raises IdempotencyConflict, whose receipt names it. Raises LimitReached while the
    writer is behind, and Unavailable.
    """
    from ..aws.claims import DynamoDBClaims
    from ..aws.clients import single_try_dynamodb_client
    from ..aws.queue import SQSQueue
    from ..aws.table import Table
    from ..aws.usage import DynamoDBUsage

    inserts = Table(single_try_dynamodb_client(), stack.table.name)
    services = IngestServices(
        claims=DynamoDBClaims(stack.table, inserts),
        usage=DynamoDBUsage(stack.table),
        queue=SQSQueue(stack.sqs, stack.queue_url),
        entropy=os.urandom,
    )
    submission = Submission(
        workspace_id=request.workspace_id,
        key_prefix=_OPERATOR,
        limits=_NO_LIMITS,
        received_at=now - now % MILLISECOND,
        correlation_id=ACTION,
        events=[restart_event(request, kept)],
    )
    [receipt] = submit(services, submission)
    return str(receipt.id)


def event_sent_before(conflict: IdempotencyConflict) -> str:
    """The id of the event that this restart has already."""
    return next((each.conflicts_with for each in conflict.receipts if each.conflicts_with), "")
