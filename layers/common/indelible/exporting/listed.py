"""Lists of exports: those that can still be read, newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..identifiers import UUID_ENTROPY_BYTES, time_of_uuid7, uuid7
from ..times import MILLISECOND
from .job import KEPT, UNFINISHED_KEPT, Export
from .ports import ExportPage, Exports
from .requests import is_visible

if TYPE_CHECKING:
    from ..accounts.caller import Caller

_EARLIEST = bytes(UUID_ENTROPY_BYTES)
_LATEST = b"\xff" * UUID_ENTROPY_BYTES


MOST_PAGES, PAGE = 10, 100
"""How many exports are looked at for a token holder, whose own may be few among the others."""


def list_exports(
    exports: Exports, caller: Caller, limit: int, after: str | None, now: int
) -> ExportPage:
    """At most `limit` exports of the caller, newest first. `now` is in microseconds.

    Leaves out those that have expired, so a page can have fewer, or none. Reads no export that must
    have expired, by the time in its id.
    """
    oldest = now - KEPT - UNFINISHED_KEPT
    ids = uuid7(oldest // MILLISECOND, _EARLIEST), uuid7(now // MILLISECOND, _LATEST)
    if caller.holds_token:
        return _list_own(exports, caller, limit, after, now, ids)
    page = exports.page(caller.workspace_id, ids, after, limit)
    return replace(page, exports=tuple(each for each in page.exports if now < each.expires_at))


def _list_own(
    exports: Exports,
    caller: Caller,
    limit: int,
    after: str | None,
    now: int,
    ids: tuple[str, str],
) -> ExportPage:
    """The exports of a token holder. The next page begins after one that it may see.

    After a thousand exports of others, it begins at the millisecond of the last of them instead,
    because their ids stay hidden. An export of that same millisecond may be left out.
    """
    shown: list[Export] = []
    for _ in range(MOST_PAGES):
        page = exports.page(caller.workspace_id, ids, after, PAGE)
        for each in page.exports:
            if now < each.expires_at and is_visible(each, caller):
                if len(shown) == limit:
                    return ExportPage(tuple(shown), shown[-1].id)
                shown.append(each)
        after = page.next
        if after is None:
            return ExportPage(tuple(shown), None)
    started_at = time_of_uuid7(after or "") or 0
    return ExportPage(tuple(shown), uuid7(started_at // MILLISECOND, _EARLIEST))
