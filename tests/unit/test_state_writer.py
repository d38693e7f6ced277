"""Who may write both the bucket of states and the turn: what they have signed is held and found."""

from __future__ import annotations

from support.deployment import Deployment
from unit.forged_turns import a_log, changed, forged, other_tree


def test_records_that_no_chain_has_can_be_covered_and_hold_the_chain_from_then_on() -> None:
    log = a_log()
    invented = other_tree(6)
    log.turns.turn = forged(log, lambda state: changed(state, "ws_a", tree=invented))
    assert log.run().warnings == []
    assert log.covered("ws_a").tree == invented
    log.grow("ws_a", 3)
    log.run()
    assert held(log) == {"ws_a"}
    log.grow("ws_b", 1)
    log.run()
    assert held(log) == {"ws_a"}
    assert log.covered("ws_b").size == 41


def held(log: Deployment) -> set[str]:
    return {each.workspace_id for each in log.state.workspaces if each.hold}
