"""Answers with a verification: the findings of the request, and what the log and watcher say."""

from __future__ import annotations

from ..reading.verification import Findings, public_findings
from .standing import Standing

NOT_SHOWN = "not shown to token holders"
"""In place of a text that may quote events of others."""

_QUOTED = ("event_id", "expected_hash", "actual_hash", "detail")


def verification_answer(
    found: Findings, next_cursor: str | None, standing: Standing | None, *, with_content: bool
) -> dict[str, object]:
    """The answer as `Verification` in openapi.yaml has it. `standing` is None without checkpoints.

    Without content it has only how many events were checked, and where the chain is broken and how.
    Ids, hashes and texts of breaks may be those of events that the caller may not see.
    """
    found_here = public_findings(found, next_cursor)
    data = standing.beside(found_here) if standing else found_here
    if not with_content:
        for each in _objects(data["breaks"]):
            each.update(dict.fromkeys(_QUOTED))
        if isinstance(coverage := data.get("coverage"), dict):
            for each in (*_objects(coverage["findings"]), *_objects([coverage["held"]])):
                each["detail"] = NOT_SHOWN
    return data


def _objects(value: object) -> list[dict[str, object]]:
    """The objects in a list, which may be null."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
