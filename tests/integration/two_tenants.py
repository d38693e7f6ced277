"""A workspace with events of two tenants, and every request that one of them can think of."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.chain.segment import Segment, read_records
from indelible.covering.growth import encode_note
from indelible.web.responses import METHODS
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from support.builders import an_event, as_stored
from support.gateway import api_event, function_for
from support.handlers import load
from support.pipeline import Answer, Caller, Pipeline, answer_of, now
from support.token_holder import a_token_holder

MINE, THEIRS = "mine", "theirs"
PAGED = ("/v1/events", "/v1/exports", "/v1/verify")
CANARY = "canary"
"""In every text of the other tenant's events, and nowhere else."""


def their_event(number: int) -> dict[str, object]:
    """An event of the other tenant, with the canary in every text."""
    names = (
        "actor_id", "action", "actor_name", "actor_type", "action_category", "resource",
        "resource_id", "resource_name", "session_id", "ip_address", "user_agent",
    )  # fmt: skip
    target = {"type": CANARY, "id": CANARY, "name": CANARY, "metadata": {CANARY: CANARY}}
    return {
        **dict.fromkeys(names, f"{CANARY}-{number}"),
        "tenant_id": f"{CANARY}-{THEIRS}",
        "metadata": {CANARY: [CANARY]},
        "targets": [target],
        "idempotency_key": f"{CANARY}-{number}",
    }


def my_event(number: int) -> dict[str, object]:
    return an_event(tenant_id=MINE, actor_name=f"visible-{number}", metadata={"plan": "free"})


@cache
def viewer() -> ModuleType:
    """The function that serves the page."""
    return load("viewer")


@dataclass
class TwoTenants:
    """Every function over one workspace. `secrets` are texts that the first tenant may not see."""

    pipeline: Pipeline
    exports: ExportPipeline
    proofs: ProofPipeline
    query: ModuleType
    vendor: Caller
    mine: Caller
    theirs: Caller
    my_ids: list[str]
    their_ids: list[str]
    cursors: list[str] = field(default_factory=list)
    my_exports: list[str] = field(default_factory=list)
    their_exports: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> list[str]:
        return [CANARY, *self.their_ids, *self.their_exports]

    def send(
        self,
        caller: Caller,
        method: str,
        path: str,
        query: list[tuple[str, str]] | None = None,
        body: str | None = None,
    ) -> Answer:
        """A request to the function that has the path."""
        headers = [("Authorization", f"Bearer {caller.key}")]
        event = api_event(
            body, headers, path=path, method=method, query=query or [], received_at=now()
        )
        functions = {
            "IngestFunction": self.pipeline.ingest,
            "QueryFunction": self.query,
            "ExportsFunction": self.exports.exports,
            "ProofsFunction": self.proofs.proofs,
            "ViewerFunction": viewer(),
        }
        return answer_of(functions[function_for(method, event["resource"])], event)

    def get(self, caller: Caller, path: str, **query: str) -> Answer:
        return self.send(caller, "GET", path, [*query.items()])

    def export(self, caller: Caller, file_format: str) -> str:
        """The id of a completed export."""
        body = json.dumps({"format": file_format, "tenant_id": f"{CANARY}-{THEIRS}"})
        self.exports.finish()
        answer = self.send(caller, "POST", "/v1/exports", body=body)
        assert answer.status == 202, answer
        self.exports.finish()
        export_id: str = answer.json["id"]
        return export_id

    def file(self, caller: Caller, export_id: str) -> str:
        """The content of an export's file, as its token holder downloads it."""
        answer = self.get(caller, f"/v1/exports/{export_id}/download")
        assert answer.status == 200, answer
        key = urlsplit(answer.json["data"]["url"]).path.removeprefix("/")
        bucket = self.exports.bucket
        stored = self.exports.s3.get_object(Bucket=bucket, Key=key.removeprefix(f"{bucket}/"))
        content = stored["Body"].read()
        return (gzip.decompress(content) if key.endswith(".gz") else content).decode()

    def damage(self, number: int, old: bytes, new: bytes) -> None:
        """Change the bytes of one record of the first segment, beside its genuine hashes."""
        ledger = DynamoDBLedger(self.pipeline.table)
        segment = ledger.at_or_before(self.vendor.workspace_id, 1)
        assert segment
        records = read_records(segment)
        records[number - 1] = records[number - 1].replace(old, new)
        self.store(replace(segment, records=as_stored(records)))

    def store(self, segment: Segment) -> None:
        table = self.pipeline.table
        table.client.put_item(TableName=table.name, Item=item_of(segment))

    def cover(self) -> None:
        """A run of the log that covers the chain."""
        ledger = DynamoDBLedger(self.pipeline.table)
        firsts = [each.first_sequence for each in ledger.ascending(self.vendor.workspace_id, 1)]
        self.proofs.notes.send(encode_note({self.vendor.workspace_id: firsts}))
        self.proofs.run(after=1)

    def requests(self) -> Iterator[tuple[str, str, list[tuple[str, str]], str | None]]:
        """Every method of every path, with ids of both tenants and with all kinds of queries."""
        bodies = (
            json.dumps({"tenant_id": f"{CANARY}-{THEIRS}"}),
            json.dumps({"filters": {"tenant_id": f"{CANARY}-{THEIRS}"}, "format": "ndjson"}),
            json.dumps({"events": [their_event(99)]}),
        )
        for resource, methods in METHODS.items():
            for path in self._paths(resource):
                for method in methods:
                    if method == "POST":
                        yield from ((method, path, [], body) for body in bodies)
                    elif method == "GET":
                        yield from (
                            (method, path, query, None) for query in self._queries(resource)
                        )
                    else:
                        yield method, path, [], None

    def _paths(self, resource: str) -> list[str]:
        ids = {
            "{event_id}": [*self.my_ids[:1], *self.their_ids[:2]],
            "{export_id}": [*self.my_exports[:1], *self.their_exports],
            "{anchor_id}": [f"anc_{'0' * 64}"],
        }
        for name, values in ids.items():
            if name in resource:
                return [resource.replace(name, each) for each in values]
        return [resource]

    def _queries(self, resource: str) -> Iterator[list[tuple[str, str]]]:
        yield []
        yield [("log", "1"), ("workspace", "1")]
        for name, value in (
            ("tenant_id", f"{CANARY}-{THEIRS}"),
            ("actor_id", f"{CANARY}-1"),
            ("action", f"{CANARY}-*"),
            ("search", "a"),
            ("metadata.plan", "free"),
            ("order", "asc"),
            ("limit", "1"),
            ("from", "2020-01-01"),
            ("proof", "true"),
            ("include", "proof"),
            ("days", "30"),
            ("workspace", self.vendor.workspace_id),
        ):
            yield [(name, value)]
        yield [("tenant_id", MINE), ("tenant_id", f"{CANARY}-{THEIRS}")]
        if resource in PAGED:
            yield from ([("cursor", each), ("limit", "1")] for each in self.cursors)


