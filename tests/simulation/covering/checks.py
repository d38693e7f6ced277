"""Checks: whether a story kept every promise."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.covering.run import Report
from indelible.errors import Contradiction, Unavailable
from support.audited import Audit

from ..world import Crashed
from .promises import Promise, Violation
from .story import Story

HOUR = 3_600 * 1_000_000


def check(story: Story) -> list[Violation]:
    """Every promise that the story broke."""
    audit = story.world.log.audit()
    return [
        *_runs(audit),
        *_signed(story, audit),
        *_covered(story),
        *_quiet(story),
        *_alarms(story),
        *_raised(story),
    ]


def _runs(audit: Audit) -> Iterator[Violation]:
    for each in audit.broken:
        is_tile = each.startswith(("log/", "ws/"))
        yield Violation(Promise.TILES if is_tile else Promise.FOLLOWS, each)


def _signed(story: Story, audit: Audit) -> Iterator[Violation]:
    happened = story.world.happened
    story.world.tally["texts signed beside the log"] += happened.forks(audit.texts)
    return happened.broken(audit.texts)


def _covered(story: Story) -> Iterator[Violation]:
    log = story.world.log
    if not log.published:
        yield Violation(Promise.COVERED, "nothing was published")
        return
    try:
        states = {each.workspace_id: each for each in log.state.workspaces}
    except Exception as error:  # noqa: BLE001 (a bug can make it unreadable in any way)
        yield Violation(Promise.COVERED, f"the newest state cannot be read: {error}")
        return
    for name, epochs in log.truths.items():
        state, size = states.get(name), len(epochs[-1].leaves)
        if state is None or (state.size, state.epoch) != (size, len(epochs) - 1) or state.hold:
            yield Violation(Promise.COVERED, f"{name} has {size} records: {state}")
    if log.notes.waiting or log.turns.waiting:
        yield Violation(Promise.COVERED, "notes or requests are left")


def _quiet(story: Story) -> Iterator[Violation]:
    """The last runs come a minute after each other, and everything is covered."""
    ended = sorted(story.world.ended, key=lambda each: each[0])[-3:]
    published = [each for _, each in ended if isinstance(each, Report) and each.published]
    if published:
        yield Violation(Promise.QUIET, f"published again: {published[0]}")
    newest = max(story.world.happened.published.values(), default=0)
    if story.world.loop.now - newest > HOUR + HOUR // 4:
        yield Violation(Promise.QUIET, "there was no heartbeat for more than an hour")


def _alarms(story: Story) -> Iterator[Violation]:
    fooled = story.fooled.key.name if story.fooled else None
    ended = sorted(story.world.ended, key=lambda each: each[0])
    for at, each in ended:
        own = [
            warning
            for warning in (each.warnings if isinstance(each, Report) else [])
            if fooled is None or at < story.fooled_at - HOUR or not warning.startswith(fooled)
        ]
        is_known_key = isinstance(each, Contradiction) and story.rotated
        raised = isinstance(each, Contradiction) and not is_known_key
        if (own or raised) and not story.world.happened.changes:
            yield Violation(Promise.CALM, f"{own or each!r}")
    _, last = ended[-1]
    if isinstance(last, Contradiction):
        yield Violation(Promise.CALM, f"the last run raised {last!r}")
    if fooled and isinstance(last, Report) and not any(fooled in each for each in last.warnings):
        yield Violation(Promise.HEARD, f"{fooled} saw another log, and nobody says so")


def _raised(story: Story) -> Iterator[Violation]:
    for _, each in story.world.ended:
        if not isinstance(each, (Report, Crashed, Unavailable, Contradiction)):
            yield Violation(Promise.HANDLED, repr(each))
