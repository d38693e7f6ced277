"""Verifying a proof file: from the record up to the witnesses, offline.

The steps, in their order. Each uses what the one before has shown:

    record            the record is one of this workspace, with the sequence that the file says,
                      and every reader of JSON reads the same in it
    workspace tree    its leaf hash leads to the root in the workspace checkpoint
    map               the workspace checkpoint is the only one of its workspace in the leaf
    log               the run entry with the root of the map is the last of the log's tree
    signature         a key of the log that the verifier trusts signed the tree
    witnesses         as many witnesses as the policy wants cosigned it
    age               it is not older than the verifier accepts

A checkpoint file has no record, and begins with the map. `consistency.py` has two more steps, which
need an answer of the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from ..chain.hashes import leaf_hash
from ..chain.record import Header, read_header
from ..checkpoints.entries import RunEntry
from ..checkpoints.proof_file import EventProof, ProofFile
from ..checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from ..checkpoints.workspace_map import Row, root_with_row, row_key
from ..encoding import read_json, replace_surrogates
from ..errors import Unreadable, WrongProof
from ..json_names import find_repeated, make_object, path_of
from ..tlog.checkpoint import read_checkpoint
from ..tlog.endorsement import Endorsement, evaluate
from ..tlog.keys import VerifierKey
from ..tlog.merkle import check_inclusion
from ..tlog.policy import Policy
from .coverage import Assurance, Coverage, coverage_of_file

_decode = json.JSONDecoder(
    object_pairs_hook=make_object, parse_float=str, parse_int=str, parse_constant=str
).decode

MOST_AHEAD = 300
"""Seconds that the clock of a log or a witness may be ahead of the verifier's."""


class Step(StrEnum):
    """The steps of verifying a proof file, in their order."""

    RECORD = "record"
    WORKSPACE_TREE = "workspace tree"
    MAP = "map"
    LOG = "log"
    SIGNATURE = "signature"
    WITNESSES = "witnesses"
    AGE = "age"
    LOG_GROWTH = "growth of the log"
    WORKSPACE_GROWTH = "growth of the workspace tree"


class FailedStep(WrongProof):
    """A proof file that does not show what it is for. `step` is the first that failed."""

    def __init__(self, step: Step, reason: object) -> None:
        text = replace_surrogates(str(reason))  # a policy's names may be any bytes
        super().__init__(f"The proof fails at the step {step}: {text}")
        self.step = step


@dataclass(frozen=True, slots=True)
class ProofVerdict:
    """What a valid proof file shows. Times are in seconds since 1970.

    `checkpoint` says how far the workspace's chain is covered, and `log_size` in which tree of the
    log. `run_time` is when, as the operator says: a record of the file was covered by then.
    `witnessed_at` is when, as the witnesses say; None if the policy needs none. `cosigned_at` has
    the time of each witness of the policy that cosigned, by its name there. `record` is what the
    record says of itself; None for a checkpoint file. `log_key` signed it. `log_leaf` is the leaf
    hash of the run entry, which other tools for tlog-proofs want. `steps` are those that were
    checked.
    """

    checkpoint: WorkspaceCheckpoint
    log_size: int
    run_time: int
    witnessed_at: int | None
    cosigned_at: Mapping[str, int]
    record: Header | None
    log_key: VerifierKey
    log_leaf: bytes
    steps: tuple[Step, ...]

    @property
    def assurance(self) -> Assurance:
        """Who vouches for it."""
        return Assurance.OPERATOR_ONLY if self.witnessed_at is None else Assurance.WITNESSED

    @property
    def is_restarted(self) -> bool:
        """Whether an operator restarted the chain: records may have been lost before."""
        return self.checkpoint.epoch > 0

    @property
    def coverage(self) -> Coverage:
        """The coverage that the file shows."""
        return replace(
            coverage_of_file(self.checkpoint, self.run_time, self.assurance),
            cosigned_at=self.cosigned_at,
            created_at=self.record.created_at if self.record else None,
            covered_by=self.run_time if self.witnessed_at is None else self.witnessed_at,
        )


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """The verifier's time, in seconds since 1970, and how many seconds old a proof may be."""

    now: int
    seconds: int

    def check(self, time: int) -> None:
        """Raise WrongProof unless a proof of this time is accepted."""
        age = self.now - time
        if age > self.seconds:
            raise WrongProof(f"It is {age} seconds old, and at most {self.seconds} are accepted.")
        if age < -MOST_AHEAD:
            raise WrongProof(f"Its time is {-age} seconds ahead of this machine's clock.")


