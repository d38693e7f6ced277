"""A checkpoint file that was kept is compared with a newer one, as far as two files allow."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest
from browser.checking import Checker
from indelible.checkpoints.proof_file import ProofFile
from support.builders import WORKSPACE
from support.covered_files import CHAIN, a_covered_chain, covered_lines
from support.notes import LOG
from support.proofs import a_checkpoint, a_proof_file, an_event_proof, records_of_chain
from support.trees import slow_root

RIGHT = a_checkpoint()
EARLIER = a_checkpoint(records_of_chain()[:8])
OTHER = replace(RIGHT, root=bytes(32))
KEPT = a_proof_file(log_size=7)
COMPARED = {
    "same": (KEPT, a_proof_file(log_size=9)),
    "same, of an event": (KEPT, a_proof_file(an_event_proof(4), log_size=9)),
    "open": (a_proof_file(checkpoint=EARLIER), a_proof_file(log_size=9)),
    "contradicts, other records": (KEPT, a_proof_file(checkpoint=OTHER, log_size=9)),
    "contradicts, another tree": (KEPT, a_proof_file(checkpoint=OTHER)),
    "contradicts, another tree with another workspace": (
        KEPT,
        a_proof_file(checkpoint=a_checkpoint(workspace_id="ws_other")),
    ),
    "contradicts, fewer records": (KEPT, a_proof_file(checkpoint=EARLIER, log_size=9)),
    "contradicts, an earlier epoch": (
        a_proof_file(checkpoint=replace(RIGHT, epoch=1)),
        a_proof_file(log_size=9),
    ),
    "restarted": (KEPT, a_proof_file(checkpoint=replace(RIGHT, epoch=1), log_size=9)),
    "older": (a_proof_file(log_size=9), KEPT),
    "contradicts, other records in an older file": (
        a_proof_file(checkpoint=OTHER, log_size=9),
        KEPT,
    ),
    "contradicts, more records in an older file": (
        a_proof_file(checkpoint=EARLIER, log_size=9),
        KEPT,
    ),
    "unrelated": (KEPT, a_proof_file(checkpoint=a_checkpoint(workspace_id="ws_other"), log_size=9)),
    "unreadable": (KEPT, replace(KEPT, time=1)),
}


@pytest.mark.parametrize("case", COMPARED)
def test_two_files_are_compared(checker: Checker, case: str) -> None:
    assert compared(checker, *COMPARED[case]) == case.partition(",")[0]


def compared(checker: Checker, kept: ProofFile, newer: ProofFile) -> str:
    files = [each.encoded.decode() for each in (kept, newer)]
    found = checker.page.evaluate("([kept, newer]) => checker.compareWithKept(kept, newer)", files)
    return str(found["outcome"])


def test_the_records_of_an_export_contradict_a_kept_file_of_others(checker: Checker) -> None:
    deployment = a_covered_chain(CHAIN)
    deployment.grow("ws_other", 1)
    deployment.run()
    file = b"".join(covered_lines(deployment))
    forged = a_proof_file(checkpoint=replace(RIGHT, size=280), log_size=1).encoded.decode()
    verdict = checker.export(file, keys=[LOG.key.text], kept=forged, mostShown=0)
    assert verdict["kept"]["outcome"] == "contradicts"
    root = slow_root(deployment.truths[WORKSPACE][0].leaves[:280])
    roots = [b64encode(each).decode() for each in (root, RIGHT.root)]
    assert verdict["kept"]["reason"] == (
        "Records 1 to 280 are not those of the older checkpoint."
        f" Their root is {roots[0]}, and was {roots[1]}."
    )
