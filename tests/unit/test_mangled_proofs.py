"""No changed byte of a proof file changes what it shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.errors import Unreadable
from indelible.tlog.policy import NO_QUORUM
from indelible.verifying.proof import FailedStep, ProofVerdict, verify_proof
from support.proofs import CHECKPOINT_FILE, EVENT_FILE, POLICY


def content(verdict: ProofVerdict) -> tuple[object, ...]:
    """What a verdict says of the chain, apart from who vouches for it."""
    return verdict.checkpoint, verdict.log_size, verdict.run_time, verdict.record


@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
def test_no_changed_byte_gives_a_verdict_if_both_witnesses_are_needed(file: ProofFile) -> None:
    for changed in changes(file.encoded):
        with pytest.raises((Unreadable, FailedStep)):
            verify_proof(read_proof_file(changed), POLICY)


@pytest.mark.slow
@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
@pytest.mark.parametrize("quorum", ["both", NO_QUORUM])
def test_a_changed_byte_never_changes_what_is_shown(file: ProofFile, quorum: str) -> None:
    """At most a cosignature is lost, if its key cannot be recognised any more."""
    policy = replace(POLICY, quorum=quorum)
    whole = file.encoded
    shown = verify_proof(file, policy)
    for place in range(len(whole)):
        for bit in (1, 2, 4, 8, 16, 32, 64, 128):
            changed = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            try:
                verdict = verify_proof(read_proof_file(changed), policy)
            except (Unreadable, FailedStep):
                continue
            assert content(verdict) == content(shown)
            assert verdict.assurance == shown.assurance
            assert verdict.cosigned_at.items() < shown.cosigned_at.items()
            assert quorum == NO_QUORUM


def changes(whole: bytes) -> list[bytes]:
    """The bytes with one changed, each in turn, with one left out, and with one doubled."""
    places = range(len(whole))
    flipped = [whole[:n] + bytes([whole[n] ^ 1 << n % 8]) + whole[n + 1 :] for n in places]
    left_out = [whole[:n] + whole[n + 1 :] for n in places[::3]]
    doubled = [whole[: n + 1] + whole[n:] for n in places[::3]]
    return flipped + left_out + doubled
