"""Repeats: whether a request under a key of its own has the same receipts whenever it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .callers import Attempt
from .promises import Promise, Violation
from .story import Story


def check_repeats(story: Story) -> Iterator[Violation]:
    """Only one request is accepted under a key, and an event of it never has two receipts.

    An event that failed may have another status later, but never another id.
    """
    of_key: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in story.callers.attempts:
        request = attempt.request
        if request.key and attempt.receipts is not None:
            of_key.setdefault((request.caller.workspace_id, request.key), []).append(attempt)
    for (_, key), attempts in of_key.items():
        story.world.tally["requests repeated under their key"] += len(attempts) - 1
        accepted = {each.request.body for each in attempts if each.status == 202}
        if len(accepted) > 1:
            yield Violation(Promise.REPEATED, f"{key} stands for {len(accepted)} requests")
        for body in accepted:
            answers = [each.receipts or [] for each in attempts if each.request.body == body]
            for place, receipts in enumerate(zip(*answers, strict=True)):
                ids = {each["id"] for each in receipts if each["status"] != "failed" or each["id"]}
                statuses = {each["status"] for each in receipts} - {"failed"}
                if len(ids) > 1 or len(statuses) > 1:
                    what = f"event {place} under {key} is {sorted(map(str, ids | statuses))}"
                    yield Violation(Promise.REPEATED, what)


def count_submissions(story: Story) -> Counter[int]:
    """How often each marker was submitted at most. A request under a key counts once."""
    counts = Counter[int]()
    seen = set[tuple[str, str, str]]()
    for attempt in story.callers.attempts:
        request = attempt.request
        if request.key:
            name = request.caller.workspace_id, request.key, request.body
            if name in seen:
                continue
            seen.add(name)
        counts.update(event.marker for event in request.events)
    return counts
