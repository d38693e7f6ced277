"""What the log and the watcher say of chains, for the verdict of `indelible verify`."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from collections.abc import Callable, Iterator

from ..proving.restarts import LoggedPast
from ..proving.standing import Standing, standing_of
from ..runtime.clock import now
from ..times import format_time
from ..verifying.breaks import Break, BreakType
from ..verifying.coverage import Coverage
from .log import log_of
from .stack import Stack

FindStanding = Callable[[str], Standing]
"""Finds the standing of a workspace."""


def find_standings(stack: Stack, *, is_copy: bool) -> FindStanding | None:
    """A function that finds the standing of a workspace. None if checkpoints are switched off.

    Reads the newest run once. For a copy of the table, such as a restored one, only what is covered
    counts: what was found is about the stack's own table. Raises Unavailable and DamagedItem.
    """
    from ..aws.scrub_verdicts import DynamoDBScrubVerdicts
    from ..proving.newest import NewestRuns

    log = log_of(stack)
    if log is None:
        return None
    newest = NewestRuns(log.bucket, log.states, log.turns).read(now())
    past, verdicts = LoggedPast(log.bucket), DynamoDBScrubVerdicts(stack.table)

    def find(workspace_id: str) -> Standing:
        watched = None if is_copy else verdicts.watched(workspace_id)
        standing = standing_of(newest, past, watched, workspace_id)
        return standing.of_copy if is_copy else standing

    return find


def breaks_of(coverage: Coverage) -> Iterator[Break]:
    """What holds the workspace, and what the watcher has found, as breaks. Warnings are none."""
    if hold := coverage.hold:
        yield _break(hold.kind, hold.sequence, hold.since, hold.reason, "held")
    for each in coverage.watched.findings if coverage.watched else ():
        if not each.is_warning and each.unit != "hold":
            yield _break(each.kind, each.sequence, each.since, each.detail, "found by the watcher")


def _break(kind: str, sequence: int, since: int, reason: str, what: str) -> Break:
    text = f"{reason}; {what} since {format_time(since)}"
    return Break(BreakType(kind), sequence, None, None, None, text)
