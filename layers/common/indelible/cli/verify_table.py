"""Verifies the chain of a workspace in a table, and what is stored beside it."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..chain.ledger import Ledger
from ..covering.covered_head import check_covered_head
from ..errors import Unreadable
from ..proving.standing import Standing
from ..reading.missing_records import missing_beside_index
from ..verifying.breaks import BreakType
from ..verifying.kept_head import KeptHead
from .empty_chain import explain_empty_chain
from .standing import FindStanding, breaks_of
from .verdict import Verdict

if TYPE_CHECKING:
    from ..aws.table import Table
    from ..verifying.in_processes import Verify

Progress = Callable[[int, int | None], None]
"""Is called with the number of records verified so far, and that of the chain, if it is known."""


def verify_table(
    table: Table,
    workspace_id: str,
    verify: Verify,
    progress: Progress,
    expected: KeptHead | None = None,
    find_standing: FindStanding | None = None,
) -> Verdict:
    """Verify the chain with `verify`, and compare it with what the log covers.

    A chain is verified whether or not the workspace has a profile. NotFound when nothing shows that
    there ever was such a workspace.
    """
    from ..aws.ledger import DynamoDBLedger

    ledger, verdict = DynamoDBLedger(table), Verdict()
    length = _length(ledger, workspace_id)
    progress(0, length)
    for step in verify(workspace_id, ledger.stored(workspace_id, 1), kept=expected):
        verdict.add_step(step)
        verdict.segments += 1
        progress(verdict.records, length)
    verdict.compare(expected)
    if find_standing:
        standing = find_standing(workspace_id)
        verdict.coverage = standing.coverage
        is_older = standing.is_copy and expected is not None
        _check_standing(ledger, verdict, standing, is_older=is_older)
    if not verdict.broken:
        _check_end(table, workspace_id, verdict)
    return verdict


def _check_standing(
    ledger: Ledger, verdict: Verdict, standing: Standing, *, is_older: bool
) -> None:
    """Add what differs from the covered head, what holds the workspace, and what was found.

    A copy whose head somebody has named may end before the covered head: it is as old as that.
    """
    found = check_covered_head(ledger, standing.state)
    if is_older and found and found.type == BreakType.TRUNCATED:
        found = None
    known = {(each.type, each.sequence) for each in verdict.shown}
    for each in [*([found] if found else []), *breaks_of(standing.coverage)]:
        if (each.type, each.sequence) not in known:
            verdict.add([each])
            known.add((each.type, each.sequence))


def _length(ledger: Ledger, workspace_id: str) -> int | None:
    """The number of records in the chain, unverified; None if its end cannot be read."""
    try:
        newest = ledger.newest(workspace_id)
    except Unreadable:
        return None
    return newest.last_sequence if newest else 0


def _check_end(table: Table, workspace_id: str, verdict: Verdict) -> None:
    """Add a break if something shows that the chain was longer, or that it had records."""
    from ..aws.index import DynamoDBIndex
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import read_profile

    if verdict.segments:
        ledger, index = DynamoDBLedger(table), DynamoDBIndex(table)
        missing = missing_beside_index(ledger, index, workspace_id, verdict.head.sequence)
    else:
        missing, verdict.on_their_way = explain_empty_chain(table, workspace_id)
    if missing:
        verdict.add([missing])
    elif not verdict.segments:
        read_profile(table, workspace_id)
