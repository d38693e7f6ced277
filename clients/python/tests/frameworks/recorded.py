"""What an application records with `audit`, as the service gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model_server import ModelServer

from indelible_client.frameworks import Audit


@dataclass
class Recorded:
    """An `audit` and the model of the service that it sends to."""

    audit: Audit
    server: ModelServer

    def events(self) -> list[dict[str, Any]]:
        """The events that the service got, without `occurred_at`."""
        assert self.audit.recorder.flush()
        return [
            {name: value for name, value in event.items() if name != "occurred_at"}
            for event in self.server.chain
        ]

    def only(self) -> dict[str, Any]:
        [event] = self.events()
        return event

    def actors(self) -> list[Any]:
        return [event["actor_id"] for event in self.events()]
