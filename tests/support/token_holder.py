"""Token holders: clients with a token in place of a key."""

from __future__ import annotations

import json

from support.pipeline import Answer, Caller, Pipeline

PATH = "/v1/viewer-token"


def ask(pipeline: Pipeline, caller: Caller, requested: object, at: int | None = None) -> Answer:
    """Request a token with the caller's key."""
    body = json.dumps(requested)
    return pipeline.send(body, caller=caller, function=pipeline.query, path=PATH, at=at)


def a_token_holder(
    pipeline: Pipeline, caller: Caller, at: int | None = None, **requested: object
) -> Caller:
    """A client of the same workspace that has a token."""
    answer = ask(pipeline, caller, requested, at)
    assert answer.status == 200, answer
    return Caller(caller.workspace_id, answer.json["token"])
