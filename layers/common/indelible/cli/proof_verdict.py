"""The verdict on a proof file, printed for people or for programs.

It is never a bare "valid". It says who vouches for what, up to where, between which times, and with
which keys.
"""

from __future__ import annotations

from ..checkpoints.proof_file import ProofFile
from ..verifying.consistency import Grown
from ..verifying.proof import Assurance, ProofVerdict
from .output import counted, say
from .proof_words import format_seconds, key_as_json
from .trusted_keys import Trust


def proof_as_json(
    proof: ProofFile, verdict: ProofVerdict, trust: Trust, grown: Grown | None, seconds: float
) -> dict[str, object]:
    """A verdict as `--json` prints it. `against_log` is null if the file was checked offline."""
    record = verdict.record
    return {
        "valid": True,
        "assurance": verdict.assurance.value,
        "workspace_id": verdict.checkpoint.workspace_id,
        "epoch": verdict.checkpoint.epoch,
        "restarted": verdict.is_restarted or bool(grown and grown.restarts),
        "covered": verdict.checkpoint.size,
        "origin": verdict.checkpoint.origin,
        "log_size": verdict.log_size,
        "run_time": format_seconds(verdict.run_time),
        "witnessed_at": _time(verdict.witnessed_at),
        "cosigned_at": {name: format_seconds(at) for name, at in verdict.cosigned_at.items()},
        "event": record
        and {
            "id": record.id,
            "sequence": record.sequence,
            "created_at": record.created_at,
            "covered_by": format_seconds(_covered_by(verdict)),
        },
        "keys": trust.origin,
        "log_key": key_as_json(verdict.log_key),
        "witness_keys": [key_as_json(trust.policy.witnesses[name]) for name in verdict.cosigned_at],
        "log_leaf": verdict.log_leaf.hex(),
        "against_log": grown and _grown_as_json(proof, grown),
        "seconds": round(seconds, 3),
    }


def _grown_as_json(proof: ProofFile, grown: Grown) -> dict[str, object]:
    return {
        "assurance": grown.newest.assurance.value,
        "epoch": grown.newest.checkpoint.epoch,
        "covered": grown.newest.checkpoint.size,
        "log_size": grown.newest.log_size,
        "run_time": format_seconds(grown.newest.run_time),
        "witnessed_at": _time(grown.newest.witnessed_at),
        "coverage_since": format_seconds(grown.since),
        "kept": grown.kept,
        "lost": proof.checkpoint.size - grown.kept,
        "shown": grown.is_shown,
        "restarts": [
            {
                "time": format_seconds(each.time),
                "old_size": each.old_size,
                "kept_size": each.kept_size,
            }
            for each in grown.restarts
        ],
    }


def say_proof(proof: ProofFile, verdict: ProofVerdict, trust: Trust, grown: Grown | None) -> None:
    """Print a verdict in sentences."""
    checkpoint, record = verdict.checkpoint, verdict.record
    is_restarted = verdict.is_restarted or bool(grown and grown.restarts)
    style = "bold red" if is_restarted else "green"
    if record:
        say(f"Event {record.id} is record {record.sequence} of {checkpoint.workspace_id}.", style)
        say(
            f"covered between {record.created_at}, when it was chained as the operator says, and"
            f" {_covered_by_text(verdict)}"
        )
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
    if verdict.assurance == Assurance.WITNESSED:
        say(f"{checkpoint.workspace_id} is witnessed {up_to}.", style)
    else:
        say(f"{checkpoint.workspace_id} is signed by the operator only, {up_to}.", style)
    say("later records are not covered by this file")
    run = f"run of {format_seconds(verdict.run_time)}, as the operator says"
    say(f"log {checkpoint.origin} at size {verdict.log_size:,}, {run}")
    for name, at in verdict.cosigned_at.items():
        say(f"cosigned by {name} at {format_seconds(at)}")


def _say_grown(proof: ProofFile, grown: Grown) -> None:
    newest, old = grown.newest, proof.checkpoint
    for each in grown.restarts:
        lost = (
            f"records {each.kept_size + 1} to {each.old_size} lost"
            if each.kept_size < each.old_size
            else "no record lost"
        )
        say(f"restarted at {format_seconds(each.time)}, {lost}", "bold red")
    if grown.is_shown:
        say(f"the log of today still contains everything that this file covers: {_now(newest)}")
    elif grown.kept < old.size:
        lost = f"records {grown.kept + 1} to {old.size}"
        say(f"the chain of today no longer has {lost} of this file: {_now(newest)}", "bold red")
        if grown.kept:
            say(f"that records 1 to {grown.kept} are still the same is as the operator says")
    else:
        say(f"the chain is being covered again since its restart: {_now(newest)}", "bold red")
    say(
        f"coverage exists since {format_seconds(grown.since)}: what was changed before cannot be"
        " found"
    )


def _now(newest: ProofVerdict) -> str:
    vouched = newest.assurance.value
    covered = counted(newest.checkpoint.size, "record")
    return f"{covered} covered at {format_seconds(newest.run_time)}, {vouched}"


def _say_keys(verdict: ProofVerdict, trust: Trust) -> None:
    named = [verdict.log_key, *(trust.policy.witnesses[name] for name in verdict.cosigned_at)]
    for each in named:
        shown = key_as_json(each)
        say(f"key {shown['vkey']}, {trust.origin}")
        say(f"    SHA-256 of its public key {shown['sha256']}")
    say(f"leaf hash of the run entry, for other tools: {verdict.log_leaf.hex()}")


def _covered_by(verdict: ProofVerdict) -> int:
    """The time by which the records were covered: the witnesses' if a quorum says one."""
    return verdict.run_time if verdict.witnessed_at is None else verdict.witnessed_at


def _covered_by_text(verdict: ProofVerdict) -> str:
    time = format_seconds(_covered_by(verdict))
    return f"{time}, as {'the operator says' if verdict.witnessed_at is None else 'witnessed'}"


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else format_seconds(seconds)
