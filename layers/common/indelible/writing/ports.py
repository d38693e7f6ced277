"""What the writer needs besides the ledger. `aws/` has it on DynamoDB and SQS.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from typing import Protocol


class Backlog(Protocol):
    """The way in which the writer slows down a workspace whose events it cannot chain in time."""

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have ingest refuse the workspace for a minute from `now` (microseconds).

        May be called again at any time; the minute then begins anew.
        """


class DeadLetters(Protocol):
    """Where messages go that never can be chained."""

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Keep the message, with the reason, for an operator."""
