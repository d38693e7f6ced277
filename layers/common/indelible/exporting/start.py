"""Starting an export: a workspace has at most five unfinished ones.

Those that token holders start are counted apart: one of each tenant and actor. So no token holder
can take the workspace's own places.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import Conflict, DamagedItem, RateLimited, Unavailable
from ..identifiers import time_of_uuid7
from ..times import SECOND
from .job import Export, ExportStatus, next_revision
from .ports import ExportQueue, Exports

MAX_UNFINISHED = 5
"""Maximum number of unfinished exports of a workspace."""

MAX_OF_TOKEN_HOLDERS = 1
"""Maximum number of unfinished exports of all token holders with the same filters."""

_STARTING = 60 * SECOND
"""How long an id without an export belongs to a start that is under way, in microseconds. Lambda
ends the function long before."""

_RETRY_AFTER = 60
"""Seconds: most exports take less."""


def start_export(
    exports: Exports, queue: ExportQueue, export: Export, entropy: Callable[[int], bytes]
) -> None:
    """Store a new export, and queue it. RateLimited when too many are unfinished.

    The order makes every crash safe. A place is taken first, so no two starts can have the last
    one. The export is stored before it is queued, so the exporter finds it. A place that was taken
    for nothing is free after a minute, one of an export that was never queued after two days.
    """
    _take_place(exports, export)
    try:
        exports.create(export)
        queue.send(export.workspace_id, export.id)
    except Unavailable:
        _withdraw(exports, export, entropy)
        raise


def _take_place(exports: Exports, export: Export) -> None:
    """Take a place. RateLimited when unfinished exports have them all.

    Exports do not give their places back when they are finished. The start that finds no place
    frees those of the exports that have ended.
    """
    workspace_id, forced_filters = export.workspace_id, export.forced_filters
    most = MAX_UNFINISHED if forced_filters is None else MAX_OF_TOKEN_HOLDERS
    holders = exports.take_place(workspace_id, export.id, most, forced_filters)
    ended = {each for each in holders if _has_ended(exports, workspace_id, each, export.created_at)}
    if ended:
        exports.free_places(workspace_id, ended, forced_filters)
        holders = exports.take_place(workspace_id, export.id, most, forced_filters)
    if holders:
        is_of_key = forced_filters is None
        whose = "The workspace has" if is_of_key else "The tokens for these events have"
        raise RateLimited(
            f"{whose} {most} unfinished export{'s' * (most > 1)}, the most that there may be. "
            "Wait until one of them is completed or failed, or cancel one (DELETE), then send the "
            "same request again.",
            retry_after=_RETRY_AFTER,
        )


def _has_ended(exports: Exports, workspace_id: str, export_id: str, now: int) -> bool:
    """Whether nobody will work on the export any more. `now` is in microseconds."""
    started_at = time_of_uuid7(export_id)
    if started_at is None:
        return True
    try:
        export = exports.find(workspace_id, export_id)
    except DamagedItem:
        return True  # the exporter cannot read it either
    if export is None:
        return started_at + _STARTING <= now
    return export.is_finished or export.expires_at <= now


def _withdraw(exports: Exports, export: Export, entropy: Callable[[int], bytes]) -> None:
    """Mark as failed an export that may not be in the queue, so that its place is free.

    Does nothing if it was not stored, or if the exporter works on it: it was queued after all.
    """
    failed = next_revision(
        export,
        entropy,
        status=ExportStatus.FAILED,
        error_message="The export could not be started. Start a new one.",
        finished_at=export.created_at,
    )
    with suppress(Conflict, Unavailable):
        exports.save(failed, replacing=export)