def readable(answer: Answer) -> str:
    """All texts of an answer, also those in base64: cursors, records and hashes."""
    text = f"{answer.text} {answer.headers}"
    found = [text]
    for each in re.findall(r"[A-Za-z0-9+/_-]{16,}", text):
        plain = each.replace("+", "-").replace("/", "_")
        whole = plain[: len(plain) // 4 * 4]
        found.append(base64.urlsafe_b64decode(whole).decode("latin-1"))
    return "\n".join(found)


def changed(cursor: str) -> list[str]:
    """A cursor with a letter changed at its beginning, in its middle, and at its end."""
    places = (0, len(cursor) // 2, len(cursor) - 2)
    return [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        for place in places
    ]


def pages(tenants: TwoTenants, caller: Caller) -> list[str]:
    """The cursors that a caller gets: of its list, of a verification, and of its exports."""
    found: list[Any] = [
        tenants.get(caller, "/v1/events", limit="1").json["pagination"]["next_cursor"],
        tenants.get(caller, "/v1/verify", limit="1").json["data"]["next_cursor"],
        tenants.get(caller, "/v1/exports", limit="1").json["pagination"]["next_cursor"],
    ]
    return [each for each in found if each]


def two_tenants(
    pipeline: Pipeline, exports: ExportPipeline, proofs: ProofPipeline, query: ModuleType
) -> TwoTenants:
    """Ten events in two segments, by turns of each tenant. The log covers the first segment."""
    vendor = pipeline.new_caller()
    ids: list[str] = []
    for first in (0, 6):
        ids += pipeline.post_and_chain(
            vendor,
            *(their_event(n) if n % 2 else my_event(n) for n in range(first, first + 6)),
        )
    mine = a_token_holder(pipeline, vendor, tenant_id=MINE)
    theirs = a_token_holder(pipeline, vendor, tenant_id=f"{CANARY}-{THEIRS}")
    tenants = TwoTenants(
        pipeline, exports, proofs, query, vendor, mine, theirs, ids[::2], ids[1::2]
    )
    proofs.now = now()
    tenants.cover()
    return tenants
