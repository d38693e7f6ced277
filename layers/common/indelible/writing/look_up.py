"""A look-up: which events of a delivery were found in the chain, and how far it was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..chain.hashes import GENESIS
from ..chain.segment import Segment
from .kept_look_up import MAX_KEPT_EVENTS, KeptLookUp
from .tail import ids_of


@dataclass(slots=True)
class LookUp:
    """How far a look-up has come. It stays true whatever is appended.

    The events of `found` are chained. Each event of `missing` is not, up to the sequence that it is
    mapped to. `through` is the farthest of these sequences, and `event_hash` the event hash there.
    """

    found: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)
    through: int = 0
    event_hash: bytes = GENESIS

    @classmethod
    def resumed(cls, kept: KeptLookUp) -> LookUp:
        """The look-up that an earlier delivery kept."""
        return cls(set(kept.found), dict(kept.missing), kept.through, kept.event_hash)

    def look_for(self, event_ids: Iterable[str]) -> None:
        """Look for these events as well."""
        for event_id in event_ids:
            if event_id not in self.found:
                self.missing.setdefault(event_id, 0)

    def note(self, segment: Segment, wanted: Collection[str]) -> None:
        """Take in a segment that was read.

        The `wanted` events cannot be between the place up to which they were looked for and this
        segment. For other events that is known only if they were looked for right up to it.
        """
        found = ids_of(segment) & self.missing.keys()
        self.found |= found
        for event_id in found:
            del self.missing[event_id]
        for event_id, through in self.missing.items():
            if event_id in wanted or through >= segment.first_sequence - 1:
                self.missing[event_id] = max(through, segment.last_sequence)
        if segment.last_sequence > self.through:
            self.through, self.event_hash = segment.last_sequence, segment.event_hash

    def pending(self, wanted: Collection[str], last: int) -> dict[str, int]:
        """The wanted events that may still be found at the sequence `last` or before.

        Each is mapped to the sequence up to which it was looked for.
        """
        return {
            event_id: through
            for event_id, through in self.missing.items()
            if through < last and event_id in wanted
        }

    def kept(self, wanted: Collection[str]) -> KeptLookUp:
        """The look-up to store: the wanted events, and how far others were looked for.

        Other events are left out when there are too many.
        """
        missing = self.missing
        if len(missing) + len(wanted) > MAX_KEPT_EVENTS:
            missing = {e: through for e, through in missing.items() if e in wanted}
        found = sorted(self.found.intersection(wanted))
        return KeptLookUp(found, missing, self.through, self.event_hash)
