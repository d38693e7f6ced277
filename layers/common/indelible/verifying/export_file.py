"""Verifying an export file: every hash from the first record to the head in its manifest.

Memory holds a block of lines at a time, whatever the length of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..chain.hashes import GENESIS, leaf_hash
from ..errors import NotFound, Unreadable
from ..export_file.lines import DamageLine
from ..export_file.manifest import Manifest
from ..export_file.read_lines import BadLine, RecordLines
from ..export_file.reader import ExportReader
from ..times import LATEST, format_time
from .breaks import Break, BreakType, Step, chain_break, unreadable
from .file_checkpoint import CoveredLeaves
from .kept_head import KeptHead
from .records import check
from .run import Outcome, Position, Rules, Run

MAX_BREAKS_IN_FILE = 100_000
"""Verifying stops after the block that reaches this many breaks.

10 KB may decompress to ten million wrong lines, which would take 40 s.
"""


def verify_file(reader: ExportReader, kept: KeptHead | None = None) -> Iterator[Step]:
    """Check a file. Yields a step for the beginning, one for each block, and one for the end.

    Finds changed, removed, inserted and swapped records, and a file that was cut off. After a break
    it continues with the values of the file, so that each break is reported once. It stops after
    MAX_BREAKS_IN_FILE. The heads in the steps have no created_at. `kept` notes the event hash that
    the file has at its sequence. A checkpoint in the file is compared with its records; its
    signatures are not checked here. Raises NotFound when the file does not contain that sequence.
    """
    manifest = reader.manifest
    at = Position(manifest.first_sequence - 1, manifest.previous_event_hash, "")
    if kept:
        _look_for(kept, manifest)
    yield Step(0, tuple(_check_start(manifest)), at.head)
    rules, covered, found = _rules_of(manifest), CoveredLeaves(manifest), 0
    try:
        for lines in reader.blocks():
            events, breaks = 0, list[Break]()
            for part in lines:
                outcome = _check_part(part, rules, at)
                at = outcome.position
                _note_leaves(part, covered)
                events += len(part.records) if isinstance(part, RecordLines) else 1
                breaks += outcome.breaks
                if kept:
                    kept.note(outcome.event_hashes)
            yield Step(events, tuple(breaks), at.head)
            found += len(breaks)
            if found > MAX_BREAKS_IN_FILE:
                yield _unreadable_step(at, "there are too many breaks; the rest was not read")
                return
    except Unreadable as error:
        yield _unreadable_step(at, str(error))
    else:
        yield from _check_end(manifest, at)
        if mismatch := covered.check():
            yield Step(0, (mismatch,), at.head)


def _note_leaves(part: RecordLines | DamageLine | BadLine, covered: CoveredLeaves) -> None:
    if isinstance(part, RecordLines):
        covered.add(part.leaf_hashes)
    elif isinstance(part, DamageLine) and part.leaf_hash is not None:
        covered.add([bytes.fromhex(part.leaf_hash)])
    else:
        covered.stop()


def _look_for(kept: KeptHead, manifest: Manifest) -> None:
    """Note the head right before the file. NotFound when the kept one is outside of the file."""
    before, last = manifest.first_sequence - 1, manifest.head.sequence
    if kept.sequence < before or (kept.sequence > last and "to" in manifest.filters):
        raise NotFound(
            f"The file holds only the records {before + 1} to {last}, so it cannot show whether"
            f" the head at {kept.sequence} is right."
        )
    kept.note([(before, [manifest.previous_event_hash])])


def _rules_of(manifest: Manifest) -> Rules:
    return Rules(
        manifest.workspace_id,
        earliest=manifest.bounds.get("from", format_time(0)),
        latest=manifest.bounds.get("to", format_time(LATEST)),
        may_omit=bool(manifest.text_filters),
        last_sequence=manifest.head.sequence,
    )


def _check_start(manifest: Manifest) -> Iterator[Break]:
    """Check that a file may begin where this one does.

    A chain begins at sequence 1, with no event hash before it. A file begins later only if its
    filters have a `from`.
    """
    first, before = manifest.first_sequence, manifest.previous_event_hash
    if first > 1 and "from" not in manifest.filters:
        yield Break(BreakType.SEQUENCE_GAP, first, None, "1", str(first))
    if (first == 1) != (before == GENESIS):
        expected = GENESIS.hex() if first == 1 else f"the event hash of {first - 1}"
        yield Break(BreakType.CHAIN_BREAK, first, None, expected, before.hex())


def _check_part(part: RecordLines | DamageLine | BadLine, rules: Rules, at: Position) -> Outcome:
    if isinstance(part, RecordLines):
        return check(Run(*part), rules, at)
    if isinstance(part, BadLine):
        at = at._replace(sequence=at.sequence + 1)
        return Outcome([unreadable(at.sequence, part.reason)], at)
    if part.leaf_hash is None:
        return _pass_over_segment(part, at)
    return _check_damage(part, part.leaf_hash, rules, at)


def _check_damage(line: DamageLine, leaf: str, rules: Rules, at: Position) -> Outcome:
    """The outcome for bytes that have a leaf hash but are not a record."""
    claims = {} if line.event_hash is None else {0: bytes.fromhex(line.event_hash)}
    run = Run([None], [bytes.fromhex(leaf)], claims)
    outcome = check(run, replace(rules, may_omit=True), at)
    sequence = at.sequence + 1
    breaks = [unreadable(sequence, line.unreadable)]
    computed = leaf_hash(line.record_base64 or b"").hex()
    if computed != leaf:
        breaks.append(Break(BreakType.HASH_MISMATCH, sequence, None, leaf, computed))
    return outcome._replace(breaks=[*breaks, *outcome.breaks])


def _pass_over_segment(line: DamageLine, at: Position) -> Outcome:
    """The outcome for a segment that could not be read when the file was made."""
    sequence = line.sequence or at.sequence + 1
    after = at._replace(
        sequence=line.last_sequence or at.sequence,
        event_hash=bytes.fromhex(line.event_hash) if line.event_hash else at.event_hash,
    )
    return Outcome([unreadable(sequence, line.unreadable)], after)


def _check_end(manifest: Manifest, at: Position) -> Iterator[Step]:
    """Check that the file ends at the head in its manifest, and that the chain ended there too."""
    head, damage = manifest.head, manifest.damage_after_head
    breaks = list[Break]()
    if at.sequence != head.sequence:
        expected, actual = str(head.sequence), str(at.sequence)
        breaks.append(Break(BreakType.SEQUENCE_GAP, at.sequence, None, expected, actual))
    elif at.event_hash != head.event_hash:
        breaks.append(chain_break(at.sequence, head.event_hash, at.event_hash))
    if damage is not None:
        at = at._replace(sequence=at.sequence + 1)
        breaks.append(unreadable(at.sequence, damage))
    yield Step(0, tuple(breaks), at.head)


def _unreadable_step(at: Position, reason: str) -> Step:
    """The step for something unreadable in place of the record after `at`."""
    after = at._replace(sequence=at.sequence + 1)
    return Step(0, (unreadable(after.sequence, reason),), after.head)
