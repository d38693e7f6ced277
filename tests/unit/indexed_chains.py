"""Generated chains and their indexes, in which parts may be missing, garbled or old."""

from __future__ import annotations

import zlib
from contextlib import suppress

from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.filters import read_filters
from indelible.index.directory import (
    BLANK_DIRECTORY,
    BlockDirectory,
    decode_directory,
    encode_directory,
)
from indelible.index.starts import size_of_starts
from support.builders import NOON, SECOND
from support.small_index import SPAN, Indexed, chain_of, events_at

ACTORS = ("ann", "bob", "cy")


ACTIONS = ("login", "invoice.created", "invoice.paid.late", "invoicing.on", "file.read")


FIELDS = st.fixed_dictionaries(
    {"actor_id": st.sampled_from(ACTORS), "action": st.sampled_from(ACTIONS)},
    optional={
        "action_category": st.sampled_from(("auth", "billing")),
        "resource": st.sampled_from(("invoice", "file")),
        "resource_id": st.sampled_from(("1", "2", "3", "4")),
        "tenant_id": st.sampled_from(("t1", "t2")),
        "session_id": st.sampled_from(("s1", "s2", "s3")),
        "occurred_at": st.sampled_from(
            (
                "0001-01-01T00:00:00.000000Z",
                "2026-03-05T09:00:00.000000Z",
                "2026-03-05T09:00:00.999999999Z",
                "9999-12-31T23:59:59.999999Z",
            )
        ),
        "ip_address": st.just("203.0.113.7"),
        "targets": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(("team", "user"))},
                optional={"id": st.sampled_from(("x", "y"))},
            ),
            max_size=3,
        ),
    },
)


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "actor_id": st.sampled_from((*ACTORS, "nobody")),
        "action": st.sampled_from(
            (*ACTIONS, "*", "inv*", "invoice.*", "invoice.pa*", "invoice.paid.*", "none.*")
        )
        | st.lists(st.sampled_from((*ACTIONS, "invoice.*", "in*")), min_size=2, max_size=4),
        "object_id": st.sampled_from(("1", "x", "z")),
        "occurred_from": st.sampled_from(("0001-01-01", "2026-03-05T09:00:01Z", "2026-11-24")),
        "occurred_to": st.sampled_from(("9999-12-31", "2026-11-24", "2026-11-25")),
        "ip_address": st.just("203.0.113.7"),
        "action_category": st.sampled_from(("auth", "billing")),
        "resource": st.sampled_from(("invoice", "file")),
        "resource_id": st.sampled_from(("1", "4", "9")),
        "tenant_id": st.just("t1"),
        "session_id": st.sampled_from(("s1", "s4")),
        "target_type": st.sampled_from(("team", "user")),
        "target_id": st.sampled_from(("x", "z")),
        "search": st.sampled_from(("invoice", "zebra")),
    },
).map(read_filters)


@st.composite
def indexed_chains(draw: st.DrawFn, longest: int = 600) -> Indexed:
    """A chain indexed as far as possible, perhaps with parts missing, garbled or old."""
    kinds = draw(st.lists(FIELDS, min_size=1, max_size=8))
    count = draw(st.integers(0, longest))
    step = draw(st.integers(1, len(kinds)))
    fields = [kinds[number * step // 3 % len(kinds)] for number in range(count)]
    events = events_at([NOON + number * SECOND for number in range(count)], fields)
    indexed = Indexed(chain_of(events, draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))))
    indexed.extend(draw(st.integers(0, count)))
    stored = indexed.index.stored
    for key in draw(st.lists(st.sampled_from(sorted(stored)), max_size=6)) if stored else ():
        if draw(st.booleans()):
            stored.pop(key, None)
        elif key in stored:
            stored[key] = stored[key][: draw(st.integers(0, 30))]
    written = indexed.index.written
    for place in draw(st.lists(st.sampled_from(sorted(written)), max_size=4)) if written else ():
        written[place] = draw(st.sampled_from([b"garbage", BLANK, without_slices(written[place])]))
    for place in draw(st.lists(st.sampled_from(sorted(written)), max_size=2)) if written else ():
        written.pop(place, None)
    return indexed


BLANK = encode_directory(BLANK_DIRECTORY, SPAN)


def without_slices(stored: bytes) -> bytes:
    """A directory as it was stored before there were slices, if it can be read."""
    with suppress(Unreadable):
        landmarks, starts, _ = decode_directory(stored, SPAN)
        plain = zlib.decompress(encode_directory(BlockDirectory(landmarks, starts), SPAN))
        slices_at = 1 + size_of_starts(SPAN)
        return zlib.compress(b"\x01" + plain[1:slices_at] + plain[slices_at + 2 :])
    return stored
