"""Growth notes: which segments of which chains are new, as the indexer sends it to the next run.

A note is a JSON object: workspace ids, each with the first sequences of segments that were put,
changed or removed, in ascending order.

    {"ws_4kT9mQ2vXbN7cRd1":[1,101],"ws_b1":[7]}

A note only says where to look. It may come late, twice or never, and may be wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ..chain.ledger import LAST_SEQUENCE
from ..encoding import read_json
from ..errors import Unreadable
from ..identifiers import is_workspace_id

GrowthNote = Mapping[str, Iterable[int]]
"""Workspace ids, each with the first sequences of segments."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(dict[str, list[int]]).decode


def encode_note(growth: GrowthNote) -> bytes:
    """A note as bytes. A thousand segments take at most 90 kB.

    Leaves out what cannot be a chain or a segment. Whoever may write the table chooses what it is
    made of, and must not spoil what the note says of other chains.
    """
    possible = {
        workspace_id: sorted({each for each in firsts if 1 <= each <= LAST_SEQUENCE})
        for workspace_id, firsts in growth.items()
        if is_workspace_id(workspace_id)
    }
    return _encode({workspace_id: firsts for workspace_id, firsts in possible.items() if firsts})


def decode_note(encoded: bytes) -> dict[str, list[int]]:
    """Read exactly what `encode_note` writes. Raises Unreadable for anything else."""
    note = read_json(_decode, encoded, "a growth note")
    if encode_note(note) != encoded:
        raise Unreadable("a growth note is not written as it must be, or names what cannot be")
    return note


class Noted(NamedTuple):
    """What notes say of a workspace: since when they wait (microseconds), and its segments.

    `firsts` are the first sequences of these segments, ascending.
    """

    since: int
    firsts: Sequence[int]


def merge_notes(notes: Iterable[tuple[bytes, int]]) -> tuple[dict[str, Noted], int]:
    """All growth that notes name, by workspace; and how many of the notes are unreadable.

    Each note comes with the time when it was sent. Unreadable ones are left out: they would be
    unreadable the next time, too, and a query finds the growth.
    """
    firsts: dict[str, set[int]] = {}
    since: dict[str, int] = {}
    refused = 0
    for encoded, sent_at in notes:
        try:
            note = decode_note(encoded)
        except Unreadable:
            refused += 1
            continue
        for workspace_id, named in note.items():
            firsts.setdefault(workspace_id, set()).update(named)
            since[workspace_id] = min(sent_at, since.get(workspace_id, sent_at))
    return {name: Noted(since[name], sorted(named)) for name, named in firsts.items()}, refused


def names_any(encoded: bytes, workspace_ids: Collection[str]) -> bool:
    """Whether a note names one of these workspaces. An unreadable one names none."""
    try:
        return not decode_note(encoded).keys().isdisjoint(workspace_ids)
    except Unreadable:
        return False
