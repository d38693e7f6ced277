"""Opens the log of a stack: its buckets, its turn, and the run that was published last."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import IndelibleError, NotFound
from ..runtime.clock import now
from .stack import Stack, find_stack

if TYPE_CHECKING:
    from ..aws.ledger import DynamoDBLedger
    from ..aws.locked_bucket import S3LockedBucket
    from ..aws.state_bucket import S3States
    from ..aws.turns import DynamoDBTurns
    from ..checkpoints.workspace_state import WorkspaceState
    from ..proving.newest import NewestRun


@dataclass(frozen=True, slots=True)
class OpenLog:
    """The log of a stack. `origin` is its name."""

    stack: Stack
    origin: str
    bucket: S3LockedBucket
    states: S3States
    turns: DynamoDBTurns
    ledger: DynamoDBLedger

    def newest_run(self) -> NewestRun:
        """The newest run, with its state. NotFound before the first one."""
        from ..proving.newest import NewestRuns

        found = NewestRuns(self.bucket, self.states, self.turns).read(now())
        if found is None:
            raise NotFound(f"The log {self.origin} has no run yet. The first follows in a minute.")
        return found

    def table_arn(self) -> str:
        """The ARN of the stack's table, which names it in the runs of the log."""
        from ..aws.clients import unavailable_on_failure

        table = self.stack.table
        with unavailable_on_failure("DynamoDB"):
            return table.client.describe_table(TableName=table.name)["Table"]["TableArn"]


def open_log(stack_name: str | None) -> OpenLog:
    """Open the log of a stack. Raises NoStack, and IndelibleError if it has none."""
    log = log_of(find_stack(stack_name))
    if log is None:
        raise IndelibleError("This stack has no checkpoints: they are switched off (Checkpoints).")
    return log


def log_of(stack: Stack) -> OpenLog | None:
    """The log of a stack; None if its checkpoints are switched off."""
    from ..aws.clients import prompt_s3_client
    from ..aws.ledger import DynamoDBLedger
    from ..aws.locked_bucket import S3LockedBucket
    from ..aws.state_bucket import S3States
    from ..aws.turns import DynamoDBTurns

    if stack.log is None:
        return None
    s3 = prompt_s3_client()
    return OpenLog(
        stack,
        stack.log.origin,
        S3LockedBucket(s3, stack.log.locked_bucket),
        S3States(s3, stack.log.state_bucket),
        DynamoDBTurns(stack.table),
        DynamoDBLedger(stack.table),
    )


def state_of(newest: NewestRun, workspace_id: str) -> WorkspaceState:
    """The workspace in the state of a run. NotFound if the log has never covered any of it."""
    found = newest.workspace(workspace_id)
    if found is None:
        raise NotFound(f"The log has not covered any record of {workspace_id!r}.")
    return found
