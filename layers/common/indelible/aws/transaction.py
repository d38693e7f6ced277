"""Transactions that the operator's commands use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..errors import Conflict
from .clients import error_code, unavailable_on_failure
from .table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def write_together(table: Table, items: list[TransactWriteItemTypeDef]) -> None:
    """Write all items or none.

    Raises Conflict when a condition fails, because somebody else made a change, and Unavailable.
    """
    with unavailable_on_failure("DynamoDB"):
        try:
            table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error_code(error) != "TransactionCanceledException":
                raise
            raise Conflict("Somebody else made a change at the same time; try again.") from error
