"""What the log and the watcher say of chains, for the verdict of `indelible verify`."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..checkpoints.watched import LOG, Finding
from ..proving.coverage import Restart
from ..proving.standing import Standing, standing_of
from ..runtime.clock import now
from ..times import SECOND, format_time
from ..verifying.breaks import Break, BreakType
from .output import say
from .proof_words import format_seconds
from .stack import Stack

FindStanding = Callable[[str], Standing]
"""Finds the standing of a workspace."""


def find_standings(stack: Stack, *, is_copy: bool) -> FindStanding | None:
    """A function that finds the standing of a workspace. None if checkpoints are switched off.

    Reads the newest run once. For a copy of the table, such as a restored one, only what is covered
    counts: what was found is about the stack's own table. Raises Unavailable and DamagedItem.
    """
    if stack.log is None:
        return None
    from ..aws.clients import prompt_s3_client
    from ..aws.locked_bucket import S3LockedBucket
    from ..aws.scrub_verdicts import DynamoDBScrubVerdicts
    from ..aws.state_bucket import S3States
    from ..aws.turns import DynamoDBTurns
    from ..proving.coverage import find_restarts
    from ..proving.newest import NewestRuns

    s3 = prompt_s3_client()
    bucket, states = (
        S3LockedBucket(s3, stack.log.locked_bucket),
        S3States(s3, stack.log.state_bucket),
    )
    newest = NewestRuns(bucket, states, DynamoDBTurns(stack.table)).read(now())
    verdicts = DynamoDBScrubVerdicts(stack.table)

    def find(workspace_id: str) -> Standing:
        watched = None if is_copy else verdicts.watched(workspace_id)
        standing = standing_of(newest, watched, workspace_id)
        standing = replace(standing, restarts=find_restarts(bucket, standing.state))
        return standing.of_copy if is_copy else standing

    return find


def breaks_of(standing: Standing) -> Iterator[Break]:
    """What holds the workspace, and what the watcher has found, as breaks. Warnings are none."""
    if hold := standing.state.hold:
        yield _break(hold.kind, hold.sequence, hold.since, hold.reason, "held")
    for each in standing.watched.findings:
        if not each.is_warning and each.unit != "hold":
            yield _break(each.kind, each.sequence, each.since, each.detail, "found by the watcher")


def _break(kind: str, sequence: int, since: int, reason: str, what: str) -> Break:
    text = f"{reason}; {what} since {format_time(since)}"
    return Break(BreakType(kind), sequence, None, None, None, text)


def standing_as_json(standing: Standing) -> dict[str, object]:
    """A standing as `--json` prints it: as the API has it, and the restarts."""
    return {**standing.public, "restarts": [restart_as_json(each) for each in standing.restarts]}


def restart_as_json(restart: Restart) -> dict[str, object]:
    """A restart as `--json` prints it."""
    return {
        "time": format_seconds(restart.time),
        "old_size": restart.old_size,
        "kept_size": restart.kept_size,
    }


def say_standing(standing: Standing) -> None:
    """Print up to where the chain is covered, and what was found that may be in order."""
    if standing.state.size:
        time = format_time(standing.run_time * SECOND)
        say(f"covered up to record {standing.state.size} by run {standing.run} of {time}")
    else:
        say("no record is covered by the log yet")
    for restart in standing.restarts:
        say(str(restart), "bold red")
    for each in standing.watched.findings:
        if each.is_warning:
            _say_warning(each)


def _say_warning(finding: Finding) -> None:
    place = f"record {finding.sequence}" if finding.workspace_id != LOG else "the log"
    say(f"look at {place}: {finding.kind}, {finding.detail}", "yellow")
