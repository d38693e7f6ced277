"""Units: the parts that are checked by themselves, and again as long as something is wrong there.

records/<stretch>   index/<narrow block>   wide/<wide block>   runs/<piece>   key/<key>   head
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..checkpoints.workspace_state import WorkspaceState
from ..covering.covered_head import check_covered_head
from ..errors import Contradiction, Unavailable
from ..verifying.breaks import Break, bucket_tampered
from .blocks import check_narrow, check_wide
from .covered_tiles import check_stretch
from .finding import HEAD, Findings, Found
from .runs import check_runs
from .services import Services
from .stretch import RECORDS, Stretch, check_chain, read_stretch, stretches
from .versions import check_key

AGAIN = 20
"""Units that an invocation checks again because something was wrong there."""


def unit_of(kind: str, number: int | str) -> str:
    """The name of a unit."""
    return f"{kind}/{number}"


def tampered(check: Callable[[], Iterable[Break]]) -> list[Found]:
    """What a check finds. An object behind a delete marker, which cannot be read, is a break."""
    try:
        return [Found.of(each) for each in check()]
    except Contradiction as error:
        return [Found.of(bucket_tampered(0, str(error)))]


def check_records(services: Services, state: WorkspaceState, stretch: Stretch) -> list[Found]:
    """What is wrong with the records and the tiles of a stretch."""
    return tampered(lambda: check_stretch(services.ledger, services.bucket, state, stretch))


def check_block(services: Services, state: WorkspaceState, block: int) -> list[Found]:
    """What is wrong with a narrow block of the index, or with the records that it is for.

    A block is made of records as they are stored. So only that of right records can be compared.
    A stretch has one block whole, or several.
    """
    narrow = services.index.geometry.narrow
    first, following = map(narrow.first_sequence, (block, block + 1))
    stretch = read_stretch(services.ledger, state, (first - 1) // RECORDS)
    found, _ = check_chain(services.ledger, state, stretch)
    breaks = [each for each in found if first <= each.sequence < following]
    if not found:
        breaks = check_narrow(services.index, state.workspace_id, block, stretch)
    return [*map(Found.of, breaks)]


def check_again(
    services: Services,
    findings: Findings,
    workspaces: Mapping[str, WorkspaceState],
    newest: int,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Check units in which something was found, so that a finding ends soon after it is mended.

    Raises Unavailable once the units are checked that can be.
    """
    units = [each for each in findings.units() if "/" in each[1] or each[1] == HEAD]
    failed: Unavailable | None = None
    for name, unit in [each for each in units if not each[1].startswith("backdated/")][:AGAIN]:
        if not has_time():
            break
        try:
            found = _check(services, workspaces.get(name), unit, newest)
        except Unavailable as error:
            failed = failed or error
        else:
            findings.replace(name, unit, found, now)
    if failed:
        raise failed


def _check(services: Services, state: WorkspaceState | None, unit: str, newest: int) -> list[Found]:
    """What is wrong with a unit now. A unit that is no more has nothing wrong."""
    kind, _, rest = unit.partition("/")
    if kind == HEAD:
        found = check_covered_head(services.ledger, state) if state else None
        return [Found.of(found)] if found else []
    if kind == "key":
        return tampered(lambda: check_key(services.bucket, rest))
    if kind == "runs":
        return tampered(lambda: check_runs(services.bucket, int(rest), newest))
    return _check_part(services, state, kind, int(rest)) if state else []


def _check_part(services: Services, state: WorkspaceState, kind: str, number: int) -> list[Found]:
    """What is wrong with a part of a chain, as far as it is covered."""
    geometry = services.index.geometry
    if kind == "records" and number < stretches(state.size):
        return check_records(services, state, read_stretch(services.ledger, state, number))
    if kind == "index" and (number + 1) * geometry.narrow.span <= state.size:
        return check_block(services, state, number)
    if kind == "wide" and (number + 1) * geometry.wide.span <= state.size:
        return [*map(Found.of, check_wide(services.index, state.workspace_id, number))]
    return []
