"""What the watcher found last of each workspace, as items of its partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checkpoints.watched import BACKDATED, Finding, Watched
from ..proving.ports import ScrubVerdict
from ..times import format_time, parse_time
from ..verifying.breaks import BreakType
from .clients import unavailable_on_failure
from .table import (
    Table,
    damaged_unless_readable,
    number,
    number_of,
    scrub_verdict_key,
    string,
    text_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

    from .table import Item, ReadItem


class DynamoDBScrubVerdicts:
    """Implements `proving.ports.ScrubVerdicts` and `watching.ports.Verdicts`.

    Methods raise Unavailable, and those that read DamagedItem.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, workspace_id: str) -> ScrubVerdict | None:
        """The verdict; None before the end of the first round."""
        watched = self.watched(workspace_id)
        if watched is None or not watched.round_at:
            return None
        return ScrubVerdict(watched.is_valid, watched.round_at)

    def watched(self, workspace_id: str) -> Watched | None:
        """All that is known of a workspace; None if nothing was written yet."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name,
                Key=scrub_verdict_key(workspace_id),
                ConsistentRead=True,
            )
        return _watched_of(workspace_id, answer["Item"]) if "Item" in answer else None

    def put(self, workspace_id: str, watched: Watched) -> None:
        """Replace what is known of a workspace. Only the watcher calls it."""
        item: Item = {
            **scrub_verdict_key(workspace_id),
            "findings": {"L": [{"M": _attributes_of(each)} for each in watched.findings]},
        }
        for name, time in _times_of(watched).items():
            if time:
                item[name] = string(format_time(time))
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(TableName=self._table.name, Item=item)


def _times_of(watched: Watched) -> dict[str, int]:
    """The times that are attributes of the item, unless they are 0."""
    return {"checked_at": watched.round_at, "head_checked_at": watched.head_at}


def _attributes_of(finding: Finding) -> dict[str, Attribute]:
    return {
        "unit": string(finding.unit),
        "type": string(finding.kind),
        "sequence": number(finding.sequence),
        "since": string(format_time(finding.since)),
        "detail": string(finding.detail),
    }


def _watched_of(workspace_id: str, item: ReadItem) -> Watched:
    with damaged_unless_readable("verdict of the watcher"):
        return Watched(
            [_finding_of(workspace_id, each["M"]) for each in item["findings"]["L"]],
            parse_time(text_of(item, "checked_at")) if "checked_at" in item else 0,
            parse_time(text_of(item, "head_checked_at")) if "head_checked_at" in item else 0,
        )


def _finding_of(workspace_id: str, item: ReadItem) -> Finding:
    kind = text_of(item, "type")
    return Finding(
        workspace_id,
        text_of(item, "unit"),
        kind if kind == BACKDATED else BreakType(kind).value,
        number_of(item, "sequence"),
        parse_time(text_of(item, "since")),
        text_of(item, "detail"),
    )
