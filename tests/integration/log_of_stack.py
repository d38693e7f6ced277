"""The log of a stack in moto: runs over the stack's own table and buckets, with a key of tests."""

from __future__ import annotations

from collections.abc import Sequence

import boto3
from indelible.aws.clients import s3_client
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import chain_pk, key, segment_sk
from indelible.aws.turns import DynamoDBTurns
from indelible.chain.segment import Segment
from indelible.cli.log import OpenLog, open_log
from indelible.cli.stack import Stack
from indelible.covering.growth import encode_note
from indelible.covering.run import Report, run
from indelible.covering.services import Services
from indelible.runtime.clock import now
from support.memory_log import MemoryNotes, MemorySigner
from support.memory_witness import MemoryWitness
from support.notes import LOG


def the_log() -> OpenLog:
    """The log as commands open it."""
    return open_log("under-test")


def put(stack: Stack, segment: Segment) -> None:
    """Put a segment in its place, whatever is there."""
    stack.table.client.put_item(TableName=stack.table.name, Item=item_of(segment))


def cut(stack: Stack, workspace_id: str, size: int) -> None:
    """Lose the segments after this sequence."""
    for segment in DynamoDBLedger(stack.table).ascending(workspace_id, size + 1):
        name = key(chain_pk(workspace_id), segment_sk(segment.first_sequence))
        stack.table.client.delete_item(TableName=stack.table.name, Key=name)


def lose_states(stack: Stack) -> None:
    """Delete all versions of the state."""
    assert stack.log
    client, bucket = s3_client(), stack.log.state_bucket
    listed = boto3.client("s3").list_object_versions(Bucket=bucket)
    for each in listed["Versions"]:
        client.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def cover(
    stack: Stack,
    *workspace_ids: str,
    witnesses: Sequence[MemoryWitness] = (),
    table_arn: str | None = None,
    at: int | None = None,
) -> Report:
    """A run, with a growth note of all segments of each of these workspaces."""
    assert stack.log
    notes, ledger = MemoryNotes(), DynamoDBLedger(stack.table)
    for name in workspace_ids:
        stored = (each.first_sequence for each in ledger.stored(name, 1))
        firsts = [each for each in stored if each is not None]
        notes.send(encode_note({name: firsts or [1]}))
    services = Services(
        ledger=ledger,
        bucket=S3LockedBucket(s3_client(), stack.log.locked_bucket),
        states=S3States(s3_client(), stack.log.state_bucket),
        turns=DynamoDBTurns(stack.table),
        notes=notes,
        signers=[MemorySigner()],
        witnesses=witnesses,
        origin=LOG.name,
        table_arn=table_arn or the_log().table_arn(),
    )
    return run(services, now() if at is None else at, lambda: True)
