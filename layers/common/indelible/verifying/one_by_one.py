"""The slow form of the rules for records: it checks them one by one, and explains what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..chain.hashes import HASH_BYTES, event_hash, event_hashes, leaf_hash
from ..chain.record import Header, read_header
from ..errors import Unreadable
from ..times import are_canonical
from .breaks import Break, BreakType, chain_break, unreadable
from .run import Outcome, Position, Rules, Run

NONE_NAMED = "no leaf prefix names a record that was changed"
"""Detail of the break of an event hash that the records do not give, though all prefixes fit."""

NOT_ALL_NAMED = "the stored leaf hashes do not give it either, so more than they name was changed"
"""Detail of the same break where whole leaf hashes are stored, and one does not fit."""

_PREFIX_CHANGED = "the records give the event hash, so what was changed is this prefix"


def check_one_by_one(run: Run, rules: Rules, before: Position) -> Outcome:
    """Every break, in the order of the records."""
    at, breaks, first_created_at = before, list[Break](), None
    hashes = list[tuple[int, Sequence[bytes]]]()
    named = _breaks_of_prefixes(run, before)
    for index, (record, leaf) in enumerate(zip(run.records, run.leaves, strict=True)):
        at = at._replace(sequence=at.sequence + 1, event_hash=event_hash(at.event_hash, leaf))
        hashes.append((at.sequence, [at.event_hash]))
        try:
            header = _read(record, rules)
        except Unreadable as error:
            breaks.append(unreadable(at.sequence, str(error)))
            header = None
        if record and header:
            found, at = _explain_record(record, header, leaf, rules, at)
            if index in named:
                breaks.append(replace(named[index], event_id=header.id))
            breaks += found
            first_created_at = first_created_at or header.created_at
        claimed = run.claims.get(index, at.event_hash)
        if claimed != at.event_hash:
            if not named:
                detail = None if run.prefixes is None else NONE_NAMED
                breaks.append(chain_break(at.sequence, claimed, at.event_hash, detail))
            elif not _may_be_all(run, before, claimed):
                breaks.append(chain_break(at.sequence, claimed, at.event_hash, NOT_ALL_NAMED))
            at = at._replace(event_hash=claimed)
    return Outcome(breaks, at, hashes, first_created_at)


def _read(record: bytes | None, rules: Rules) -> Header | None:
    """The header of a record; None for one that may be left out. Raises Unreadable."""
    if record is not None:
        return read_header(record)
    if rules.may_omit:
        return None
    raise Unreadable("the record is left out, but no filter excludes it")


def _explain_record(
    record: bytes, header: Header, leaf: bytes, rules: Rules, at: Position
) -> tuple[list[Break], Position]:
    """The breaks of the record that should be at `at`, and the position to continue from."""
    breaks, computed = list[Break](), leaf_hash(record)
    if computed != leaf:
        expected, actual = leaf.hex(), computed.hex()
        breaks.append(Break(BreakType.HASH_MISMATCH, at.sequence, header.id, expected, actual))
    if (header.workspace_id, header.sequence) != (rules.workspace_id, at.sequence):
        expected, actual = str(at.sequence), str(header.sequence)
        if header.workspace_id != rules.workspace_id:
            expected = f"{rules.workspace_id} {expected}"
            actual = f"{header.workspace_id} {actual}"
        breaks.append(Break(BreakType.SEQUENCE_GAP, at.sequence, header.id, expected, actual))
        if computed == leaf and _may_resume_at(header.sequence, rules):
            at = at._replace(sequence=header.sequence)
    breaks += _explain_time(header, rules, at)
    return breaks, at._replace(created_at=header.created_at)


def _may_resume_at(sequence: int, rules: Rules) -> bool:
    return rules.last_sequence is not None and sequence <= rules.last_sequence


def _explain_time(header: Header, rules: Rules, at: Position) -> Iterator[Break]:
    """The break of a record whose created_at is out of order or outside of the bounds."""
    time, received_at = header.created_at, header.received_at
    if not at.created_at < time >= received_at or not are_canonical([time, received_at]):
        expected = f"later than {at.created_at}, not before {received_at}"
    elif not rules.earliest <= time <= rules.latest:
        expected = f"from {rules.earliest} to {rules.latest}"
    else:
        return
    yield Break(BreakType.TIME_ORDER, at.sequence, header.id, expected, time)


def _may_be_all(run: Run, before: Position, claimed: bytes) -> bool:
    """Whether the records that prefixes name may be all that was changed. Whole hashes tell."""
    if run.prefixes is None or run.prefixes.size < HASH_BYTES:
        return True
    return event_hashes(before.event_hash, run.prefixes.split())[-1] == claimed


def _breaks_of_prefixes(run: Run, before: Position) -> dict[int, Break]:
    """The break of each record whose leaf hash does not begin with its prefix, by its index.

    The event hash tells whether the record was changed, or only the prefix. `expected` is None if
    only the beginning of the hash is stored; `detail` has it then. A file has no such breaks.
    """
    if run.prefixes is None:
        return {}
    links = event_hashes(before.event_hash, run.leaves)
    is_unchanged = links[-1:] == [*run.claims.values()]
    is_whole, found = run.prefixes.size == HASH_BYTES, dict[int, Break]()
    for index, (leaf, prefix) in enumerate(zip(run.leaves, run.prefixes.split(), strict=True)):
        if not leaf.startswith(prefix):
            known = [] if is_whole else [f"the stored leaf prefix is {prefix.hex()}"]
            known += [_PREFIX_CHANGED] if is_unchanged else []
            expected, detail = prefix.hex() if is_whole else None, "; ".join(known) or None
            sequence, kind = before.sequence + 1 + index, BreakType.HASH_MISMATCH
            found[index] = Break(kind, sequence, None, expected, leaf.hex(), detail)
    return found
