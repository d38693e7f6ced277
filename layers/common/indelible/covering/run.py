"""A run: covers what has grown, decides what to sign, signs it once, and publishes it.

    newest run → finish what another run decided → cover → put the state → take the turn
    → sign → witnesses → publish → delete notes and requests

The order is what makes each step safe to repeat, and safe beside other runs. Nothing is signed
before a turn is taken, and of several turns for one run only one is. docs/checkpoints.md says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..checkpoints.published_run import PublishedRun
from ..checkpoints.requests import RebuiltRequest, Request
from ..checkpoints.state import State
from ..checkpoints.turn import Turn
from ..checkpoints.workspace_state import Hold
from ..errors import Contradiction, DamagedItem, UnknownKey
from ..times import SECOND
from .check_log import check_log, check_table, read_state
from .check_step import check_step
from .cosign_again import cosign_again
from .cover_all import cover_all
from .log_tiles import put_log_tiles
from .newest_run import find_newest_run, read_run
from .next_run import Decision, next_run
from .ports import LockedBucket
from .publish import publish
from .rare_entries import plan_rare_entries
from .services import Services
from .signing_keys import put_keys
from .unfinished import MAX_SKEW_SECONDS, decide_again

HEARTBEAT_SECONDS = 3_600
"""Age of the newest run after which another one follows, though nothing has changed."""

MAX_NOTES = 2_000
"""Growth notes that a run takes. A note names what one invocation of the indexer saw."""

MAX_REQUESTS = 100
"""Operators' requests that a run takes. The next one takes the others."""


@dataclass(slots=True)
class Report:
    """What a run did. `warnings` are what somebody has to look at.

    `lag` is the age, in seconds, of the oldest growth that is known and not covered. `holds` has
    what keeps workspaces from being covered, by id; their growth does not count as lag. `records`
    is the number of records that were covered.
    """

    published: PublishedRun | None = None
    lag: float = 0.0
    holds: Mapping[str, Hold] = field(default_factory=dict)
    records: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def held(self) -> int:
        """The number of workspaces that are held."""
        return len(self.holds)


def run(services: Services, now: int, has_time: Callable[[], bool]) -> Report:
    """Carry out one run at `now`, in microseconds.

    Covers as long as `has_time` returns True. Raises Contradiction when nothing may be signed until
    somebody has looked, and Unavailable when a service fails: the next run goes on from there.
    """
    report = Report()
    turn = services.turns.read()
    newest = find_newest_run(services.bucket, turn.run if turn else 0)
    check_log(services.bucket, services.origin, [each.key for each in services.signers], newest)
    requests = _readable(services.turns.requests(), report)
    check_table(services.table_arn, newest, requests)
    if newest and _clock_was_ahead(services.bucket, newest, now):
        report.warnings.append(_AHEAD)
    before = _go_on_from(services, newest, requests)
    if turn and turn.run == before.run + 1:
        newest = _finish(services, turn, newest, before, now, report)
        before = _go_on_from(services, newest, requests)
    elif (turn.run if turn else 0) != before.run and services.turns.read() == turn:
        report.warnings.append(_OTHER_TABLE)  # had it changed, another run would be at work
    _run_next(services, turn, newest, before, requests, now, has_time, report)
    return report


def _readable(listed: Sequence[Request | DamagedItem], report: Report) -> list[Request]:
    """The requests that can be read. The others are a warning: they must stop no run."""
    found = [each for each in listed if not isinstance(each, DamagedItem)]
    if len(found) < len(listed):
        report.warnings.append(
            f"{len(listed) - len(found)} requests are no operator's: delete the items REQUEST# of"
            " the partition LOG that cannot be read."
        )
    return found


_OTHER_TABLE = (
    "The turn in the table is not that of the newest run: the table was restored or written to."
)


_AHEAD = (
    "The newest run says that it is of a later time: its clock was ahead. Times in the log never go"
    " back, so all runs have this time until it has come."
)


def _clock_was_ahead(bucket: LockedBucket, newest: PublishedRun, now: int) -> bool:
    """Whether the newest run is the first whose time has not come."""
    latest = now // SECOND + MAX_SKEW_SECONDS
    if newest.run_entry.time <= latest:
        return False
    return newest.number == 1 or read_run(bucket, newest.number - 1).run_entry.time <= latest


