"""The locked bucket's objects in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.port_faults import Faults


@dataclass
class MemoryTiles:
    """`covering.put_tiles.TileStore`."""

    faults: Faults = field(default_factory=Faults)
    objects: dict[str, bytes] = field(default_factory=dict)

    def put_new(self, key: str, content: bytes) -> bool:
        """Store the object unless its key is there."""
        done = self.faults.entered("put_new")
        is_new = key not in self.objects
        self.objects.setdefault(key, content)
        done()
        return is_new

    def read(self, key: str) -> bytes | None:
        """The object, or None."""
        done = self.faults.entered("read")
        found = self.objects.get(key)
        done()
        return found
