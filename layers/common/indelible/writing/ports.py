"""What the writer needs besides the ledger. `aws/` has it on DynamoDB and SQS.

Every method raises Unavailable when the service behind it fails.
"""

from __future__ import annotations

from typing import Protocol


class Backlog(Protocol):
    """How the writer slows down a workspace whose events it cannot chain in time."""

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have ingest refuse the workspace for a minute from `now` (microseconds).

        May be called again at any time; the minute then begins anew.
        """


class DeadLetters(Protocol):
    """Where messages that can never be chained are kept for an operator."""

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Keep the message with the reason.

        After Unavailable the message may have been kept. Kept again, it may be there twice.
        """
