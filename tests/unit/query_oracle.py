"""Filters applied to a plain list of records, without the code under test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

SAME_NAME = (
    "actor_id", "action_category", "resource", "resource_id", "tenant_id", "session_id",
)  # fmt: skip


def matches(record: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    """Whether the event of a record satisfies all these parameters."""
    wanted = dict(filters)
    targets = record.get("targets", [])
    pairs = {"type": wanted.pop("target_type", None), "id": wanted.pop("target_id", None)}
    target = {part: value for part, value in pairs.items() if value is not None}
    checks = [any(target.items() <= each.items() for each in targets) if target else True]
    checks += [record["created_at"] >= wanted.pop("from", "")]
    checks += [record["created_at"] <= wanted.pop("to", "9999")]
    if (action := wanted.pop("action", None)) is not None:
        if action[-1] == "*":
            checks += [record["action"][: len(action) - 1] == action[:-1]]
        else:
            checks += [record["action"] == action]
    if (search := wanted.pop("search", None)) is not None:
        checks += [any(search.lower() in text.lower() for text in searchable(record))]
    checks += [record.get(name) == value for name, value in wanted.items()]
    return all(checks)


def searchable(record: Mapping[str, Any]) -> Iterator[str]:
    """The strings that `search` examines."""
    for name in ("actor_name", "action", "resource_name"):
        if name in record:
            yield record[name]
    yield from _texts(record.get("metadata", {}))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def newest_first(records: Iterable[bytes], filters: Mapping[str, str]) -> list[dict[str, Any]]:
    """The matching records, parsed, newest first."""
    read = [json.loads(each) for each in records]
    return [each for each in reversed(read) if matches(each, filters)]


_FEW: dict[str, list[Any]] = {
    "actor_id": ["user_1", "user_2", "Ünal"],
    "action": ["invoice.paid", "invoice.paid.late", "invoices", "login", "a.b.c", "*"],
    "actor_name": ["Sarah Chen", "Straße", "İ"],
    "action_category": ["create", "access"],
    "resource": ["document", "invoice"],
    "resource_id": ["doc_1", "doc_2", ""],
    "resource_name": ["Q4 Report", "q4 report"],
    "tenant_id": ["org_1", "org_2"],
    "session_id": ["ses_1"],
    "metadata": [{"note": "Approved", "amount": 12.5, "deep": [{"ok": True, "n": None}]}, {}],
    "targets": [
        [{"type": "team", "id": "team_1"}, {"type": "user", "id": "team_2"}],
        [{"type": "user", "id": "team_1", "name": "x"}],
        [{"type": "user"}],
        [],
    ],
}
"""A few values per field, so that filters often match."""

events = st.fixed_dictionaries(
    {name: st.sampled_from(_FEW[name]) for name in ("actor_id", "action")},
    optional={
        name: st.sampled_from(_FEW[name]) for name in _FEW if name not in {"actor_id", "action"}
    },
)
"""The fields of an event."""

_ACTIONS = ["invoice.*", "invoice.pa*", "in*", "*", "invoice.paid", "a.b.*", "none.*"]
filters = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from([v for v in _FEW[name] if v]) for name in SAME_NAME},
        "action": st.sampled_from(_ACTIONS),
        "target_type": st.sampled_from(["team", "user", "none"]),
        "target_id": st.sampled_from(["team_1", "team_2"]),
        "search": st.sampled_from(
            ["chen", "STRASSE", "q4", "approved", "12.5", "true", "note", "zz"]
        ),
    },
)
"""String filters, as request parameters."""
