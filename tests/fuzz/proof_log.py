"""A small log with all that its runs have put: what the corpus of the proof target is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from indelible.chain.hashes import EMPTY, leaf_hash
from indelible.checkpoints.consistency import Consistency
from indelible.checkpoints.proof_file import EventProof, ProofFile
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.consistency import prove_consistency
from indelible.tlog.merkle import inclusion_path
from support.builders import WORKSPACE, records_of
from support.deployment import Deployment, damaged, segments_after
from support.proving import a_deployment, runs_of

OTHER, HELD = "ws_other", "ws_held"
KEPT = 5
"""The records of WORKSPACE that the restart kept."""


@dataclass(frozen=True, slots=True)
class Log:
    """Each run's checkpoint files by name, and the records that each workspace checkpoint covers.

    `answers` has what the log answers to the holder of the file `old`, by the same names. There is
    none before that file.
    """

    deployment: Deployment
    files: dict[str, ProofFile]
    covered: dict[WorkspaceCheckpoint, list[bytes]]
    answers: dict[str, Consistency]

    @property
    def old(self) -> ProofFile:
        """The file of the second run, which a holder compares with today's log."""
        return self.files["grown"]

    def event_file(self, name: str, index: int) -> ProofFile:
        """The proof of one event, from the checkpoint file with this name."""
        file = self.files[name]
        records = self.covered[file.checkpoint]
        path = inclusion_path([*map(leaf_hash, records)], index)
        return replace(file, event=EventProof(index, tuple(path), records[index]))


@cache
def the_log() -> Log:
    """Four runs: a chain begins, it grows beside others, it is cut off and restarted, it grows."""
    log = Log(a_deployment(), {}, {}, {})
    deployment = log.deployment
    deployment.grow(WORKSPACE, KEPT)
    _run(log, "first")
    deployment.grow(WORKSPACE, 4, 2)
    deployment.grow(OTHER, 3)
    deployment.append([damaged(each) for each in segments_after(HELD, EMPTY, (2,))])
    deployment.note(HELD, 1)
    _run(log, "grown", "other")
    deployment.cut(WORKSPACE, KEPT)
    deployment.turns.waiting.append(RestartRequest(WORKSPACE, 0, KEPT, "the table was restored"))
    _run(log, "restarted")
    deployment.grow(WORKSPACE, 3)
    _run(log, "grown-again")
    return log


def _run(log: Log, name: str, other: str = "") -> None:
    log.deployment.run()
    newest = runs_of(log.deployment).read(log.deployment.now)
    assert newest is not None
    for workspace_id, called in ((WORKSPACE, name), (OTHER, other)):
        if called:
            file = make_checkpoint_file(newest, workspace_id)
            log.files[called] = file
            records = records_of(log.deployment.ledger.chain(workspace_id))
            log.covered[file.checkpoint] = records[: file.checkpoint.size]
    if "grown" in log.files:
        sizes = log.old.log_index + 1, log.old.checkpoint.size
        deployment = log.deployment
        log.answers[name] = prove_consistency(
            newest, deployment.bucket, deployment.ledger, WORKSPACE, *sizes
        )
