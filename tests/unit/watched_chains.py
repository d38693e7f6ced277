"""Chains that are covered and watched, and what an attacker does to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indelible.chain.hashes import Head
from indelible.chain.segment import Segment, read_records
from indelible.watching.pace import SHARES, round_length
from support.builders import a_segment, as_stored, rewritten
from support.watched import Watching

NAME = "ws_a"

ROUND = 6
"""Invocations in which a round reads the little that these deployments have."""

SCRUB_DAYS = 288
"""Invocations of the one day within which a record is read again."""

HOUR = 12
"""Invocations of an hour."""


def a_watched_chain(*counts: int) -> Watching:
    """A chain of 4,500 records that the watcher has seen, and another one."""
    watching = Watching()
    watching.grow("ws_b", 3)
    watching.grow(NAME, *(counts or (1, 99, 400, *[500] * 8)))
    watching.watch()
    return watching


def before_a_round(*counts: int) -> Watching:
    """The same, when one round has ended, and the next one is about to begin."""
    watching = a_watched_chain(*counts)
    watching.watch_round()
    watching.deployment.now += round_length(1)
    return watching


def watch_for_an_hour(watching: Watching) -> None:
    for _ in range(SHARES):
        watching.watch()


def stored(watching: Watching) -> dict[int, Segment]:
    return watching.deployment.ledger.chains[NAME]


def holding(watching: Watching, sequence: int) -> Segment:
    return next(each for each in stored(watching).values() if each.holds(sequence))


def with_records(segment: Segment, change: Callable[[list[bytes]], list[bytes]]) -> Segment:
    """The segment with other records, and hashes that fit them."""
    made = rewritten(segment, change(read_records(segment)))
    return replace(made, workspace_id=segment.workspace_id)


def changed(record: bytes) -> bytes:
    return record.replace(b"document.created", b"document.deleted")


def rewrite_from(watching: Watching, sequence: int) -> None:
    """Change a record, and refit the hashes of all segments from there on."""
    head: Head | None = None
    for first in sorted(stored(watching)):
        segment = stored(watching)[first]
        if segment.last_sequence < sequence:
            continue
        records = read_records(segment)
        if head is None:
            records[sequence - first] = changed(records[sequence - first])
            before = Head(first - 1, segment.previous_event_hash, 0)
        else:
            before = replace(head, created_at=0)
        made = a_segment(
            records,
            before,
            workspace_id=NAME,
            first_created_at=segment.first_created_at,
            last_created_at=segment.last_created_at,
        )
        stored(watching)[first] = made
        head = made.head


def change(watching: Watching, sequence: int, *, refit: bool) -> None:
    """Change a record beside its genuine event hash; its leaf prefix may be made to fit."""
    segment = holding(watching, sequence)
    records = read_records(segment)
    records[sequence - segment.first_sequence] = changed(records[sequence - segment.first_sequence])
    prefixes = with_records(segment, lambda _: records).leaf_prefixes
    stored(watching)[segment.first_sequence] = replace(
        segment,
        records=as_stored(records),
        leaf_prefixes=prefixes if refit else segment.leaf_prefixes,
    )


def join_the_last_two(watching: Watching, name: str) -> None:
    """Put one segment with the same records, and hashes that fit, in place of the last two."""
    chain = watching.deployment.ledger.chains[name]
    first, last = (chain.pop(each) for each in sorted(chain)[-2:])
    chain[first.first_sequence] = a_segment(
        [*read_records(first), *read_records(last)],
        Head(first.first_sequence - 1, first.previous_event_hash, 0),
        workspace_id=name,
        first_created_at=first.first_created_at,
        last_created_at=last.last_created_at,
    )
