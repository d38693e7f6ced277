"""The hourly check of every head, a share of the workspaces in each invocation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..checkpoints.workspace_state import WorkspaceState
from ..covering.covered_head import HeadCheck
from ..errors import Unavailable
from .finding import HEAD, Findings, Found
from .heads import backdated, check_heads, first_of, is_unnoted, send_notes
from .pace import HEADS_WITHIN, INTERVAL, due_shares, share_of
from .position import Position
from .services import Services


def check_due_heads(
    services: Services,
    position: Position,
    findings: Findings,
    workspaces: Mapping[str, WorkspaceState],
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Check the heads of the shares that are due, and note growth that nobody has noted.

    Raises Unavailable once all that can be checked is. A share counts as checked once each of its
    workspaces is, so one that stays unreadable makes its share late, and no other.
    """
    failed: Unavailable | None = None
    if now - position.listed_at >= HEADS_WITHIN - 2 * INTERVAL:
        try:
            _note_unknown_chains(services, workspaces)
        except Unavailable as error:
            failed = error
        else:
            position.listed_at = now
    for share in due_shares(position.heads, now):
        if not has_time():
            break
        states = [each for name, each in workspaces.items() if share_of(name) == share]
        try:
            _check_share(services, position, findings, states, position.heads[share], now)
        except Unavailable as error:
            failed = failed or error
        else:
            position.heads[share] = now
    if failed:
        raise failed


def _check_share(
    services: Services,
    position: Position,
    findings: Findings,
    states: list[WorkspaceState],
    before: int,
    now: int,
) -> None:
    """Check the heads of these workspaces, which were checked last at the time `before`."""
    checked = check_heads(services.ledger, states)
    failed = [each for each in checked.values() if isinstance(each, Unavailable)]
    grown = dict[str, int]()
    for state in states:
        found = checked[state.workspace_id]
        if isinstance(found, HeadCheck):
            breaks = [Found.of(found.found)] if found.found else []
            findings.replace(state.workspace_id, HEAD, breaks, now)
            if found.grown and is_unnoted(found.grown, state, now):
                first = grown[state.workspace_id] = found.grown.first_sequence
                created_at, is_known = found.grown.first_created_at, before > position.started
                warnings = backdated(first, created_at, before) if is_known else []
                findings.replace(state.workspace_id, f"backdated/{first}", warnings, now)
    send_notes(services.notes, grown)
    position.noted |= grown
    if failed:
        raise failed[0]


def _note_unknown_chains(services: Services, workspaces: Mapping[str, WorkspaceState]) -> None:
    """Note the chains of listed workspaces that no run has seen: those that were there before.

    Raises Unavailable once all that can be read are noted.
    """
    grown, failed = dict[str, int](), list[Unavailable]()
    for name in services.workspaces.ids():
        if name in workspaces:
            continue
        try:
            first = first_of(services.ledger, name)
        except Unavailable as error:
            failed.append(error)
        else:
            if first is not None:
                grown[name] = first
    send_notes(services.notes, grown)
    if failed:
        raise failed[0]
