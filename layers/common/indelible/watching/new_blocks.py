"""New blocks of the index: each is checked once, soon after it was built."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unavailable
from .finding import Findings
from .position import Position
from .services import Services
from .units import check_block, unit_of


def check_new_blocks(
    services: Services,
    position: Position,
    findings: Findings,
    workspaces: Mapping[str, WorkspaceState],
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Check the blocks that were completed since the last invocation.

    A chain that cannot be read does not keep the others waiting. Raises Unavailable in the end.

    Blocks that a workspace has when it is first seen are left to the full round. A block counts as
    new until the indexer has built it.
    """
    span = services.index.geometry.narrow.span
    behind = position.behind_since or now
    is_behind, failed = False, list[Unavailable]()
    for state in workspaces.values():
        if state.size < span:
            continue
        if failed and not has_time():
            break
        try:
            is_done = _check(services, position, findings, state, state.size // span, now, has_time)
        except Unavailable as error:
            is_done, failed = False, [*failed, error]
        is_behind = is_behind or not is_done
    position.behind_since = behind if is_behind else 0
    if failed:
        raise failed[0]


def _check(
    services: Services,
    position: Position,
    findings: Findings,
    state: WorkspaceState,
    complete: int,
    now: int,
    has_time: Callable[[], bool],
) -> bool:
    """Check the new blocks of one chain, which has so many complete ones. Returns whether all."""
    name = state.workspace_id
    checked = position.blocks.setdefault(name, complete if position.run == 0 else 0)
    if checked >= complete:
        return True
    newest = services.index.newest_directory(name)
    for block in range(checked, min(complete, (-1 if newest is None else newest) + 1)):
        if not has_time():
            return False
        found = check_block(services, state, block)
        findings.replace(name, unit_of("index", block), found, now)
        position.blocks[name] = block + 1
    return True
