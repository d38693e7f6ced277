"""Lists of exports: those that can still be read, newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..identifiers import UUID_ENTROPY_BYTES, uuid7
from ..times import MILLISECOND
from .job import KEPT, UNFINISHED_KEPT
from .ports import ExportPage, Exports

if TYPE_CHECKING:
    from ..accounts.caller import Caller

_EARLIEST = bytes(UUID_ENTROPY_BYTES)
_LATEST = b"\xff" * UUID_ENTROPY_BYTES


def list_exports(
    exports: Exports, caller: Caller, limit: int, after: str | None, now: int
) -> ExportPage:
    """At most `limit` exports of the caller's workspace, newest first. `now` is in microseconds.

    Leaves out those that have expired, and those with events that the caller may not see. So a page
    can have fewer, or none. Reads no export that must have expired, by the time in its id.
    """
    oldest = now - KEPT - UNFINISHED_KEPT
    ids = uuid7(oldest // MILLISECOND, _EARLIEST), uuid7(now // MILLISECOND, _LATEST)
    page = exports.page(caller.workspace_id, ids, after, limit)
    shown = tuple(
        each
        for each in page.exports
        if now < each.expires_at and caller.sees(each.filters.as_json())
    )
    return replace(page, exports=shown)
