"""Listing: a workspace's events, newest first or oldest first, a page at a time.

All pages show the chain as it was when the first page was read. Nothing before a sequence ever
changes, so pages neither repeat nor skip an event, whatever is chained in the meantime.
"""

from __future__ import annotations

from ..chain.order import Order
from ..chain.search import segment_holding
from ..errors import FromNewerVersion, Unreadable
from ..filters import Filters
from ..index.lag import Lag
from ..index.terms import is_exact, terms_for
from .budget import Budget
from .counting import count_rest
from .event_page import PAGE_BYTES, EventPage, ListPosition, answered_bytes, listed_of
from .find_event import first_sequence_at
from .metered import in_time
from .reader import Reader
from .scan import Scan

_DOUBTFUL = 4
"""Candidates read together for each event of a page, if the list goes by when things happened: one
late event makes every record of its slice a candidate."""


def list_events(
    reader: Reader,
    workspace_id: str,
    filters: Filters,
    limit: int,
    position: ListPosition | None,
    budget: Budget,
    order: Order = Order.DESC,
    *,
    with_records: bool = False,
) -> EventPage:
    """The first `limit` events that match the filters, from a position of the same order on.

    Returns fewer events, perhaps none, and `next`, when the budget is spent first or the events are
    large; `with_records`, so do their records. Raises Unreadable when the chain is damaged where it
    is read, and Unavailable when the times of the filters are not found in time.
    """
    lag = Lag(narrow=reader.index.geometry.narrow)
    wanted = limit + 1 if filters.occurred is None else _DOUBTFUL * (limit + 1)
    scan = Scan(reader, workspace_id, filters, order, budget, lag, wanted)
    start = position or begin_list(scan)
    page = EventPage(start, total=start.total, lag=scan.lag)
    left, size = (start.first, start.last), 0
    for sequence, opened in scan.matches(left):
        if opened is not None:
            if len(page.listed) == limit or size >= PAGE_BYTES:
                break
            page.listed.append(listed_of(opened, sequence))
            size += answered_bytes(page.listed[-1], with_record=with_records)
        left = order.after(left, (sequence, sequence))
    listed = start.listed + len(page.listed)
    if left[0] > left[1]:
        page.total = listed
        return page
    if len(page.listed) < limit and size < PAGE_BYTES:
        page.searched_to = time_before(scan, left)
    elif position is None and page.total is None:
        page.total = _total(scan, left, listed)
    page.next = ListPosition(*left, listed, page.total, order)
    return page


def begin_list(scan: Scan) -> ListPosition:
    """The position of the first page: all sequences between the times of the filters."""
    workspace_id, filters = scan.workspace_id, scan.filters
    newest = scan.reader.ledger.newest(workspace_id)
    if newest is None:
        return ListPosition(1, 0, 0, 0, scan.order)
    reader = in_time(scan.reader, scan.budget)
    first, last = 1, newest.last_sequence
    if filters.start > 0:
        first = first_sequence_at(reader, workspace_id, filters.start)
    if filters.end < newest.last_created_at:
        last = first_sequence_at(reader, workspace_id, filters.end + 1) - 1
    if scan.order is Order.DESC or newest.holds(first):
        scan.open(newest)
    matches_all = is_exact(filters) and not terms_for(filters)
    total = max(0, last - first + 1) if matches_all else None
    return ListPosition(first, last, 0, total, scan.order)


def _total(scan: Scan, left: tuple[int, int], listed: int) -> int | None:
    """The number of matching events: those listed, and those left. None if it is not known."""
    if not is_exact(scan.filters):
        return None
    try:
        rest = count_rest(scan, left)
    except (Unreadable, FromNewerVersion):
        return None  # the page that meets this record says so
    return None if rest is None else listed + rest


def time_before(scan: Scan, left: tuple[int, int]) -> int:
    """The created_at, in microseconds, up to which the list has been searched.

    Within a segment, it is the time where the segment begins, in the order of the list. So it may
    be a little less far than the list has come, never farther.
    """
    sequence = left[0] - 1 if scan.order is Order.ASC else left[1] + 1
    if scan.reached and scan.reached.holds(sequence):
        segment = scan.reached.segment
    else:
        segment = segment_holding(scan.reader.ledger, scan.workspace_id, sequence)
    begin, end = scan.order.arrange((segment.first_created_at, segment.last_created_at))
    time = end if sequence == scan.order.end(segment.extent) else begin
    return min(max(time, scan.filters.start), scan.filters.end)
