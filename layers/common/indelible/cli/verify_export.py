"""`indelible verify --file`: verifies an export file."""

from __future__ import annotations

import time
from pathlib import Path

from ..errors import WrongProof
from ..export_file.checkpoint import NoCheckpoint
from ..export_file.manifest import Manifest
from ..tlog.policy import Policy
from ..verifying.breaks import checkpoint_mismatch
from ..verifying.coverage import Assurance, Coverage, not_covered
from ..verifying.export_file import verify_file
from ..verifying.file_checkpoint import checkpoint_file_of, who_vouches
from ..verifying.kept_head import KeptHead
from .coverage_words import vouched
from .failure import REFUSED, UNABLE
from .output import complain, progress_bar
from .source import reading_from
from .trusted_keys import Trust
from .verdict import Part, Verdict, print_verdict
from .wrong_file import read_export

_NO_CHECKPOINT = "the file has no checkpoint: it was made by a service that had checkpoints off"


def verify_export(
    file: Path, expected: KeptHead | None, pinned: Trust | None, *, as_json: bool
) -> int:
    """Verify a file and print the verdict. Returns the exit status.

    The signatures of its checkpoint are checked with the keys that the user has pinned, if any. A
    file without one says nothing about these keys: otherwise it could be left out unnoticed.
    """
    verdict, started = Verdict(), time.perf_counter()
    shown = "Standard input" if str(file) == "-" else str(file)
    with reading_from(file, shown) as stream, progress_bar() as progress:
        reader = read_export(stream, shown)
        task = progress.add_task("Verifying", total=reader.manifest.records)
        for step in verify_file(reader, expected):
            verdict.add_step(step)
            progress.advance(task, step.events)
        verdict.part = Part(reader.manifest, reader.records_read)
    verdict.compare(expected)
    _add_coverage(verdict, reader.manifest, pinned.policy if pinned else None)
    seconds = time.perf_counter() - started
    print_verdict(reader.manifest.workspace_id, verdict, seconds, as_json=as_json)
    if verdict.broken:
        return REFUSED
    if pinned and verdict.coverage and (why := _why_unchecked(verdict.coverage, reader.manifest)):
        complain(f"Your keys vouch for no record of {shown}: {why}.")
        return UNABLE
    return 0


def _why_unchecked(coverage: Coverage, manifest: Manifest) -> str | None:
    """Why the keys of a policy vouch for no record of the file; None if they do for some."""
    if coverage.status in (Assurance.NOT_COVERED, Assurance.NOT_CHECKED):
        return vouched(coverage)
    is_covered = coverage.size >= manifest.first_sequence
    return None if is_covered else f"not covered: the log had only records 1 to {coverage.size}"


def _add_coverage(verdict: Verdict, manifest: Manifest, policy: Policy | None) -> None:
    """Say who vouches for the file's checkpoint; a break if its signatures are wrong.

    A file that is broken already says nothing about what is covered.
    """
    if verdict.broken:
        return
    try:
        verdict.coverage = _coverage_of(manifest, policy)
    except WrongProof as error:
        verdict.add([checkpoint_mismatch(manifest.head.sequence, None, None, str(error))])


def _coverage_of(manifest: Manifest, policy: Policy | None) -> Coverage:
    """The coverage of a file by its checkpoint. WrongProof if its signatures are wrong."""
    if isinstance(manifest.checkpoint, NoCheckpoint):
        return not_covered(manifest.checkpoint.reason)
    proof = checkpoint_file_of(manifest)
    return not_covered(_NO_CHECKPOINT) if proof is None else who_vouches(proof, policy)
