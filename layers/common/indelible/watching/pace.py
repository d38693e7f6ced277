"""How much the watcher does in one invocation, so that each of its bounds holds."""

from __future__ import annotations

from collections.abc import Mapping

from ..checkpoints.workspace_map import row_key
from ..times import SECOND

INTERVAL = 300 * SECOND
"""The time between two invocations, as template.yaml has it. Times are in microseconds."""

SHARES = 10
"""The workspaces are checked in so many shares, one an invocation: all in fifty minutes."""

HEADS_WITHIN = 3_600 * SECOND
"""Every head is checked within this time."""

BLOCKS_WITHIN = 600 * SECOND
"""Every new block of the index is checked within this time after an invocation has seen it."""

ENDS_WITHIN = 3_600 * SECOND
"""Each check that an invocation does as a whole ends without an error within this time."""

_DAY = 86_400 * SECOND


def share_of(workspace_id: str) -> int:
    """The share that a workspace is in, always the same."""
    return int.from_bytes(row_key(workspace_id)[:4]) % SHARES


def due_shares(heads: list[int], now: int) -> list[int]:
    """The shares to check now, oldest first: the one that waits longest, and all that are late."""
    order = sorted(range(SHARES), key=lambda share: (heads[share], share))
    return [each for each in order if each == order[0] or now - heads[each] >= SHARES * INTERVAL]


def round_length(days: int) -> int:
    """How long a round takes. A tenth of the days is left for rounds that are not all alike."""
    return days * _DAY * 9 // 10


def quota(left: int, began: int, length: int, now: int) -> int:
    """How many of `left` pieces to do now, if a round that began at `began` is to end in time."""
    invocations = max(1, (began + length - now) // INTERVAL)
    return -(-left // invocations)


def ages(
    heads: list[int],
    behind_since: int,
    began: int,
    ended: Mapping[str, int],
    days: int,
    now: int,
) -> dict[str, float]:
    """The age of each check, in percent of the time that it may take."""
    shares = {
        "heads": (now - min(heads)) / HEADS_WITHIN,
        "blocks": (now - behind_since) / BLOCKS_WITHIN if behind_since else 0.0,
        "round": (now - began) / (days * _DAY),
        **{name: (now - at) / ENDS_WITHIN for name, at in ended.items()},
    }
    return {name: round(100 * share, 1) for name, share in shares.items()}
