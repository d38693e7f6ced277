"""What must be so once a deployment has had some undisturbed runs."""

from __future__ import annotations

from support.deployment import MINUTE, Deployment


def heal(log: Deployment, runs: int = 3) -> None:
    """Let some runs go through."""
    for _ in range(runs):
        log.run(MINUTE)


def assert_healed(log: Deployment, *held: str) -> None:
    """Everything published is right, nothing else was signed, and all growth is covered.

    `held` are the workspaces whose records do not verify.
    """
    found = log.audit()
    assert found.broken == []
    assert {*log.signed} <= {*found.texts}, "two texts for one size"
    assert log.notes.waiting == {}
    assert log.turns.waiting == []
    for name, epochs in log.truths.items():
        state = log.covered(name)
        assert (state.hold is not None) == (name in held)
        assert name in held or state.size == len(epochs[-1].leaves)
        assert state.epoch == len(epochs) - 1
    assert log.run(MINUTE).published is None, "nothing has changed"
