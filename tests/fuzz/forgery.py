"""The reader of export files against forged files: changed, and hashed again.

An input is a file. It may verify, because it may be a chain, only not the exported one. A kept head
reveals it: up to that head, a file can hold only what was chained. So does a checkpoint that the
log signed: up to there, a file can hold only what was covered.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout, suppress
from types import CodeType
from unittest.mock import patch

from indelible.chain.hashes import leaf_hash
from indelible.errors import NotFound
from indelible.export_file.checkpoint import FileCheckpoint
from indelible.export_file.reader import ExportReader
from indelible.tlog.policy import policy_of
from indelible.verifying.breaks import Break, BreakType
from indelible.verifying.coverage import Assurance
from indelible.verifying.file_checkpoint import checkpoint_file_of, who_vouches
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.proof import FailedStep
from support.auditors_page import CHECKPOINT_PYTHON, PYTHON
from support.builders import WORKSPACE
from support.notes import LOG

from .checkpoints import checkpoint_of
from .export import HISTORIES, history, read, read_slowly, record_lines

_SCRIPT, _CHECKPOINT_SCRIPT = (
    compile(each, "docs/auditors.md", "exec") for each in (PYTHON, CHECKPOINT_PYTHON)
)
_COVERED = {
    checkpoint_of([*map(leaf_hash, records[:size])]): records[:size]
    for records, _ in map(history, HISTORIES)
    for size in range(1, len(records) + 1)
}
_ASKED_BY_US_ALONE = {
    BreakType.UNREADABLE,
    BreakType.TIME_ORDER,
    BreakType.CHECKPOINT_MISMATCH,
}
"""The script in docs/auditors.md compares times as strings, and reads JSON as Python does.

Another script checks the checkpoint.
"""


def check(case: bytes) -> None:
    """Verify the file against every head. AssertionError names the broken promise."""
    found = read(case)
    assert found == read_slowly(case), "the fast form and the slow one differ"
    breaks = None if found is None else found[0]
    _check_script(case, breaks)
    _check_covered(case, breaks)
    for records, links in map(history, HISTORIES):
        for sequence in range(1, len(records) + 1):
            kept = KeptHead(sequence, links[sequence])
            with suppress(NotFound):
                found = read(case, kept)
                if found is not None and not found[0] and kept.check() is None:
                    _check_records(case, records[:sequence])


def _check_records(case: bytes, records: list[bytes]) -> None:
    """Check that the file holds these records up to the kept head, all of them and unchanged."""
    manifest = ExportReader(io.BytesIO(case)).manifest
    is_whole = manifest.filters.keys() <= {"from", "to"}
    assert manifest.first_sequence == 1 or "from" in manifest.filters, "a beginning that is none"
    expected = records[manifest.first_sequence - 1 :]
    lines = record_lines(case)[: len(expected)]
    assert len(lines) == len(expected), "records are missing before the kept head"
    for line, record in zip(lines, expected, strict=True):
        assert line.leaf_hash.decode() == leaf_hash(record).hex(), "another leaf"
        assert line.record == record or (not line.record and not is_whole), "another record"
    if any(line.record for line in lines):
        assert manifest.workspace_id == WORKSPACE, "another workspace"


def _check_script(case: bytes, breaks: list[Break] | None) -> None:
    """Check that the verifier for auditors agrees."""
    is_valid = _script_accepts(case)
    if breaks == []:
        assert is_valid, "the script finds what we do not"
    elif breaks is not None and is_valid:
        assert {each.type for each in breaks} <= _ASKED_BY_US_ALONE, "the script finds less"


def _check_covered(case: bytes, breaks: list[Break] | None) -> None:
    """Check that a signed checkpoint covers what the file holds, and that the script agrees."""
    if breaks is None or not _has_checkpoint(case):
        return
    is_accepted = _script_accepts(case, _CHECKPOINT_SCRIPT, LOG.key.text)
    if any(each.type is BreakType.CHECKPOINT_MISMATCH for each in breaks):
        assert not is_accepted, "the script for checkpoints finds less"
    if breaks:
        return
    covered = _covered_records(case)
    assert is_accepted is bool(covered), "the script for checkpoints finds other records covered"
    if covered:
        _check_records(case, covered)


def _has_checkpoint(case: bytes) -> bool:
    return isinstance(ExportReader(io.BytesIO(case)).manifest.checkpoint, FileCheckpoint)


def _covered_records(case: bytes) -> list[bytes]:
    """The records from 1 on that the log covers by its signature, up to the end of the file."""
    manifest = ExportReader(io.BytesIO(case)).manifest
    proof = checkpoint_file_of(manifest)
    last = 0 if proof is None else min(proof.checkpoint.size, manifest.head.sequence)
    if proof is None or last < manifest.first_sequence:
        return []
    try:
        vouched = who_vouches(proof, policy_of(LOG.key))
    except FailedStep:
        return []
    assert vouched.status is Assurance.OPERATOR_ONLY
    return _COVERED[proof.checkpoint][:last]


def _script_accepts(case: bytes, script: CodeType = _SCRIPT, *arguments: str) -> bool:
    """Whether a printed verifier exits well; the file that it opens is in memory here."""

    def opened(*_: object) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(case))

    with patch.object(sys, "argv", ["verify", "file", *arguments]), redirect_stdout(io.StringIO()):
        try:
            exec(script, {"__name__": "__main__", "open": opened})
        except SystemExit:
            return False
        except Exception:  # noqa: BLE001 (what is no export ends with whatever Python says)
            return False
    return True
