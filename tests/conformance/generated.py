"""Generated requests, for what no schema can say: which numbers, pairs and keys are refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import schemathesis

MAX_KEY = 512
"""Maximum characters of an idempotency key."""

HEADER = "Idempotency-Key"
MAX_HEADER = 255
"""Maximum characters of the key of a request."""

PAIRS = (("from", "to"), ("occurred_from", "occurred_to"))


def events_in(body: object) -> list[object]:
    """The events in the body of a request to submit some."""
    if isinstance(body, dict):
        events = body.get("events", [body])
        return events if isinstance(events, list) else []
    return body if isinstance(body, list) else []


def has_whole_floats(body: object) -> bool:
    """Whether an id or a version is a number such as 1.0.

    That is an integer for JSON Schema, but not for the contract.
    """
    events = [each for each in events_in(body) if isinstance(each, dict)]
    targets = [each.get("targets") for each in events]
    fields = [*events, *(each for some in targets if isinstance(some, list) for each in some)]
    values = [value for each in fields if isinstance(each, dict) for value in each.values()]
    return any(isinstance(each, float) and each.is_integer() for each in values)


def has_both_of_a_pair(values: object) -> bool:
    """Whether query or filters have both times of a pair."""
    return isinstance(values, dict) and any({*pair} <= values.keys() for pair in PAIRS)


def put_pairs_in_order(values: object) -> None:
    """Swap the times of each pair whose end is the earlier one, in a query or a body.

    The texts of generated times sort as the times do.
    """
    if not isinstance(values, dict):
        return
    put_pairs_in_order(values.get("filters"))
    for first, last in PAIRS:
        start, end = values.get(first), values.get(last)
        if isinstance(start, str) and isinstance(end, str) and start > end:
            values[first], values[last] = end, start


def with_new_keys(body: Any) -> Any:
    """The body with new idempotency keys, which are not in use already."""
    if isinstance(body, list):
        return [with_new_keys(each) for each in body]
    if isinstance(body, dict) and isinstance(body.get("events"), list):
        return {**body, "events": [with_new_keys(each) for each in body["events"]]}
    key = body.get("idempotency_key") if isinstance(body, dict) else None
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        return body
    return {**body, "idempotency_key": (uuid4().hex + key)[:MAX_KEY]}


def give_a_new_key(case: schemathesis.Case[Any]) -> None:
    """Give the request a new key of its own, or none if its one event has a key."""
    headers: Any = case.headers or {}
    key = headers.get(HEADER)
    if key is None or not 1 <= len(key) <= MAX_HEADER:
        return
    if isinstance(case.body, dict) and case.body.get("idempotency_key") is not None:
        del headers[HEADER]
        return
    headers[HEADER] = (uuid4().hex + key)[:MAX_HEADER]
