"""The reader of export files against files that somebody tampered with.

An input is a file. A file that verifies holds only records of one of the chains that the corpus was
exported from, and the checkpoint in it covers that chain.
"""

from __future__ import annotations

import io
from contextlib import suppress
from unittest.mock import patch

from indelible.chain.hashes import GENESIS, Head, leaf_hash
from indelible.chain.segment import Segment, event_hashes_of
from indelible.errors import NotFound, Unreadable
from indelible.export_file.blocks import read_blocks
from indelible.export_file.manifest import Manifest
from indelible.export_file.read_lines import RecordLine, read_line
from indelible.export_file.reader import ExportReader
from indelible.verifying import export_file as verifier
from indelible.verifying.breaks import Break
from indelible.verifying.file_checkpoint import checkpoint_file_of
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.one_by_one import check_one_by_one
from support.builders import NOON, SECOND, WORKSPACE, a_chain, a_queued_event, records_of

from .checkpoints import checkpoint_of
from .mutations import MARK

CHAIN = a_chain(12, 3)
FORK = a_chain(
    12, 4, [a_queued_event(n, NOON + n * SECOND, actor_id=f"other_{n % 3}") for n in range(1, 13)]
)
UNUSUAL = a_chain(1, 1, [a_queued_event(metadata={MARK: ["\0\u2028\\", 1e30]})])
HISTORIES = (CHAIN, FORK, UNUSUAL)
"""Another chain of the same workspace: parts of one must not pass for parts of another."""

Found = tuple[list[Break], Head | None]


def check(case: bytes) -> None:
    """Verify the file. AssertionError, or any escaped exception, names the broken promise."""
    found = read(case)
    assert found == read_slowly(case), "the fast form and the slow one differ"
    if found is not None and not found[0]:
        _check_content(case)
    with suppress(NotFound):
        nobodys = KeptHead(12, bytes(32))
        found = read(case, nobodys)
        assert found is None or found[0] or nobodys.check(), "a head that nobody has was found"


def read_slowly(case: bytes) -> Found | None:
    """The same as `read`, with the slow check of records only."""
    with patch.object(verifier, "check", check_one_by_one):
        return read(case)


def read(case: bytes, kept: KeptHead | None = None) -> Found | None:
    """The breaks, and the end of the file; None when it is not an export."""
    try:
        opened = ExportReader(io.BytesIO(case))
    except Unreadable:
        return None
    breaks, head = list[Break](), None
    for step in verifier.verify_file(opened, kept):
        breaks += step.breaks
        head = step.head
    return breaks, head


def _check_content(case: bytes) -> None:
    """Check that a file that verifies holds records of one chain and nothing else."""
    manifest = ExportReader(io.BytesIO(case)).manifest
    in_file = [line.record for line in record_lines(case)]
    by_text = manifest.filters.keys() - {"from", "to"}
    first, head = manifest.first_sequence, manifest.head
    assert len(in_file) == manifest.records
    assert manifest.damage_after_head is None
    assert first == 1 or "from" in manifest.filters
    if not any(in_file):
        assert by_text or not in_file
        return
    ends = [(first - 1, manifest.previous_event_hash), (head.sequence, head.event_hash)]
    [records] = [
        records
        for records, links in map(history, HISTORIES)
        if all(links[at : at + 1] == [link] for at, link in ends)
    ]
    for sequence, record in enumerate(in_file, start=first):
        assert record == records[sequence - 1] or (not record and by_text)
    assert manifest.workspace_id == WORKSPACE
    _check_checkpoint(manifest, records)


def _check_checkpoint(manifest: Manifest, records: list[bytes]) -> None:
    """Check that the checkpoint in a file that verifies is one of the chain with these records."""
    proof = checkpoint_file_of(manifest)
    if proof is None or proof.checkpoint.size < manifest.first_sequence:
        return
    leaves = [*map(leaf_hash, records[: proof.checkpoint.size])]
    assert proof.checkpoint == checkpoint_of(leaves), "another chain is covered"


def history(chain: list[Segment]) -> tuple[list[bytes], list[bytes]]:
    """The records, and the event hash after each number of them."""
    return records_of(chain), [GENESIS, *(link for part in chain for link in event_hashes_of(part))]


def record_lines(case: bytes) -> list[RecordLine]:
    """The lines of a file's records, as they are read."""
    plain = b"".join(read_blocks(io.BytesIO(case)))
    lines = [read_line(each) for each in plain.split(b"\n")[1:-1]]
    return [each for each in lines if isinstance(each, RecordLine)]