def _go_on_from(
    services: Services, newest: PublishedRun | None, requests: Sequence[Request]
) -> State:
    """The state of the newest run, once there is all that follows from the run.

    That is the tiles of the log that it has filled, and the objects of keys that it has logged.
    """
    if newest:
        put_log_tiles(services.bucket, newest)
        put_keys(services.bucket, newest, [each.key for each in services.signers])
    return read_state(services.states, newest, requests)


def _finish(
    services: Services,
    turn: Turn,
    newest: PublishedRun | None,
    before: State,
    now: int,
    report: Report,
) -> PublishedRun | None:
    """Publish what another run has decided. Returns the newest run, the same if it was forged."""
    keys = [each.key for each in services.signers]
    try:
        decision = decide_again(
            services.states, services.origin, keys, turn, newest, before, now // SECOND
        )
    except UnknownKey:
        raise  # another version of this deployment may have decided and signed it
    except Contradiction as error:
        report.warnings.append(f"The turn was not taken by a run: {error}")
        return newest
    return _publish(services, decision, newest, report)


def _run_next(
    services: Services,
    turn: Turn | None,
    newest: PublishedRun | None,
    before: State,
    requests: Sequence[Request],
    now: int,
    has_time: Callable[[], bool],
    report: Report,
) -> None:
    """Cover what has grown. Publish a run if anything has changed, or if the newest is old."""
    time = max(now // SECOND, newest.run_entry.time if newest else 0)
    requests = requests[:MAX_REQUESTS]
    rare = plan_rare_entries(services, newest, before, requests, time)
    report.warnings += rare.refused
    received = services.notes.receive(MAX_NOTES)
    workspaces = {each.workspace_id: each for each in before.workspaces} | rare.restarted
    covered = cover_all(services, workspaces, before.run + 1, received, now, has_time)
    report.lag, report.holds, report.records = covered.lag, covered.holds, covered.records
    if covered.unreadable:
        report.warnings.append(f"{covered.unreadable} growth notes are not the indexer's")
    changed = rare.restarted | covered.changed
    is_due = newest is None or time - newest.run_entry.time >= HEARTBEAT_SECONDS
    if newest and _clock_was_ahead(services.bucket, newest, now):
        is_due = True  # so that the warning ends
    if newest and newest.table_arn != services.table_arn:
        is_due = True  # so that the log says from which table it goes on
    if any(isinstance(each, RebuiltRequest) and each.run == before.run for each in requests):
        is_due = True  # so that the newest run names a state that is there
    if changed or rare.entries or is_due:
        number, origin = before.run + 1, services.origin
        after = before.after(number, time, origin, changed.values(), rare.entries)
        decision = _decide(services, turn, newest, before, after)
        if decision is None:
            services.notes.release(received)  # the run that won has not received them
            return
        _publish(services, decision, newest, report)
    elif newest and services.witnesses:
        report.warnings += cosign_again(services, newest, turn, now // SECOND)
    services.notes.delete([each for each in received if each not in covered.unreached])
    services.turns.done(requests)
    services.notes.release([each for each in received if each in covered.unreached])


def _decide(
    services: Services,
    turn: Turn | None,
    newest: PublishedRun | None,
    before: State,
    after: State,
) -> Decision | None:
    """Store the state, and take the turn with what follows from it. None if another run took it."""
    check_step(before, after, newest)
    version = services.states.put(after.encoded)
    decision = next_run(services.origin, newest, after, version)
    is_ours = services.turns.take(decision.turn, turn) or services.turns.read() == decision.turn
    return decision if is_ours else None


def _publish(
    services: Services, decision: Decision, before: PublishedRun | None, report: Report
) -> PublishedRun:
    published = publish(
        services.bucket,
        services.signers,
        services.witnesses,
        decision,
        before,
        services.table_arn,
    )
    put_keys(services.bucket, published.run, [each.key for each in services.signers])
    report.published = published.run
    report.warnings += published.warnings
    return published.run
