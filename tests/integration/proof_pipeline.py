"""Proofs in one process: the function over a table and buckets, and runs that cover chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from indelible.accounts.keys import SCOPES
from indelible.accounts.workspace import Policy
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.chain.hashes import EMPTY
from indelible.chain.record import read_header
from indelible.chain.segment import Segment, read_records
from indelible.covering.growth import encode_note
from indelible.covering.run import Report, run
from indelible.covering.services import Services
from support.builders import NOON, SECOND
from support.contract import validator
from support.deployment import ORIGIN, TABLE, always, segments_after
from support.gateway import api_event
from support.handlers import load
from support.memory_log import MemoryNotes, MemorySigner
from support.memory_witness import MemoryWitness
from support.pipeline import Answer, Caller, answer_of, new_caller

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOCKED_BUCKET, STATE_BUCKET = "locked", "states"


@dataclass
class ProofPipeline:
    """Table, buckets and the function. `now` is the time of the next request, in microseconds."""

    table: Table
    s3: S3Client
    proofs: ModuleType
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    witness: MemoryWitness = field(default_factory=MemoryWitness)
    now: int = NOON

    def begin_again(self) -> None:
        """Empty the buckets, and start the function again."""
        for bucket in (LOCKED_BUCKET, STATE_BUCKET):
            for each in self.s3.list_object_versions(Bucket=bucket).get("Versions", []):
                self.s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
        self.notes, self.witness, self.now = MemoryNotes(), MemoryWitness(), NOON
        self.start_cold()

    def start_cold(self) -> None:
        """Start the function in a new environment."""
        self.proofs = load("proofs")

    @property
    def clients(self) -> tuple[Any, Any]:
        """The function's clients, whose calls may be counted."""
        return self.proofs.table.client, self.proofs.s3

    @property
    def turns(self) -> DynamoDBTurns:
        """The turns in the table."""
        return DynamoDBTurns(self.table)

    def new_caller(self, policy: Policy | None = None, scopes: Sequence[str] = SCOPES) -> Caller:
        """A new workspace and a key to it."""
        return new_caller(self.table, policy, scopes)

    def grow(self, caller: Caller, *counts: int) -> list[str]:
        """Append segments of so many records each to the caller's chain; returns their ids."""
        ledger = DynamoDBLedger(self.table)
        newest = ledger.newest(caller.workspace_id)
        head = newest.head if newest else EMPTY
        added = segments_after(caller.workspace_id, head, counts)
        self.append(added)
        self.notes.send(encode_note({caller.workspace_id: [s.first_sequence for s in added]}))
        return [read_header(record).id for each in added for record in read_records(each)]

    def append(self, segments: Sequence[Segment]) -> None:
        """Append these segments, without a note."""
        for each in segments:
            DynamoDBLedger(self.table).append(each)

    def run(self, after: int = 60) -> Report:
        """A run, so many seconds later."""
        self.now += after * SECOND
        s3 = self.s3
        services = Services(
            ledger=DynamoDBLedger(self.table),
            bucket=S3LockedBucket(s3, LOCKED_BUCKET),
            states=S3States(s3, STATE_BUCKET),
            turns=self.turns,
            notes=self.notes,
            signers=[MemorySigner()],
            witnesses=[self.witness],
            origin=ORIGIN,
            table_arn=TABLE,
        )
        return run(services, self.now, always)

    def get(
        self,
        caller: Caller | None,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        method: str = "GET",
        **request: Any,
    ) -> Answer:
        """Send a request to the function."""
        headers = [("Authorization", f"Bearer {caller.key}")] if caller else []
        event = api_event(
            None, headers, path=path, method=method, query=query, received_at=self.now, **request
        )
        return answer_of(self.proofs, event)


def refused(answer: Answer, status: int, code: str) -> str:
    """The message of an error, which is as the contract says."""
    validator("/components/schemas/Error").validate(answer.json)
    assert (answer.status, answer.json["error"]) == (status, code)
    message: str = answer.json["message"]
    return message
