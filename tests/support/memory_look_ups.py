"""The writer's kept look-ups in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from indelible.writing.kept_look_up import LookUpStore

from support.port_faults import Faults


@dataclass
class MemoryLookUps:
    """`writing.kept_look_up.LookUpItems`."""

    faults: Faults = field(default_factory=Faults)
    kept: dict[str, bytes] = field(default_factory=dict)

    def find(self, workspace_id: str) -> bytes | None:
        """The item's bytes."""
        done = self.faults.entered("find_look_up")
        found = self.kept.get(workspace_id)
        done()
        return found

    def keep(self, workspace_id: str, signed: bytes) -> None:
        """Replace the item."""
        done = self.faults.entered("keep_look_up")
        self.kept[workspace_id] = signed
        done()

    def store(self) -> LookUpStore:
        """A store that keeps its look-ups here and signs them."""
        return LookUpStore(self, lambda: b"a key")
