"""What the signatures of a checkpoint are worth to somebody with a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import WrongProof
from .checkpoint import Checkpoint, read_checkpoint
from .cosignature import cosigned_at
from .keys import VerifierKey
from .note import Note, is_signed_by
from .policy import NO_QUORUM, Policy


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A checkpoint, the log's key that signed it, and which witnesses cosigned it.

    `cosigned_at` has the time (Unix seconds) of each witness that cosigned, by its name in the
    policy. `is_quorum_met` says whether they are enough. `none` is always met.

    `quorum_time` (Unix seconds) is what the checkpoint's age is counted from: the latest time from
    which on enough witnesses cosigned. A few witnesses whose clocks are ahead do not make it look
    new, nor do a few old cosignatures make it look old. None if the quorum is not met, or `none`.
    """

    checkpoint: Checkpoint
    log: VerifierKey
    cosigned_at: Mapping[str, int]
    is_quorum_met: bool
    quorum_time: int | None


def evaluate(policy: Policy, note: Note) -> Endorsement:
    """Check the signatures of a checkpoint against a policy.

    Raises WrongProof unless a log of the policy signed it whose name is the checkpoint's origin,
    and when a signature of any key of the policy is wrong. Raises Unreadable when the note is no
    checkpoint, or a key of the policy signed it twice. Too few witnesses are no error: the caller
    decides.
    """
    checkpoint = read_checkpoint(note.text)
    signers = [log for log in policy.logs if is_signed_by(note, log)]
    log = next((each for each in signers if each.name == checkpoint.origin), None)
    if log is None:
        raise WrongProof(f"No log of the policy signed this checkpoint of {checkpoint.origin}.")
    times = ((name, cosigned_at(note, key)) for name, key in policy.witnesses.items())
    cosigned = {name: time for name, time in times if time is not None}
    quorum_time = _times_of_all(policy, cosigned).get(policy.quorum)
    is_met = policy.quorum == NO_QUORUM or quorum_time is not None
    return Endorsement(checkpoint, log, cosigned, is_met, quorum_time)


def _times_of_all(policy: Policy, cosigned: Mapping[str, int]) -> dict[str, int]:
    """The time of each witness and each group that has cosigned."""
    times = dict(cosigned)
    for name, group in policy.groups.items():  # groups that this one names come before it
        latest_first = sorted(
            (times[each] for each in group.members if each in times), reverse=True
        )
        if len(latest_first) >= group.threshold:
            times[name] = latest_first[group.threshold - 1]
    return times
