"""API keys and quota in DynamoDB, for the baselines that store their chains there."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .shared import PREFIX, QUOTA, Refused, Workspace, digest, month, new_workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


@dataclass(frozen=True, slots=True)
class Accounts:
    """API keys and the quota of a month, as items of a table with the keys `pk` and `sk`."""

    client: DynamoDBClient
    table: str

    def add(self) -> Workspace:
        """Make a workspace with a key."""
        made = new_workspace()
        item: dict[str, AttributeValueTypeDef] = {
            "pk": {"S": f"KEY#{made.secret[:PREFIX]}"},
            "sk": {"S": "KEY"},
            "workspace_id": {"S": made.id},
            "digest": {"B": digest(made.secret)},
        }
        self.client.put_item(TableName=self.table, Item=item)
        return made

    def admit(self, secret: str, events: int) -> str:
        """Look up the key, count the events, and return the workspace. Raises Refused."""
        key = {"pk": {"S": f"KEY#{secret[:PREFIX]}"}, "sk": {"S": "KEY"}}
        answer = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        found = answer.get("Item")
        if found is None or not hmac.compare_digest(bytes(found["digest"]["B"]), digest(secret)):
            raise Refused("unknown key")
        workspace_id = found["workspace_id"]["S"]
        try:
            self.client.update_item(
                TableName=self.table,
                Key={"pk": {"S": f"USAGE#{workspace_id}"}, "sk": {"S": month()}},
                UpdateExpression="ADD events :events",
                ConditionExpression="attribute_not_exists(events) OR events <= :most",
                ExpressionAttributeValues={
                    ":events": {"N": str(events)},
                    ":most": {"N": str(QUOTA - events)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise Refused("the month's events are used up") from error
        return workspace_id
