"""Which records a list of the fake API has, and what its summary counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from browser.sample_log import NOW
from support.builders import SECOND

Query = list[tuple[str, str]]
Record = dict[str, Any]


def summary_of(records: Sequence[bytes], query: Query) -> dict[str, Any]:
    """Events a day and actions of the records that match, as `GET /v1/summary` counts them."""
    filters = [each for each in query if each[0] != "days"]
    days, actions = dict[str, int](), dict[str, int]()
    for each in records[::-1][:10_000]:
        record = json.loads(each)
        if matches(record, filters):
            day = record["created_at"][:10]
            days[day] = days.get(day, 0) + 1
            actions[record["action"]] = actions.get(record["action"], 0) + 1
    most = sorted(actions.items(), key=lambda each: -each[1])[:10]
    return {
        "days": [{"date": each, "events": days.get(each, 0)} for each in _last_days()],
        "actions": [{"action": name, "events": count} for name, count in most],
        "newest": sum(actions.values()),
        "complete": True,
    }


def _last_days() -> list[str]:
    today = datetime.fromtimestamp(NOW / SECOND, UTC).date()
    return [str(today - timedelta(days=each)) for each in range(29, -1, -1)]


def matches(record: Record, filters: Query) -> bool:
    """Whether a record matches all filters. Actions are alternatives."""
    actions = [value for name, value in filters if name == "action"]
    if actions and not any(_is_action(record["action"], each) for each in actions):
        return False
    return all(_matches_one(record, *each) for each in filters if each[0] != "action")


def _is_action(action: str, wanted: str) -> bool:
    return action.startswith(wanted[:-1]) if wanted.endswith("*") else action == wanted


def _matches_one(record: Record, name: str, value: str) -> bool:
    created_at: str = record["created_at"]
    if name == "from":
        return created_at[: len(value.rstrip("Z"))] >= value.rstrip("Z")
    if name == "to":
        return created_at[: len(value.rstrip("Z"))] <= value.rstrip("Z")
    if name == "search":
        return value.lower() in json.dumps(record, ensure_ascii=False).lower()
    if name.startswith("metadata."):
        return str(record.get("metadata", {}).get(name.removeprefix("metadata."))) == value
    return bool(record.get(name) == value)