def verify_proof(
    proof: ProofFile, policy: Policy, age_limit: AgeLimit | None = None
) -> ProofVerdict:
    """Check every step of a proof file; its age only with a limit.

    Raises FailedStep at the first step that fails, and MissingPackage without the package that
    checks signatures.
    """
    steps = list[Step]()
    record = _check_event(proof.event, proof.checkpoint, steps) if proof.event else None
    log_leaf = _check_map_and_log(proof, steps)
    with checking(Step.SIGNATURE, steps):
        found = evaluate(policy, proof.note)
    with checking(Step.WITNESSES, steps):
        _check_quorum(found, policy)
    if age_limit:
        with checking(Step.AGE, steps):
            age_limit.check(proof.time if found.quorum_time is None else found.quorum_time)
    return ProofVerdict(
        checkpoint=proof.checkpoint,
        log_size=found.checkpoint.size,
        run_time=proof.time,
        witnessed_at=found.quorum_time,
        cosigned_at=found.cosigned_at,
        record=record,
        log_key=found.log,
        log_leaf=log_leaf,
        steps=tuple(steps),
    )


def check_unsigned(proof: ProofFile) -> None:
    """Check the steps of a checkpoint file that need no key: its map and its log.

    They show that the file is one whole, and nothing about who made it. Raises FailedStep.
    """
    _check_map_and_log(proof, [])


def _check_map_and_log(proof: ProofFile, steps: list[Step]) -> bytes:
    """Check both steps. Returns the leaf hash of the run entry."""
    with checking(Step.MAP, steps):
        row = Row(row_key(proof.checkpoint.workspace_id), proof.checkpoint.sha256)
        map_root = root_with_row(row, proof.leaf, proof.map_path)
    with checking(Step.LOG, steps):
        leaf = leaf_hash(RunEntry(proof.time, map_root).encoded)
        _check_last_entry(proof, leaf)
    return leaf


@contextmanager
def checking(step: Step, steps: list[Step]) -> Iterator[None]:
    """Note a step that succeeds. Raises FailedStep when it does not."""
    try:
        yield
    except (WrongProof, Unreadable) as error:
        raise FailedStep(step, error) from None
    steps.append(step)


def _check_event(event: EventProof, checkpoint: WorkspaceCheckpoint, steps: list[Step]) -> Header:
    with checking(Step.RECORD, steps):
        header = read_header(event.record)
        if header.workspace_id != checkpoint.workspace_id:
            raise WrongProof(f"The record is one of the workspace {header.workspace_id}.")
        if header.sequence != event.index + 1:
            raise WrongProof(f"The record has the sequence {header.sequence}, not the file's.")
        for names in find_repeated(read_json(_decode, event.record.decode(), "a record")):
            raise WrongProof(f"The record has `{path_of(names)}` twice, so readers may differ.")
    with checking(Step.WORKSPACE_TREE, steps):
        leaf = leaf_hash(event.record)
        check_inclusion(event.index, checkpoint.size, leaf, event.path, checkpoint.root)
    return header


def _check_last_entry(proof: ProofFile, leaf: bytes) -> None:
    """Raise WrongProof unless the entry is the last of the log.

    An earlier one is in the log as well. But it would show a workspace as it was, as if that were
    the newest.
    """
    log = read_checkpoint(proof.note.text)
    if log.origin != proof.checkpoint.origin:
        raise WrongProof(f"The checkpoint is one of the log {log.origin}.")
    if proof.log_index != log.size - 1:
        raise WrongProof(f"The entry {proof.log_index} is not the last of {log.size}.")
    check_inclusion(proof.log_index, log.size, leaf, proof.log_path, log.root)


def _check_quorum(found: Endorsement, policy: Policy) -> None:
    if not found.is_quorum_met:
        names = ", ".join(found.cosigned_at) or "none"
        raise WrongProof(f"The quorum {policy.quorum} is not met. These cosigned: {names}.")
