"""What the watcher found last of each workspace, as items of its partition."""

from __future__ import annotations

from ..proving.ports import ScrubVerdict
from ..times import format_time, parse_time
from .clients import unavailable_on_failure
from .table import Table, damaged_unless_readable, scrub_verdict_key, string, text_of


class DynamoDBScrubVerdicts:
    """Implements `proving.ports.ScrubVerdicts`. Methods raise Unavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, workspace_id: str) -> ScrubVerdict | None:
        """The verdict; None before the end of the first round. DamagedItem if it is damaged."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=scrub_verdict_key(workspace_id),
                ConsistentRead=True,
            )
        if "Item" not in answer:
            return None
        item = answer["Item"]
        with damaged_unless_readable("verdict of the watcher"):
            checked_at = parse_time(text_of(item, "checked_at"))
            return ScrubVerdict(item["is_valid"]["BOOL"], checked_at)

    def put(self, workspace_id: str, verdict: ScrubVerdict) -> None:
        """Replace the verdict at the end of a round. Only the watcher calls it."""
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(
                TableName=self._table.name,
                Item={
                    **scrub_verdict_key(workspace_id),
                    "is_valid": {"BOOL": verdict.is_valid},
                    "checked_at": string(format_time(verdict.checked_at)),
                },
            )
