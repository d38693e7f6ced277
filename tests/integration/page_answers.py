"""Pages of the query function with their proofs, and what an independent reader makes of them."""

from __future__ import annotations

import json
from base64 import b64decode
from types import ModuleType
from typing import Any

from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.proof_file import read_proof_file
from indelible.verifying.proof import verify_proof
from integration.proof_pipeline import ProofPipeline
from support.contract import validator
from support.gateway import api_event
from support.pipeline import Answer, Caller, answer_of
from support.proving import POLICY
from support.shared_nodes import slow_root_with


def listed(
    query: ModuleType, pipeline: ProofPipeline, caller: Caller, **parameters: object
) -> Answer:
    """A page with its proof, as the contract has it."""
    headers = [("Authorization", f"Bearer {caller.key}")]
    wanted = [(name, str(value)) for name, value in {"include": "proof", **parameters}.items()]
    event = api_event(
        None, headers, path="/v1/events", method="GET", query=wanted, received_at=pipeline.now
    )
    answer = answer_of(query, event)
    assert answer.status == 200, answer.json
    validator("/components/schemas/EventPage").validate(answer.json)
    return answer


def assert_verifies(answer: Answer, caller: Caller) -> int:
    """The page's records are its events', and give the witnessed root. Returns its size."""
    page = answer.json
    proof = page["proof"]
    verdict = verify_proof(read_proof_file(proof["checkpoint"].encode()), POLICY)
    checkpoint = verdict.checkpoint
    assert checkpoint.workspace_id == caller.workspace_id
    assert proof["reason"] is None
    records = [(each["index"], each["record"]) for each in proof["records"]]
    assert [(index + 1, json.loads(text)["id"]) for index, text in records] == [
        (each["integrity"]["sequence"], each["id"]) for each in page["data"]
    ]
    leaves = {i: leaf_hash(text.encode()) for i, text in records if i < checkpoint.size}
    assert slow_root_with(leaves, checkpoint.size, nodes_of(proof)) == checkpoint.root
    return checkpoint.size


def nodes_of(proof: Any) -> dict[tuple[int, int], bytes]:
    """The hashes of the nodes by level and number."""
    names = {each: each.split("/") for each in proof["nodes"]}
    return {(int(n[0]), int(n[1])): b64decode(proof["nodes"][each]) for each, n in names.items()}


def pages(
    query: ModuleType, pipeline: ProofPipeline, caller: Caller, **parameters: object
) -> list[Answer]:
    """All pages of a list."""
    found = [listed(query, pipeline, caller, **parameters)]
    while cursor := found[-1].json["pagination"]["next_cursor"]:
        found.append(listed(query, pipeline, caller, cursor=cursor, **parameters))
    return found
