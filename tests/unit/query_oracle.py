"""Filters applied to a plain list of records, without the code under test."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

SAME_NAME = (
    "actor_id", "actor_type", "action_category", "resource", "resource_id", "tenant_id",
    "session_id", "ip_address",
)  # fmt: skip

Parameters = Mapping[str, Any]
"""Parameters of a request. Only `action` may be a list."""


def matches(record: Mapping[str, Any], filters: Parameters) -> bool:
    """Whether the event of a record satisfies all these parameters. Their times are in UTC."""
    wanted = dict(filters)
    targets = record.get("targets", [])
    pairs = {"type": wanted.pop("target_type", None), "id": wanted.pop("target_id", None)}
    target = {part: value for part, value in pairs.items() if value is not None}
    checks = [any(target.items() <= each.items() for each in targets) if target else True]
    checks += [record["created_at"] >= wanted.pop("from", "")]
    checks += [record["created_at"] <= wanted.pop("to", "9999")]
    happened = record.get("occurred_at", record["created_at"]).rstrip("Z")[:26]
    checks += [happened >= wanted.pop("occurred_from", "").rstrip("Z")]
    checks += [happened <= wanted.pop("occurred_to", "9999-12-31T23:59:59.999999").rstrip("Z")]
    if (action := wanted.pop("action", None)) is not None:
        actions = action if isinstance(action, list) else [action]
        checks += [any(_is_action(record["action"], each) for each in actions)]
    if (object_id := wanted.pop("object_id", None)) is not None:
        checks += [object_id in [record.get("resource_id"), *(each.get("id") for each in targets)]]
    if (search := wanted.pop("search", None)) is not None:
        checks += [any(folded(search) in folded(text) for text in searchable(record))]
    for name in [each for each in wanted if each.startswith("metadata.")]:
        checks += [wanted.pop(name) in _at(record.get("metadata"), name.split(".")[1:])]
    checks += [record.get(name) == value for name, value in wanted.items()]
    return all(checks)


def _is_action(action: str, wanted: str) -> bool:
    if wanted[-1] == "*":
        return action[: len(wanted) - 1] == wanted[:-1]
    return action == wanted


def folded(text: str) -> str:
    """The text without differences of case and form, after Unicode's D146."""
    plain = unicodedata.normalize("NFD", text)
    for _ in range(2):
        plain = unicodedata.normalize("NFKC", plain.casefold())
    plain = unicodedata.normalize("NFKD", plain).replace("\u0131", "i")
    while "i\u0307" in plain:
        plain = plain.replace("i\u0307", "i")
    return unicodedata.normalize("NFKC", plain)


def searchable(record: Mapping[str, Any]) -> Iterator[str]:
    """The strings that `search` examines."""
    for name in ("actor_id", "actor_name", "action", "resource_id", "resource_name"):
        if name in record:
            yield record[name]
    for target in record.get("targets", []):
        yield from (target[part] for part in ("id", "name") if part in target)
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


def _at(value: Any, names: list[str]) -> list[str]:
    """The texts of the scalars at a path. An array stands for its elements."""
    if isinstance(value, list):
        return [text for each in value for text in _at(each, names)]
    if names:
        inside = isinstance(value, dict) and names[0] in value
        return _at(value[names[0]], names[1:]) if inside else []
    if isinstance(value, dict):
        return []
    return [value if isinstance(value, str) else json.dumps(value)]


def newest_first(records: Iterable[bytes], filters: Parameters) -> list[dict[str, Any]]:
    """The matching records, parsed, newest first."""
    read = [json.loads(each) for each in records]
    return [each for each in reversed(read) if matches(each, filters)]


_FEW: dict[str, list[Any]] = {
    "actor_id": ["user_1", "user_2", "Ünal"],
    "action": ["invoice.paid", "invoice.paid.late", "invoices", "login", "a.b.c"],
    "actor_name": ["Sarah Chen", "Straße", "İ"],
    "actor_type": ["user", "service"],
    "ip_address": ["203.0.113.7", "2001:db8::1"],
    "occurred_at": [
        "0001-01-01T00:00:00.000000Z",
        "2026-03-05T09:00:00.000001Z",
        "2026-03-05T09:00:00.000001999Z",
        "2026-11-23T12:00:07.000000Z",
        "9999-12-31T23:59:59.999999Z",
    ],
    "action_category": ["create", "access"],
    "resource": ["document", "invoice"],
    "resource_id": ["doc_1", "doc_2", ""],
    "resource_name": ["Q4 Report", "q4 report"],
    "tenant_id": ["org_1", "org_2"],
    "session_id": ["ses_1"],
    "metadata": [
        {"note": "Approved", "amount": 12.5, "deep": [{"ok": True, "n": None}, {"ok": "x"}]},
        {"note": ["Ok", ["Approved"]], "amount": 12},
        {},
    ],
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
_TIMES = [
    "0001-01-01T00:00:00.000000Z",
    "2026-03-05T09:00:00.000001Z",
    "2026-03-05T09:00:00.000002Z",
    "2026-11-23T12:00:07.000000Z",
]
_CHOICES: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.sampled_from([v for v in _FEW[name] if v]) for name in SAME_NAME},
    "action": st.sampled_from(_ACTIONS)
    | st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=3),
    "object_id": st.sampled_from(["doc_1", "doc_2", "team_1", "team_2"]),
    "occurred_from": st.sampled_from(_TIMES[:3]),
    "occurred_to": st.sampled_from(_TIMES[2:]),
    "metadata.note": st.sampled_from(["Approved", "Ok", "none"]),
    "metadata.amount": st.sampled_from(["12", "12.5"]),
    "metadata.deep.ok": st.sampled_from(["true", "x"]),
    "metadata.deep.n": st.just("null"),
    "target_type": st.sampled_from(["team", "user", "none"]),
    "target_id": st.sampled_from(["team_1", "team_2"]),
    "search": st.sampled_from(
        ["chen", "STRASSE", "q4", "approved", "12.5", "true", "note", "zz", "TEAM_1", "user_"]
    ),
}

filters = st.sets(st.sampled_from([*_CHOICES]), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: _CHOICES[name] for name in sorted(names)})
)
"""String filters, as request parameters: few at a time, so that they often match many events."""


def is_counted(filters: Parameters) -> bool:
    """Whether docs/reading.md promises a total before the last page, for a chain this short."""
    actions = filters.get("action", [])
    words = [
        each.removesuffix("*") for each in ([actions] if isinstance(actions, str) else actions)
    ]
    uncounted = {"search", "actor_type", "ip_address", "occurred_from", "occurred_to"}
    return (
        not filters.keys() & uncounted
        and not any(name.startswith("metadata.") for name in filters)
        and not {"target_type", "target_id"} <= filters.keys()
        and not any(each in ("in", "invoice.pa") for each in words)
    )
