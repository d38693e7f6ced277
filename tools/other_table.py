"""The table that a stack uses instead of its own, such as a restored copy (docs/drills.md)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tools.local.failure import LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARAMETER = "TableName="


def stream_parameter(client: "DynamoDBClient", given: Iterable[str]) -> list[str]:
    """The parameter TableStreamLabel for the TableName among the given parameters, if there is one.

    LocalStackError when the table is not protected like the stack's own.
    """
    names = [each.removeprefix(_PARAMETER) for each in given if each.startswith(_PARAMETER)]
    name = names[-1].strip('"') if names else ""
    return [f"TableStreamLabel={stream_label(client, name)}"] if name else []


def stream_label(client: "DynamoDBClient", name: str) -> str:
    """The label of the table's stream. LocalStackError when a setting of the table is missing.

    DynamoDB restores a table without its stream, point-in-time recovery and deletion protection.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
    """
    try:
        table = client.describe_table(TableName=name)["Table"]
        backups = client.describe_continuous_backups(TableName=name)
    except ClientError as error:
        raise LocalStackError(f"The table {name} cannot be described: {error}") from None
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    stream = table.get("StreamSpecification", {})
    missing = [
        what
        for what, is_there in (
            ("a stream of keys (KEYS_ONLY)", stream.get("StreamViewType") == "KEYS_ONLY"),
            ("point-in-time recovery", recovery.get("PointInTimeRecoveryStatus") == "ENABLED"),
            ("deletion protection", table.get("DeletionProtectionEnabled", False)),
        )
        if not is_there
    ]
    if missing:
        raise LocalStackError(
            f"The table {name} lacks {' and '.join(missing)}; docs/drills.md has the commands."
        )
    return table["LatestStreamLabel"]
