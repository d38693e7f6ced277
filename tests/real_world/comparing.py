"""Comparing: what came back of an event against what was sent, value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from support.instants import nanoseconds

from .shapes import Event

IDS = ("actor_id", "resource_id", "tenant_id", "session_id")
OWN = {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
"""The fields of a record that the service adds."""

SHOWN_BESIDES = {"id", "created_at", "integrity"}
NEVER_SET = {"ip_country", "ip_city"}
COLUMNS_BESIDES = {"id", "sequence", "created_at", "event_hash"}


def as_documented(event: Event) -> Event:
    """The event as it is kept: integers as ids are text, and `[]` as metadata is `{}`."""
    kept = _respelled(event, IDS)
    if event.get("targets"):
        kept["targets"] = [_respelled(target, ("id",)) for target in event["targets"]]
    return kept


def _respelled(fields: Event, ids: tuple[str, ...]) -> Event:
    changed: Event = {name: str(fields[name]) for name in ids if isinstance(fields.get(name), int)}
    if fields.get("metadata") == []:
        changed["metadata"] = {}
    return {**fields, **changed}


def of_record(record: Event) -> Event:
    """The fields of a record in an NDJSON export, without those that the service adds."""
    assert record.keys() >= OWN
    return {name: value for name, value in record.items() if name not in OWN}


def of_shown(shown: Event) -> Event:
    """The fields of an event as the API shows it."""
    flat = {name: value for name, value in shown.items() if name not in SHOWN_BESIDES}
    for name in NEVER_SET:
        assert flat.pop(name) is None
    actor, resource = flat.pop("actor"), flat.pop("resource")
    flat |= {f"actor_{name}": value for name, value in actor.items()}
    flat |= {f"resource_{name}": value for name, value in resource.items()}
    flat["resource"] = flat.pop("resource_type")
    return flat


def of_row(row: dict[str, str]) -> Event:
    """The fields of an event in a row of a CSV export, read as docs/exports.md says."""
    cells = {name: cell.removeprefix("'") for name, cell in row.items() if cell}
    fields: Event = {name: cell for name, cell in cells.items() if name not in COLUMNS_BESIDES}
    for name in {"targets", "metadata", "version"} & fields.keys():
        fields[name] = json.loads(fields[name])
    return fields


def differences(sent: Event, came: Event) -> list[str]:
    """What came back otherwise, each with its path. Numbers differ also by type and sign of 0.

    Null means absent in an event and in a target, and so does an empty array of targets.
    """
    sent, came = _present(sent), _present(came)
    when, kept = sent.pop("occurred_at", None), came.pop("occurred_at", None)
    found = [*_differences("", sent, came)]
    if (when and nanoseconds(when)) != (kept and nanoseconds(kept)):
        found.append(f"occurred_at: {when!r} came back as {kept!r}")
    return found


def _present(event: Event) -> Event:
    fields = {name: value for name, value in event.items() if value is not None}
    if targets := fields.pop("targets", []):
        fields["targets"] = [
            {name: value for name, value in target.items() if value is not None}
            for target in targets
        ]
    return fields


def _differences(path: str, sent: Any, came: Any) -> Iterator[str]:
    if type(sent) is not type(came):
        yield f"{path}: {sent!r} came back as {came!r}"
    elif isinstance(sent, dict):
        for name in sorted(sent.keys() | came.keys()):
            inner = f"{path}.{name}".removeprefix(".")
            if name not in came:
                yield f"{inner}: {sent[name]!r} is lost"
            elif name not in sent:
                yield f"{inner}: {came[name]!r} was never sent"
            else:
                yield from _differences(inner, sent[name], came[name])
    elif isinstance(sent, list) and len(sent) == len(came):
        for position, (one, other) in enumerate(zip(sent, came, strict=True)):
            yield from _differences(f"{path}.{position}", one, other)
    elif repr(sent) != repr(came):  # which tells -0.0 from 0.0
        yield f"{path}: {sent!r} came back as {came!r}"
