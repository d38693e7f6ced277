"""The rules for records, which hold for the segments of a table and for the lines of a file.

The rules have two forms. The fast one, here, checks all records of a run together. The slow one, in
`one_by_one.py`, explains what is wrong. Property tests compare the verdicts of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import ge, lt
from typing import TypeGuard

from ..chain.hashes import event_hashes, leaf_hashes
from ..chain.record import Header, read_headers
from ..errors import IndelibleError, Unreadable
from ..times import are_canonical
from .one_by_one import check_one_by_one
from .run import Outcome, Position, Rules, Run


class VerifierDefect(IndelibleError):
    """The fast and the slow form of the rules disagree. That is a bug, so there is no verdict."""


def check(run: Run, rules: Rules, before: Position) -> Outcome:
    """Check the records that follow `before`.

    After a break it continues with the values of the run, so that each break is reported once.
    Raises VerifierDefect if the fast form refuses a run in which the slow one finds no break.
    """
    outcome = check_together(run, rules, before)
    return explain(run, rules, before) if outcome is None else outcome


def explain(run: Run, rules: Rules, before: Position) -> Outcome:
    """The slow form, for a run that the fast form refused. VerifierDefect if it finds no break."""
    outcome = check_one_by_one(run, rules, before)
    if not outcome.breaks:
        raise VerifierDefect(
            f"The verifier refused the records from {before.sequence + 1} on and cannot say"
            " why. This is a bug in Indelible; please report it."
        )
    return outcome


def check_parts(parts: Iterable[Run], rules: Rules, before: Position) -> Outcome | None:
    """The fast form for a run that is given in parts, one after the other."""
    at, hashes, first_created_at = before, list[tuple[int, Sequence[bytes]]](), None
    leaves, record_bytes = list[bytes](), 0
    for part in parts:
        outcome = check_together(part, rules, at)
        if outcome is None:
            return None
        at = outcome.position
        hashes += outcome.event_hashes
        leaves += outcome.leaves
        record_bytes += outcome.record_bytes
        first_created_at = first_created_at or outcome.first_created_at
    return Outcome((), at, hashes, first_created_at, leaves, record_bytes)


def check_together(run: Run, rules: Rules, before: Position) -> Outcome | None:
    """The fast form: the outcome if every rule holds, None if one does not."""
    first = before.sequence + 1
    numbers = [*range(first, first + len(run.records))]
    if _are_complete(run.records):
        records, leaves = run.records, run.leaves
    elif rules.may_omit:
        is_present = [record is not None for record in run.records]
        records = [record for record in run.records if record is not None]
        leaves, numbers = [*compress(run.leaves, is_present)], [*compress(numbers, is_present)]
    else:
        return None
    try:
        headers = read_headers(records)
    except Unreadable:
        return None
    links = event_hashes(before.event_hash, run.leaves)
    times = [header.created_at for header in headers]
    if (
        _have_their_hashes(run, records, leaves)
        and [links[index] for index in run.claims] == [*run.claims.values()]
        and [header.sequence for header in headers] == numbers
        and {header.workspace_id for header in headers} <= {rules.workspace_id}
        and _are_in_order(times, headers, rules, before)
    ):
        end = times[-1] if times else before.created_at
        position = Position(before.sequence + len(links), links[-1], end)
        found, size = [(first, links)], sum(map(len, records))
        return Outcome((), position, found, times[0] if times else None, run.leaves, size)
    return None


def _have_their_hashes(run: Run, records: Sequence[bytes], leaves: list[bytes]) -> bool:
    """Whether the records have the hashes that are stored with them."""
    if run.prefixes is None:
        return leaf_hashes(records) == leaves
    return run.prefixes.fit(leaves)


def _are_complete(records: Sequence[bytes | None]) -> TypeGuard[Sequence[bytes]]:
    return all(
        records
    )  # no record is empty; to compare each with None would take five times as long


def _are_in_order(
    times: list[str], headers: Sequence[Header], rules: Rules, before: Position
) -> bool:
    """Whether `_explain_time` would find nothing in any record."""
    if not times:
        return True
    received = {header.received_at for header in headers}  # events of one request share it
    return (
        all(map(lt, [before.created_at, *times], times))
        and (
            times[0] >= max(received)  # then the others are, too
            or all(map(ge, times, [header.received_at for header in headers]))
        )
        and are_canonical([*times, *received])
        and rules.earliest <= times[0] <= times[-1] <= rules.latest
    )
