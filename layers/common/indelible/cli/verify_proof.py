"""`indelible verify --checkpoint` and `--proof`: checks a file, offline or against the log."""

# ruff: noqa: PLC0415 (an offline check loads no HTTP library)
from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..checkpoints.consistency import Consistency, read_consistency
from ..checkpoints.proof_file import ProofFile, read_proof_file
from ..errors import IndelibleError, NotReady, Unreadable, WrongProof
from ..tlog.keys import VerifierKey
from ..tlog.proof import MAX_PROOF_BYTES
from ..verifying.consistency import verify_consistency
from ..verifying.proof import AgeLimit, ProofVerdict, verify_proof
from .failure import REFUSED, exit_when_unable
from .output import complain, print_json
from .proof_verdict import proof_as_json, say_proof
from .source import reading_from
from .trusted_keys import Trust, pinned_trust, trust_of_server

if TYPE_CHECKING:
    from .api import Api

MAX_FILE = MAX_PROOF_BYTES + 1


def check_proof(
    checkpoint: Path | None,
    proof: Path | None,
    policy: Path | None,
    key: VerifierKey | None,
    against_log: bool,
    max_age: int | None,
    *,
    as_json: bool,
) -> int:
    """Verify a checkpoint file, or else a proof of an event. The arguments are the options.

    Prints the verdict and returns the exit status. Exits with UNABLE when there is no verdict.
    """
    with exit_when_unable():
        check = _Check(
            file=checkpoint or proof or Path(),
            has_event=checkpoint is None,
            pinned=pinned_trust(policy, key),
            against_log=against_log,
            max_age=max_age,
        )
        return _check(check, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Check:
    """A file, whether it must have an event, and how to check it. `max_age` is in seconds."""

    file: Path
    has_event: bool
    pinned: Trust | None
    against_log: bool
    max_age: int | None


def _check(check: _Check, *, as_json: bool) -> int:
    """Verify a file and print the verdict. Returns the exit status: 0, or REFUSED.

    Raises IndelibleError when it cannot be verified: without a key, or without an answer.
    """
    started = time.perf_counter()
    refused = f"{check.file} is refused."
    try:
        with reading_from(check.file, str(check.file)) as stream:
            proof = read_proof_file(stream.read(MAX_FILE))
        _check_kind(proof, check)
        api, trust = _find_trust(check)
        limit = AgeLimit(int(time.time()), check.max_age) if check.max_age is not None else None
        verdict = verify_proof(proof, trust.policy, None if api else limit)
        grown = None
        if api:
            refused = f"The log of today does not go on from {check.file}."
            answer = _ask(api, proof, verdict)
            grown = verify_consistency(proof, answer, trust.policy, limit)
    except (Unreadable, WrongProof) as error:
        return _refuse(refused, error, as_json=as_json)
    if as_json:
        seconds = time.perf_counter() - started
        print_json(proof_as_json(proof, verdict, trust, grown, seconds))
    else:
        say_proof(proof, verdict, trust, grown)
    return 0


def _find_trust(check: _Check) -> tuple[Api | None, Trust]:
    """The API to ask, if any, and the keys that the check trusts."""
    if check.against_log:
        from .api import find_api

        api = find_api()
        return api, check.pinned or trust_of_server(api)
    if check.pinned is None:
        raise IndelibleError(
            "A signature is worth nothing without a key that you trust: pass --policy FILE or"
            " --key VKEY, or --against-log for the keys that the server names."
        )
    return None, check.pinned


def _ask(api: Api, proof: ProofFile, verdict: ProofVerdict) -> Consistency:
    """What the log of today answers. WrongProof if it does not know the workspace any more."""
    from .api import Refused

    covered, workspace_id = proof.checkpoint.size, proof.checkpoint.workspace_id
    path = f"/v1/checkpoint/consistency?log={verdict.log_size}&workspace={covered}"
    try:
        answer = read_consistency(api.get(path))
        named = read_proof_file(answer.checkpoint.encode()).checkpoint.workspace_id
    except Refused as error:
        if error.error_code != NotReady.code:
            raise
        raise WrongProof(f"It says that it covers no record, and {covered} were covered.") from None
    except Unreadable as error:
        raise IndelibleError(f"What {api.host} answered cannot be read: {error}") from None
    if named != workspace_id:
        raise IndelibleError(f"The API key is one of {named}, and the file is of {workspace_id}.")
    return answer


def _check_kind(proof: ProofFile, check: _Check) -> None:
    if check.has_event and proof.event is None:
        raise IndelibleError(f"{check.file} proves no event. Use --checkpoint for it.")
    if proof.event is not None and not check.has_event:
        raise IndelibleError(f"{check.file} proves an event. Use --proof for it.")


def _refuse(sentence: str, error: IndelibleError, *, as_json: bool) -> int:
    if as_json:
        step = getattr(error, "step", None)
        reason = str(error)
        print_json(
            {
                "valid": False,
                "coverage": None,
                "failed_step": step and step.value,
                "reason": reason,
            }
        )
    else:
        reason = f"It cannot be read: {error}." if isinstance(error, Unreadable) else str(error)
        complain(f"{sentence} {reason}")
    return REFUSED
