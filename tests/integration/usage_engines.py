"""Usage in DynamoDB and in memory: both keep one contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indelible.aws.table import Table, usage_key
from indelible.aws.usage import DynamoDBUsage
from support.memory import MemoryUsage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

MEMORY = "memory"

AnyUsage = DynamoDBUsage | MemoryUsage


def forge(table: Table, workspace_id: str, name: str, value: Attribute) -> None:
    """Write an attribute into the usage item of November 2026."""
    table.client.update_item(
        TableName=table.name,
        Key=usage_key(workspace_id, "2026-11"),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value},
    )
