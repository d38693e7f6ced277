"""Anchors in memory, and the anchors of a deployment's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from indelible.checkpoints.anchor import Anchor, first_sequence_after
from indelible.checkpoints.workspace_map import KeptMap, row_key
from indelible.proving.ports import ScrubVerdict

from support.builders import SECOND, WORKSPACE
from support.deployment import ORIGIN, Deployment
from support.port_faults import Faults


@dataclass
class MemoryAnchors:
    """`proving.ports.Anchors`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, str], Anchor] = field(default_factory=dict)

    def put(self, anchor: Anchor) -> bool:
        """Store the anchor unless its day has one."""
        done = self.faults.entered("anchors.put")
        is_new = (anchor.workspace_id, anchor.day) not in self.stored
        self.stored.setdefault((anchor.workspace_id, anchor.day), anchor)
        done()
        return is_new

    def newest(self, workspace_id: str, at_most: int) -> Sequence[Anchor]:
        """The newest anchors, newest first."""
        done = self.faults.entered("anchors.newest")
        days = sorted(day for name, day in self.stored if name == workspace_id)
        done()
        return [self.stored[workspace_id, day] for day in reversed(days)][:at_most]

    def find(self, tx_hash: str) -> Anchor | None:
        """The anchor with this hash."""
        done = self.faults.entered("anchors.find")
        found = [each for each in self.stored.values() if each.tx_hash == tx_hash]
        done()
        return found[0] if found else None


@dataclass
class MemoryScrubVerdicts:
    """`proving.ports.ScrubVerdicts`."""

    verdicts: dict[str, ScrubVerdict] = field(default_factory=dict)

    def find(self, workspace_id: str) -> ScrubVerdict | None:
        """The verdict."""
        return self.verdicts.get(workspace_id)


def an_anchor(
    deployment: Deployment, previous: Anchor | None = None, workspace_id: str = WORKSPACE
) -> Anchor:
    """The anchor of a workspace in the newest run, after another one."""
    run, state = deployment.runs[-1], deployment.covered(workspace_id)
    checkpoint = state.checkpoint(ORIGIN)
    leaf, path = KeptMap.of(deployment.state.map_rows).path(row_key(workspace_id))
    first = first_sequence_after(previous, checkpoint)
    return Anchor(
        checkpoint=checkpoint,
        first_sequence=first,
        period_start=previous.period_end if previous else deployment.runs[0].run_entry.time,
        period_end=deployment.now // SECOND,
        first_event_hash=b"%032d" % first,
        last_event_hash=state.event_hash,
        previous_hash=previous.hash_for_next if previous else None,
        run=run.number,
        log_size=run.edge.size,
        leaf=leaf,
        map_path=tuple(path),
    )
