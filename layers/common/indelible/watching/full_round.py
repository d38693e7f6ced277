"""The full round: every record, link, tile and block, every run and version, once in ScrubDays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..checkpoints.state import State
from ..checkpoints.watched import LOG
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unavailable
from ..tlog.tiles import TILE_WIDTH
from ..verifying.breaks import Break
from .blocks import blocks_in, check_narrow, check_wide
from .finding import Findings, Found
from .pace import INTERVAL, quota, round_length
from .position import Position, Round
from .runs import check_runs, pieces
from .services import Services
from .stretch import read_stretch, stretches
from .units import check_records, tampered, unit_of
from .versions import PAGE, check_versions, owner_of

MAX_PASSED = 100
"""Stretches that a round passes over because they cannot be read. With more, it stops."""


def go_on(
    services: Services,
    position: Position,
    findings: Findings,
    state: State,
    newest: int,
    now: int,
    has_time: Callable[[], bool],
) -> int:
    """Do this invocation's share of the round; returns how many stretches of chains were read.

    The share is what is left, by the invocations that are left. A round that is done is followed by
    the next one when its time is over. A stretch that cannot be read is passed over, and read in
    the end. Raises Unavailable, with the position after what was done.
    """
    length = round_length(services.scrub_days)
    if position.round.is_done and now - position.round.began >= length:
        position.round = Round(now)
    current = position.round
    _list_versions(services, current, findings, state, newest, length, now, has_time)
    _read_runs(services, current, findings, newest, length, now, has_time)
    return _read_chains(services, position, findings, state, length, now, has_time)


def _list_versions(
    services: Services,
    current: Round,
    findings: Findings,
    state: State,
    newest: int,
    length: int,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """List the versions of some keys. How many keys there are is estimated."""
    objects = newest + sum(row.size // TILE_WIDTH for row in state.rows)
    pages = 1 + objects // (PAGE * max(1, length // INTERVAL - 1))
    while pages and current.versions is not None and has_time():
        page = services.bucket.versions("", current.versions)
        for each in page.keys:
            if found := check_versions(each):
                unit = unit_of("key", each.key)
                findings.replace(owner_of(each.key), unit, map(Found.of, found), now)
        current.versions = page.after
        pages -= 1


def _read_runs(
    services: Services,
    current: Round,
    findings: Findings,
    newest: int,
    length: int,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Check some pieces of the log."""
    left = pieces(newest) - (current.runs or 0)
    for _ in range(quota(left, current.began, length, now)):
        if current.runs is None or not has_time():
            return
        piece = current.runs
        found = tampered(partial(check_runs, services.bucket, piece, newest))
        findings.replace(LOG, unit_of("runs", piece), found, now)
        current.runs = piece + 1 if piece + 1 < pieces(newest) else None


def _read_chains(
    services: Services,
    position: Position,
    findings: Findings,
    state: State,
    length: int,
    now: int,
    has_time: Callable[[], bool],
) -> int:
    """Check some stretches. Notes when the end of a chain is read."""
    current, done = position.round, 0
    if current.is_read:
        return 0
    left = sum(stretches(each.size) - start for _, each, start in _left(current, state))
    share = quota(left, current.began, length, now)
    for key, workspace, start in _left(current, state):
        current.key, current.stretch = key, start
        for number in range(start, stretches(workspace.size)):
            if done == share or not has_time():
                return done
            _check_or_pass(services, current, findings, workspace, number, now)
            current.stretch, done = number + 1, done + 1
        if workspace.workspace_id not in current.passed:
            position.rounds[workspace.workspace_id] = now
    _read_passed(services, position, findings, state, now, has_time)
    current.is_read = True
    return done


def _check_or_pass(
    services: Services,
    current: Round,
    findings: Findings,
    workspace: WorkspaceState,
    number: int,
    now: int,
) -> None:
    """Check a stretch, or note that it could not be read. Otherwise one chain would stop all."""
    try:
        _check_stretch(services, findings, workspace, number, now)
    except Unavailable:
        if sum(map(len, current.passed.values())) >= MAX_PASSED:
            raise
        current.passed.setdefault(workspace.workspace_id, []).append(number)


def _read_passed(
    services: Services,
    position: Position,
    findings: Findings,
    state: State,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Check the stretches that were passed over. Raises Unavailable while some cannot be read."""
    workspaces = {each.workspace_id: each for each in state.workspaces}
    passed, failed = position.round.passed, Unavailable("there is no time for what was passed over")
    for name, numbers in [*passed.items()]:
        for number in [*numbers]:
            if not has_time():
                raise failed
            try:
                if number < stretches(workspaces[name].size):  # a restart may have made it shorter
                    _check_stretch(services, findings, workspaces[name], number, now)
            except Unavailable as error:
                failed = error
            else:
                numbers.remove(number)
        if not numbers:
            del passed[name]
            position.rounds[name] = now
    if passed:
        raise failed


def _left(current: Round, state: State) -> Iterator[tuple[str, WorkspaceState, int]]:
    """The workspaces that the round has not read, each with its row key and its next stretch."""
    for row, workspace in zip(state.rows, state.workspaces, strict=True):
        key = row.key.hex()
        if key > current.key:
            yield key, workspace, 0
        elif key == current.key:
            yield key, workspace, min(current.stretch, stretches(workspace.size))


def _check_stretch(
    services: Services, findings: Findings, workspace: WorkspaceState, number: int, now: int
) -> None:
    """Check a stretch of a chain, and the blocks of the index that end in it. Reads it once."""
    name, index = workspace.workspace_id, services.index
    stretch = read_stretch(services.ledger, workspace, number)
    found = check_records(services, workspace, stretch)
    findings.replace(name, unit_of("records", number), found, now)
    if found:
        return  # the blocks are made of the records that were there before
    for block in blocks_in(index, stretch):
        breaks: list[Break] = check_narrow(index, name, block, stretch)
        findings.replace(name, unit_of("index", block), map(Found.of, breaks), now)
    span = index.geometry.wide.span
    for wide in range((stretch.first - 1) // span, stretch.last // span):
        breaks = check_wide(index, name, wide)
        findings.replace(name, unit_of("wide", wide), map(Found.of, breaks), now)
