"""What the writer needs besides the ledger. `aws/` implements it with DynamoDB and SQS.

Every method raises Unavailable when the service behind it fails. An adapter may retry briefly.
"""

from __future__ import annotations

from typing import Protocol


class Backlog(Protocol):
    """How the writer slows down a workspace whose events it cannot chain in time."""

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have ingest refuse the workspace for a minute from `now` (microseconds).

        It may be called again at any time; the minute then starts again.
        """


class DeadLetters(Protocol):
    """Where messages that can never be chained are kept for an operator."""

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Keep the message with the reason.

        It may be called again after Unavailable. The message may have been kept the first time, and
        is then kept twice.
        """
