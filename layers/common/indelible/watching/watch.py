"""An invocation of the watcher: five minutes' share of all checks, each with its bound.

    position → newest run → holds → backdated records → heads → new blocks of the index
    → what was found before → a piece of the full round → anchors → verdicts → position

What takes little time comes first, so that many new blocks never delay the check of heads.
The position is written last. Whatever happens before, the next invocation does it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State
from ..checkpoints.watched import LOG, Finding, Watched
from ..checkpoints.workspace_map import map_root
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.check_log import read_state
from ..covering.newest_run import find_newest_run
from ..errors import Contradiction, DamagedItem, Unavailable, Unreadable
from ..times import SECOND
from ..verifying.breaks import bucket_tampered, checkpoint_mismatch
from .anchors import put_anchors
from .finding import Findings, Found
from .full_round import go_on
from .head_checks import check_due_heads
from .new_blocks import check_new_blocks
from .pace import ages
from .position import Position, read_position
from .services import Services
from .steps import check_steps
from .units import check_again

WARNED_FOR = 30 * 86_400 * SECOND
"""Microseconds after which a warning is dropped: nothing can show that it is mended."""


@dataclass(slots=True)
class Report:
    """What an invocation found.

    `found` counts what is wrong now, and warnings that are new. `ages` has that of each
    check, in percent of the time that it may take. `unfinished` says what could not be done, and
    why.
    """

    found: int = 0
    ages: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    stretches: int = 0
    unfinished: list[str] = field(default_factory=list)

    @property
    def age(self) -> float:
        """The age of the check that has used most of its time."""
        return max(self.ages.values(), default=0.0)


def watch(services: Services, now: int, has_time: Callable[[], bool]) -> Report:
    """Do what is due at `now`, in microseconds, as long as `has_time` returns True.

    Raises Unavailable when its position can be neither read nor written.
    """
    report = Report()
    position = _read_position(services, now, report)
    findings, known = Findings(position.findings), {*position.rounds.items()}
    newest, state = _read_log(services, position, findings, now, report)
    if newest and state:
        _check(services, position, findings, newest, state, now, has_time, report)
    findings.drop_warnings(now - WARNED_FOR)
    read = {name for name, _ in known ^ {*position.rounds.items()}}
    for name in sorted(findings.changed | read):
        head_at = 0 if name == LOG else position.head_at(name)
        verdict = Watched(findings.of(name), position.rounds.get(name, 0), head_at)
        services.verdicts.put(name, verdict)
    position.findings = [*findings]
    services.positions.write(position.encoded)
    report.found, report.findings = findings.count, position.findings
    report.ages = ages(
        position.heads, position.behind_since, position.round.began, position.ended,
        services.scrub_days, now,
    )  # fmt: skip
    return report


def _read_position(services: Services, now: int, report: Report) -> Position:
    encoded = services.positions.read()
    if encoded is None:
        return Position.at_first(now)
    try:
        return read_position(encoded).not_after(now)
    except Unreadable as error:
        report.unfinished.append(f"the watcher begins again: {error}")
        return Position.at_first(now)


def _read_log(
    services: Services, position: Position, findings: Findings, now: int, report: Report
) -> tuple[PublishedRun | None, State | None]:
    """The newest run and its state. What contradicts itself there is a finding of the log."""
    found = list[Found]()
    newest = state = None
    try:
        turn = services.turns.read()
    except DamagedItem as error:
        turn = None
        report.unfinished.append(str(error))
    try:
        newest = find_newest_run(services.bucket, max(turn.run if turn else 0, position.run))
        number = newest.number if newest else 0
        if number < position.run:
            reason = f"run {position.run} is gone"
            found.append(Found.of(bucket_tampered(position.run, reason)))
    except Contradiction as error:
        found.append(Found.of(bucket_tampered(position.run, str(error))))
    except Unavailable as error:
        report.unfinished.append(str(error))
        return None, None
    try:
        if newest:
            state = read_state(services.states, newest)
            _check_map(newest, state)
    except (Contradiction, Unreadable) as error:
        found.append(Found.of(checkpoint_mismatch(position.run, None, None, str(error))))
    except Unavailable as error:
        report.unfinished.append(str(error))
        return None, None
    findings.replace(LOG, "newest", found, now)
    return newest, state


def _check_map(newest: PublishedRun, state: State) -> None:
    """Raise Contradiction unless the state is the one whose map the log has."""
    state.check_rows(newest.checkpoint.origin)
    if map_root(state.map_rows) != newest.run_entry.map_root:
        raise Contradiction(f"The map of run {newest.number} is not that of its state.")


def _check(
    services: Services,
    position: Position,
    findings: Findings,
    newest: PublishedRun,
    state: State,
    now: int,
    has_time: Callable[[], bool],
    report: Report,
) -> None:
    """All checks, each as far as it comes. One that cannot go on does not stop the others."""
    workspaces = {each.workspace_id: each for each in state.workspaces}
    _check_holds(workspaces, findings, now)

    def blocks() -> None:
        check_new_blocks(services, position, findings, workspaces, now, has_time)

    def backdated() -> None:
        check_steps(services, position, findings, newest, state, now, has_time)

    def heads() -> None:
        check_due_heads(services, position, findings, workspaces, now, has_time)

    def again() -> None:
        check_again(services, findings, workspaces, newest.number, now, has_time)

    def full_round() -> None:
        report.stretches = go_on(services, position, findings, state, newest.number, now, has_time)

    def anchors() -> None:
        put_anchors(
            services.ledger, services.bucket, services.states, services.anchors,
            newest, position, now, has_time,
        )  # fmt: skip

    failed = _try_each((backdated, heads, blocks, again, full_round, anchors), report)
    before = position.ended
    position.ended = {
        each.__name__: before.get(each.__name__, now) if each in failed else now
        for each in (backdated, again, anchors)  # the others have a pace of their own
    }


def _try_each(checks: tuple[Callable[[], None], ...], report: Report) -> list[Callable[[], None]]:
    """Do each check. Returns those that could not end, and reports why."""
    failed = []
    for each in checks:
        try:
            each()
        except (Unavailable, DamagedItem, Contradiction) as error:
            report.unfinished.append(f"{each.__name__}: {error}")
            failed.append(each)
    return failed


def _check_holds(workspaces: dict[str, WorkspaceState], findings: Findings, now: int) -> None:
    """Report what keeps workspaces from being covered."""
    held = {name for name, unit in findings.units() if unit == "hold"}
    for name, each in workspaces.items():
        if each.hold:
            reason = f"nothing is covered from here on: {each.hold.reason}"
            found = [Found(each.hold.kind, each.hold.sequence, reason)]
            findings.replace(name, "hold", found, each.hold.since)
        elif name in held:
            findings.replace(name, "hold", (), now)
