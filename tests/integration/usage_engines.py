"""Usage as it is counted in DynamoDB and in memory: one contract for both."""

from __future__ import annotations

from indelible.aws.usage import DynamoDBUsage
from support.memory import MemoryUsage

MEMORY = "memory"

AnyUsage = DynamoDBUsage | MemoryUsage
