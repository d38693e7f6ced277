"""The reader of export files against forged files: changed, and hashed again.

An input is a file. It may verify, because it may be a chain, only not the exported one. A kept head
reveals it: up to that head, a file can hold only what was chained.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout, suppress
from unittest.mock import patch

from indelible.chain.hashes import leaf_hash
from indelible.errors import NotFound
from indelible.export_file.reader import ExportReader
from indelible.verifying.breaks import Break, BreakType
from indelible.verifying.kept_head import KeptHead
from support.auditors_page import PYTHON
from support.builders import WORKSPACE

from .export import HISTORIES, history, read, read_slowly, record_lines

_SCRIPT = compile(PYTHON, "docs/auditors.md", "exec")
_ASKED_BY_US_ALONE = {BreakType.UNREADABLE, BreakType.TIME_ORDER}
"""The script in docs/auditors.md compares times as strings, and reads JSON as Python does."""


def check(case: bytes) -> None:
    """Verify the file against every head. AssertionError names the broken promise."""
    found = read(case)
    assert found == read_slowly(case), "the fast form and the slow one differ"
    _check_script(case, None if found is None else found[0])
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


def _script_accepts(case: bytes) -> bool:
    """Whether the printed verifier exits well; the file that it opens is in memory here."""

    def opened(*_: object) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(case))

    with patch.object(sys, "argv", ["verify", "file"]), redirect_stdout(io.StringIO()):
        try:
            exec(_SCRIPT, {"__name__": "__main__", "open": opened})
        except SystemExit:
            return False
        except Exception:  # noqa: BLE001 (what is no export ends with whatever Python says)
            return False
    return True
