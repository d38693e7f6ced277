"""The items of the partition `LOG` as attributes: turn, requests, and the cosigned checkpoint."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from ..checkpoints.entries import ContinuesEntry, read_entry
from ..checkpoints.requests import (
    ContinueRequest,
    RebuiltRequest,
    Request,
    RestartRequest,
    TakeOverRequest,
)
from ..checkpoints.turn import Turn
from ..errors import Unreadable
from ..tlog.checkpoint import read_checkpoint
from ..tlog.note import Note, read_note
from ..tlog.spelling import read_number
from .table import (
    binary,
    bytes_of,
    damaged_unless_readable,
    key,
    number,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem

LOG = "LOG"
"""The partition of the turn, the requests and the witnesses. Only runs and operators write it."""

REQUEST = "REQUEST#"
"""The beginning of a request's sort key."""

WITNESS = "WITNESS#"
"""The beginning of a witness's sort key."""

_RESTART, _TAKE_OVER, _CONTINUE, _REBUILT = "restart", "take_over", "continue", "rebuilt"


def turn_key() -> Item:
    """The key of the turn."""
    return key(LOG, "TURN")


def item_of_turn(turn: Turn) -> Item:
    """A turn as the table holds it."""
    return {
        **turn_key(),
        "run": number(turn.run),
        "size": number(turn.size),
        "text": string(turn.text.decode()),
        "state_version": string(turn.state_version),
        "state_sha256": binary(turn.state_sha256),
    }


def turn_of(item: ReadItem) -> Turn:
    """The turn that an item holds. DamagedItem when it is damaged."""
    with damaged_unless_readable("turn of the log"):
        return Turn(
            run=_count(item, "run"),
            size=_count(item, "size"),
            text=text_of(item, "text").encode(),
            state_version=text_of(item, "state_version"),
            state_sha256=bytes_of(item, "state_sha256"),
        )


def cosigned_key() -> Item:
    """The key of the item."""
    return key(LOG, "COSIGNED")


def note_of(item: ReadItem | None) -> Note | None:
    """The checkpoint that an item holds; None without an item. DamagedItem when it is damaged."""
    if item is None:
        return None
    with damaged_unless_readable("cosigned checkpoint"):
        return read_note(text_of(item, "note").encode())


def item_of_note(note: Note, asked_at: int) -> Item:
    """A checkpoint whose cosignatures were asked for at `asked_at` (seconds), as an item.

    The size is that of its text, for conditions.
    """
    return {
        **cosigned_key(),
        "note": string(note.encoded.decode()),
        "size": number(read_checkpoint(note.text).size),
        "asked_at": number(asked_at),
    }


def request_key(request: Request) -> Item:
    """The key of a request. It follows from what is requested, so nothing is requested twice."""
    content = msgspec.json.encode(attributes_of_request(request), order="deterministic")
    return key(LOG, f"{REQUEST}{sha256(content).hexdigest()}")


def attributes_of_request(request: Request) -> Item:
    """A request's attributes without its key."""
    match request:
        case RestartRequest():
            return {
                "kind": string(_RESTART),
                "workspace_id": string(request.workspace_id),
                "epoch": number(request.epoch),
                "kept_size": number(request.kept_size),
                "reason": string(request.reason),
            }
        case TakeOverRequest():
            return {"kind": string(_TAKE_OVER), "table_arn": string(request.table_arn)}
        case ContinueRequest():
            return {
                "kind": string(_CONTINUE),
                "old_origin": string(request.old_origin),
                "old_size": number(request.old_size),
                "old_root": binary(request.old_root),
            }
        case RebuiltRequest():
            return {
                "kind": string(_REBUILT),
                "run": number(request.run),
                "state_version": string(request.state_version),
                "state_sha256": binary(request.state_sha256),
            }


def request_of(item: ReadItem) -> Request:
    """The request that an item holds. DamagedItem when it is damaged."""
    with damaged_unless_readable("request to the log"):
        kind = text_of(item, "kind")
        if kind == _RESTART:
            return RestartRequest(
                text_of(item, "workspace_id"),
                _count(item, "epoch"),
                _count(item, "kept_size"),
                text_of(item, "reason"),
            )
        if kind == _TAKE_OVER:
            return TakeOverRequest(text_of(item, "table_arn"))
        if kind == _CONTINUE:
            old = text_of(item, "old_origin"), _count(item, "old_size"), bytes_of(item, "old_root")
            read_entry(ContinuesEntry(0, *old).encoded)  # no run could go on from another entry
            return ContinueRequest(*old)
        if kind == _REBUILT:
            return RebuiltRequest(
                _count(item, "run"),
                text_of(item, "state_version"),
                bytes_of(item, "state_sha256"),
            )
        raise Unreadable(f"no request is of the kind {kind!r}")


def _count(item: ReadItem, name: str) -> int:
    """A number from 0 to 2^63-1. KeyError or Unreadable for anything else."""
    return read_number(item[name]["N"], name)
