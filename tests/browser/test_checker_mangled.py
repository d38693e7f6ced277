"""The browser's verdict on changed proof files is that of Python's verifier, step for step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from browser.checking import Checker, policy_text, shown, shown_by_python
from indelible.checkpoints.proof_file import ProofFile
from indelible.tlog.policy import NO_QUORUM, Policy
from support.proofs import CHECKPOINT_FILE, EVENT_FILE, POLICY
from unit.test_mangled_proofs import changes

FILES = pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
WITHOUT_QUORUM = replace(POLICY, quorum=NO_QUORUM)


@FILES
def test_no_changed_byte_gives_a_verdict_if_both_witnesses_are_needed(
    checker: Checker, file: ProofFile
) -> None:
    changed = changes(file.encoded)
    verdicts = checker.proofs(file.encoded, changed, policy=policy_text(POLICY))
    assert len(verdicts) == len(changed) > 1000
    assert {each["verdict"] for each in verdicts} == {"broken"}
    assert [shown(each) for each in verdicts] == [shown_by_python(e, POLICY) for e in changed]


@FILES
@pytest.mark.parametrize("policy", [POLICY, WITHOUT_QUORUM], ids=["both", "none"])
def test_every_changed_bit_is_seen_as_python_sees_it(
    checker: Checker, file: ProofFile, policy: Policy
) -> None:
    """Each thirteenth place, with all eight bits."""
    whole = file.encoded
    changed = [
        whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
        for place in range(0, len(whole), 13)
        for bit in range(8)
    ]
    verdicts = checker.proofs(whole, changed, policy=policy_text(policy))
    assert [shown(each) for each in verdicts] == [shown_by_python(e, policy) for e in changed]
