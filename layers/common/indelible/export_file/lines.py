"""The lines of an export file after its manifest, and how they are written.

docs/auditors.md describes the format. `read_lines.py` reads them.

A line holds its record byte for byte, so its layout is fixed: no white space, names in one order.
Bytes that are not a JSON object are evidence too, and are kept as base64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from ..chain.hashes import HASH_BYTES, event_hashes, leaf_hash, leaf_hashes
from ..chain.segment import Damaged, Prefixes, Segment, read_prefixes, read_records
from ..errors import Unreadable

Sequence = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""An integer that every JSON reader represents exactly. No chain is that long."""

Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""A SHA-256 hash in lower-case hex."""


class DamageLine(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The line of a record or a whole segment that could not be read.

    A record has `leaf_hash` and `record_base64`. A segment has no leaf hash; it has the sequences
    of its first and last record, as far as they are known. `unreadable` is the reason.
    """

    unreadable: str
    leaf_hash: Hex | None = None
    event_hash: Hex | None = None
    record_base64: bytes | None = None
    sequence: Sequence | None = None
    last_sequence: Sequence | None = None


_encode = msgspec.json.Encoder().encode
_check_syntax = msgspec.json.Decoder(msgspec.Raw).decode


def write_record(leaf_hash: bytes, event_hash: bytes | None, record: bytes | None) -> bytes:
    """The line of a record, with its line feed. `record` is None if it is left out."""
    reason = None if record is None else _why_not_json(record)
    if reason is not None:
        link = None if event_hash is None else event_hash.hex()
        return write_damage(DamageLine(reason, leaf_hash.hex(), link, record))
    line = f'{{"leaf_hash":"{leaf_hash.hex()}"'
    if event_hash is not None:
        line += f',"event_hash":"{event_hash.hex()}"'
    end = b"" if record is None else b',"record":' + record
    return b"%b%b}\n" % (line.encode(), end)


def write_damage(line: DamageLine) -> bytes:
    """A damage line, with its line feed."""
    return _encode(line) + b"\n"


def _why_not_json(record: bytes) -> str | None:
    """The reason if these bytes cannot be put into a line as they are; None if they can."""
    if record[:1] != b"{" or record[-1:] != b"}":
        return "not a record: no JSON object"
    try:
        record.decode()  # msgspec does not check the UTF-8 of strings that it skips
        _check_syntax(record)
    except (ValueError, RecursionError) as error:
        return f"not a record: {error}"
    return None


class Lines(NamedTuple):
    """Some lines of a file, and the number of events in them."""

    text: bytes
    events: int


NOT_SHOWN = "not shown to token holders"
"""In place of the reason why a segment cannot be read, which may quote a record."""


def record_lines(
    part: Segment | Damaged,
    first: int,
    last: int,
    matches: Callable[[bytes], bool] | None = None,
    *,
    with_evidence: bool = True,
) -> Lines:
    """The lines of a segment's records from sequence `first` to `last`, both inclusive.

    A record that does not match gets only its leaf hash, with which the chain still verifies. What
    may be evidence is written whatever the filters: a record that cannot be read, and every record
    of a segment whose leaf hashes do not give its event hash, since any of them may have been
    changed. It counts as an event only if it matches.

    Without `with_evidence`, for token holders, who may see only what matches, nothing else is
    written.
    """
    if isinstance(part, Damaged):
        reason = part.reason if with_evidence else NOT_SHOWN
        return Lines(write_damage(DamageLine(reason, sequence=part.first_sequence)), 0)
    try:
        records, prefixes = read_records(part), read_prefixes(part)
    except Unreadable as error:
        damage = DamageLine(
            str(error) if with_evidence else NOT_SHOWN,
            event_hash=part.event_hash.hex(),
            sequence=part.first_sequence,
            last_sequence=part.last_sequence,
        )
        return Lines(write_damage(damage), 0)
    leaves = _leaves_in_file(records, prefixes)
    link = event_hashes(part.previous_event_hash, leaves)[-1:]
    is_changed = link != [part.event_hash]
    lines, events = [], 0
    numbered = enumerate(zip(records, leaves, strict=True), start=part.first_sequence)
    for sequence, (record, leaf) in numbered:
        if first <= sequence <= last:
            claimed = part.event_hash if sequence == part.last_sequence else None
            try:
                is_match = matches is None or matches(record)
                is_evidence = is_changed or leaf != leaf_hash(record)
                events += is_match
            except Unreadable:
                is_match, is_evidence = False, True
            is_shown = is_match or (with_evidence and is_evidence)
            lines.append(write_record(leaf, claimed, record if is_shown else None))
    return Lines(b"".join(lines), events)


def _leaves_in_file(records: list[bytes], prefixes: Prefixes) -> list[bytes]:
    """The leaf hash of each record. If it does not begin with the stored prefix, that and zeros.

    No record has such a hash, so every verifier names the changed record.
    """
    leaves = leaf_hashes(records)
    if prefixes.fit(leaves):
        return leaves
    return [
        leaf if leaf.startswith(prefix) else prefix.ljust(HASH_BYTES, b"\0")
        for leaf, prefix in zip(leaves, prefixes.split(), strict=True)
    ]
