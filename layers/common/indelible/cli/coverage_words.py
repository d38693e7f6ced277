"""Coverage in sentences, as every verdict and `checkpoint show` print it."""

from __future__ import annotations

from collections.abc import Iterator

from ..checkpoints.entries import RestartEntry
from ..checkpoints.watched import LOG
from ..times import format_seconds
from ..verifying.coverage import Assurance, Coverage
from .output import counted, say


def say_coverage(coverage: Coverage, last_sequence: int) -> None:
    """Print up to where a chain or a file that ends at `last_sequence` is covered, and by whom."""
    if coverage.status == Assurance.NOT_COVERED:
        say(vouched(coverage))
    else:
        run = f"run {coverage.run}" if coverage.run else "run"
        time = format_seconds(coverage.run_time) if coverage.run_time is not None else "?"
        say(f"covered up to record {coverage.size} by the log {coverage.log}, {run} at {time}")
        say(vouched(coverage))
        if coverage.created_at is not None:
            say(f"record {coverage.size} was covered {between(coverage)}")
        if coverage.size < last_sequence:
            say(f"records after {coverage.size} are not covered")
    for sentence in restart_sentences(coverage):
        say(sentence, "bold red")
    if coverage.since is not None:
        say_since(coverage.since)


def say_warnings(coverage: Coverage) -> None:
    """Print what the watcher has found that may be in order."""
    for each in coverage.watched.findings if coverage.watched else ():
        if each.is_warning:
            place = f"record {each.sequence}" if each.workspace_id != LOG else "the log"
            say(f"look at {place}: {each.kind}, {each.detail}", "yellow")


def vouched(coverage: Coverage) -> str:
    """Who vouches for what is covered, since when, and what that leaves open."""
    text = coverage.status.words
    if coverage.status == Assurance.WITNESSED and coverage.covered_by is not None:
        text += f" at {format_seconds(coverage.covered_by)}"
    return f"{text}: {coverage.detail}" if coverage.detail else text


def between(coverage: Coverage) -> str:
    """Between which times the record that the coverage names was covered, and as who says."""
    whose = "witnessed" if coverage.status == Assurance.WITNESSED else "the operator says"
    end = format_seconds(coverage.covered_by) if coverage.covered_by is not None else "?"
    start = f"{coverage.created_at}, when it was chained as the operator says,"
    return f"between {start} and {end}, as {whose}"


def say_since(since: int) -> None:
    """Print from when on coverage exists."""
    time = format_seconds(since)
    say(f"coverage exists since {time}: what was changed before cannot be found")


def restart_sentences(coverage: Coverage) -> Iterator[str]:
    """A sentence for each restart that is known, and one if there were more."""
    known, epoch = coverage.restarts or (), coverage.epoch or 0
    if epoch > len(known):
        more = " before these" if known else ""
        count = counted(epoch - len(known), "time")
        yield f"restarted {count}{more}: covered records may have been lost"
    for each in known:
        yield restart_sentence(each)


def restart_sentence(restart: RestartEntry) -> str:
    """When a chain was restarted, and which records that lost."""
    text = f"restarted at {format_seconds(restart.time)}"
    if not restart.lost:
        return f"{text}, no record lost"
    return f"{text}, records {restart.lost[0]} to {restart.lost[-1]} lost"
