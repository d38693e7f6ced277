"""Usage in DynamoDB and in memory: both keep one contract."""

from __future__ import annotations

from indelible.aws.usage import DynamoDBUsage
from support.memory import MemoryUsage

MEMORY = "memory"

AnyUsage = DynamoDBUsage | MemoryUsage
