"""The verdict on a proof file, printed for people or for programs.

It is never a bare "valid". It says who vouches for what, up to where, between which times, and with
which keys.
"""

from __future__ import annotations

from dataclasses import replace

from ..checkpoints.proof_file import ProofFile
from ..times import format_seconds
from ..verifying.consistency import Grown
from ..verifying.coverage import Assurance
from ..verifying.proof import ProofVerdict
from .coverage_words import between, restart_sentence, say_since
from .output import counted, say
from .proof_words import key_as_json
from .trusted_keys import Trust


def proof_as_json(
    proof: ProofFile, verdict: ProofVerdict, trust: Trust, grown: Grown | None, seconds: float
) -> dict[str, object]:
    """A verdict as `--json` prints it. `against_log` is null if the file was checked offline."""
    record = verdict.record
    coverage = replace(verdict.coverage, since=grown.since if grown else None)
    return {
        "valid": True,
        "workspace_id": verdict.checkpoint.workspace_id,
        "coverage": coverage.as_json(),
        "restarted": verdict.is_restarted or bool(grown and grown.restarts),
        "log_size": verdict.log_size,
        "event": record
        and {"id": record.id, "sequence": record.sequence, "created_at": record.created_at},
        "keys": trust.origin,
        "log_key": key_as_json(verdict.log_key),
        "witness_keys": [key_as_json(trust.policy.witnesses[name]) for name in verdict.cosigned_at],
        "log_leaf": verdict.log_leaf.hex(),
        "against_log": grown and _grown_as_json(proof, grown),
        "seconds": round(seconds, 3),
    }


def _grown_as_json(proof: ProofFile, grown: Grown) -> dict[str, object]:
    return {
        "coverage": grown.coverage.as_json(),
        "log_size": grown.newest.log_size,
        "kept": grown.kept,
        "lost": proof.checkpoint.size - grown.kept,
        "shown": grown.is_shown,
    }


def say_proof(proof: ProofFile, verdict: ProofVerdict, trust: Trust, grown: Grown | None) -> None:
    """Print a verdict in sentences."""
    checkpoint, record = verdict.checkpoint, verdict.record
    is_restarted = verdict.is_restarted or bool(grown and grown.restarts)
    style = "bold red" if is_restarted else "green"
    if record:
        say(f"Event {record.id} is record {record.sequence} of {checkpoint.workspace_id}.", style)
        say(f"covered {between(verdict.coverage)}")
    _say_coverage(verdict, style)
    if verdict.is_restarted:
        say(
            f"restarted: this is epoch {checkpoint.epoch} of the chain, and records of an earlier"
            " epoch may be lost",
            "bold red",
        )
    if grown:
        _say_grown(proof, grown)
    else:
        say("from when on coverage exists is not in this file; --against-log shows it")
    _say_keys(verdict, trust)


def _say_coverage(verdict: ProofVerdict, style: str) -> None:
    """Print up to where the chain is covered, and by whom. The rest is not covered."""
    checkpoint = verdict.checkpoint
    up_to = f"up to record {checkpoint.size:,}"
    comma = "" if verdict.assurance == Assurance.WITNESSED else ","
    say(f"{checkpoint.workspace_id} is {verdict.assurance.words}{comma} {up_to}.", style)
    say("later records are not covered by this file")
    run = f"run of {format_seconds(verdict.run_time)}, as the operator says"
    say(f"log {checkpoint.origin} at size {verdict.log_size:,}, {run}")
    for name, at in verdict.cosigned_at.items():
        say(f"cosigned by {name} at {format_seconds(at)}")


def _say_grown(proof: ProofFile, grown: Grown) -> None:
    newest, old = grown.newest, proof.checkpoint
    for each in grown.restarts:
        say(restart_sentence(each), "bold red")
    if grown.is_shown:
        say(f"the log of today still contains everything that this file covers: {_now(newest)}")
    elif grown.kept < old.size:
        lost = f"records {grown.kept + 1} to {old.size}"
        say(f"the chain of today no longer has {lost} of this file: {_now(newest)}", "bold red")
        if grown.kept:
            say(f"that records 1 to {grown.kept} are still the same is as the operator says")
    else:
        say(f"the chain is being covered again since its restart: {_now(newest)}", "bold red")
    say_since(grown.since)


def _now(newest: ProofVerdict) -> str:
    covered = counted(newest.checkpoint.size, "record")
    return f"{covered} covered at {format_seconds(newest.run_time)}, {newest.assurance.words}"


def _say_keys(verdict: ProofVerdict, trust: Trust) -> None:
    named = [verdict.log_key, *(trust.policy.witnesses[name] for name in verdict.cosigned_at)]
    for each in named:
        shown = key_as_json(each)
        say(f"key {shown['vkey']}, {trust.origin}")
        say(f"    SHA-256 of its public key {shown['sha256']}")
    say(f"leaf hash of the run entry, for other tools: {verdict.log_leaf.hex()}")
