"""Logs that have grown, and what they answer to the holder of an older file."""

from __future__ import annotations

from indelible.checkpoints.consistency import Consistency, read_consistency
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.requests import RestartRequest
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.consistency import prove_consistency
from indelible.verifying.consistency import Grown, verify_consistency
from support.builders import WORKSPACE
from support.deployment import Deployment
from support.proving import POLICY, a_deployment, runs_of

OTHER = "ws_other"


def a_log(*counts: int, workspace_id: str = WORKSPACE) -> Deployment:
    """A deployment with a run after each growth by so many records."""
    deployment = a_deployment()
    for count in counts:
        deployment.grow(workspace_id, count)
        deployment.run()
    return deployment


def file_of(deployment: Deployment, workspace_id: str = WORKSPACE) -> ProofFile:
    newest = runs_of(deployment).read(deployment.now)
    return make_checkpoint_file(newest, workspace_id)


def answer_to(deployment: Deployment, old: ProofFile, workspace_id: str = WORKSPACE) -> Consistency:
    """What the deployment answers to the holder of this file."""
    newest = runs_of(deployment).read(deployment.now)
    sizes = old.log_index + 1, old.checkpoint.size
    return prove_consistency(newest, deployment.bucket, deployment.ledger, workspace_id, *sizes)


def grown(deployment: Deployment, old: ProofFile) -> Grown:
    encoded = answer_to(deployment, old).encoded
    return verify_consistency(old, read_consistency(encoded), POLICY)


def restart(deployment: Deployment, kept: int, epoch: int = 0) -> None:
    request = RestartRequest(WORKSPACE, epoch, kept, "the table was restored")
    deployment.turns.waiting.append(request)
    deployment.run()
