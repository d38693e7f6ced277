"""Anchors as the API shows them, and whether the log has them.

The fields are those of the hosted API, whose clients call these routes. The log takes the place of
a public chain: `chain` is its origin, `block_number` the log's size with the run, and `tx_hash` the
anchor's hash.
"""

from __future__ import annotations

import re

from ..checkpoints.anchor import ID_PREFIX, Anchor
from ..checkpoints.object_keys import run_key
from ..checkpoints.published_run import read_published_run
from ..checkpoints.workspace_map import Row, root_with_row, row_key
from ..covering.ports import LockedBucket
from ..errors import NotFound, Unreadable, ValidationFailed, WrongProof
from ..times import SECOND, format_time
from .ports import Anchors, ScrubVerdicts

_TX_HASH = re.compile("[0-9a-f]{64}")


def find_anchor(anchors: Anchors, anchor_id: str, workspace_id: str | None = None) -> Anchor:
    """The anchor with this id, if it is one of the workspace; of any one without a workspace.

    Raises NotFound.
    """
    tx_hash = anchor_id.removeprefix(ID_PREFIX)
    is_id = anchor_id.startswith(ID_PREFIX) and _TX_HASH.fullmatch(tx_hash)
    anchor = anchors.find(tx_hash) if is_id else None
    if anchor is None or workspace_id not in (None, anchor.workspace_id):
        raise NotFound("There is no anchor with this id.")
    return anchor


def look_up_anchor(anchors: Anchors, tx_hash: str | None) -> Anchor:
    """The anchor with this hash, of any workspace. Raises ValidationFailed or NotFound."""
    if tx_hash is None or not _TX_HASH.fullmatch(tx_hash):
        raise ValidationFailed(
            "`tx_hash` must be the 64 lower-case hex digits of an anchor's hash."
        )
    anchor = anchors.find(tx_hash)
    if anchor is None:
        raise NotFound("There is no anchor with this hash.")
    return anchor


def public_view(anchor: Anchor) -> dict[str, object]:
    """What everybody may see who knows the anchor's id or hash. It does not name the workspace."""
    return {
        "id": anchor.id,
        "merkle_root": anchor.checkpoint.root.hex(),
        "events_count": anchor.events,
        "period_start": _format(anchor.period_start),
        "period_end": _format(anchor.period_end),
        "chain": anchor.checkpoint.origin,
        "status": "confirmed",
        "tx_hash": anchor.tx_hash,
        "block_number": anchor.log_size,
        "explorer_url": None,
    }


def listed_view(anchor: Anchor) -> dict[str, object]:
    """An anchor in the list of its workspace."""
    return {
        **public_view(anchor),
        "previous_anchor_hash": anchor.previous_hash and anchor.previous_hash.hex(),
        "tree_size": anchor.checkpoint.size,
        "epoch": anchor.checkpoint.epoch,
        "created_at": _format(anchor.period_end),
    }


def whole_view(anchor: Anchor) -> dict[str, object]:
    """An anchor by itself."""
    return {
        **listed_view(anchor),
        "first_event_hash": anchor.first_event_hash.hex(),
        "last_event_hash": anchor.last_event_hash.hex(),
    }


def verify_anchor(
    bucket: LockedBucket, verdicts: ScrubVerdicts, anchor: Anchor
) -> dict[str, object]:
    """Whether the log has the anchor's checkpoint, and what the watcher last found of its chain.

    `expected` is the root of the anchor, and `actual` the root that the run in the locked bucket
    has; None when it has another one or there is no such run. Compares what is stored, and reads no
    chain: anybody may ask. Raises Unavailable.
    """
    root = anchor.checkpoint.root.hex()
    is_logged = _is_logged(bucket, anchor)
    verdict = verdicts.find(anchor.workspace_id)
    return {
        "anchor_id": anchor.id,
        "merkle_root": root,
        "valid": is_logged,
        "chain_valid": verdict and verdict.is_valid,
        "chain_checked_at": verdict and format_time(verdict.checked_at),
        "expected": root,
        "actual": root if is_logged else None,
        "events_count": anchor.events,
        "tx_hash": anchor.tx_hash,
        "explorer_url": None,
    }


def _is_logged(bucket: LockedBucket, anchor: Anchor) -> bool:
    """Whether the map of the anchor's run has the row of its checkpoint."""
    encoded = bucket.read(run_key(anchor.run))
    if encoded is None:
        return False
    row = Row(row_key(anchor.workspace_id), anchor.checkpoint.sha256)
    try:
        run = read_published_run(encoded)
        map_root = root_with_row(row, anchor.leaf, anchor.map_path)
    except (Unreadable, WrongProof):
        return False
    published = run.number, run.edge.size, run.run_entry.map_root, run.checkpoint.origin
    return published == (anchor.run, anchor.log_size, map_root, anchor.checkpoint.origin)


def _format(seconds: int) -> str:
    """A time in whole seconds: `2026-11-23T20:23:08Z`."""
    return f"{format_time(seconds * SECOND)[: len('yyyy-mm-ddThh:mm:ss')]}Z"
