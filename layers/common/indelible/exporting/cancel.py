"""Cancelling an export: whatever is working on it stops at its next save."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import AlreadyFinished, Conflict, Unavailable
from .job import CANCELLED, Export, ExportStatus, next_revision
from .ports import Exports
from .requests import find_visible_export

if TYPE_CHECKING:
    from ..accounts.caller import Caller

_TRIES = 3
"""The exporter saves once for 8 MiB, so a second try nearly always comes before its next save."""


def cancel_export(
    exports: Exports, caller: Caller, export_id: str, now: int, entropy: Callable[[int], bytes]
) -> Export:
    """Mark an unfinished export as failed, because it is cancelled. `now` is in microseconds.

    A new revision is saved. An exporter that works on the older one cannot save any more, so it
    ends, and queues no further step. No place has to be given back: starting an export frees those
    of exports that have failed. Nothing is deleted here. The bucket removes the uploaded parts.

    Cancelling again returns the cancelled export, so that a request may be repeated. Raises
    NotFound and Expired like `find_visible_export`, AlreadyFinished when it was finished first, and
    Unavailable when it changes too often.
    """
    for _ in range(_TRIES):
        export = find_visible_export(exports, caller, export_id, now)
        if export.error_message == CANCELLED:
            return export
        if export.is_finished:
            raise AlreadyFinished(
                f"The export is {export.status} already. Only an unfinished one can be cancelled."
            )
        cancelled = next_revision(
            export,
            entropy,
            status=ExportStatus.FAILED,
            progress=None,
            error_message=CANCELLED,
            finished_at=now,
        )
        try:
            exports.save(cancelled, replacing=export)
        except Conflict:
            continue
        return cancelled
    raise Unavailable("the export was changed by others each time")
