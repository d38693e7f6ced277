"""Replaces AWS by constant answers, at the client's methods or at botocore's HTTP session.

The first leaves out botocore altogether. The second keeps botocore's work on a call (serialising,
signing, parsing) and leaves out the network and the service.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from indelible.accounts.keys import READ, WRITE, digest
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.workspaces import attributes_of_policy

WORKSPACE = "ws_4kT9mQ2vXbN7cRd1"
SECRET = "imk_" + "k3Y9" * 12
TABLE = "indelible"
LOCKED_BUCKET, STATE_BUCKET = "indelible-checkpoints", "indelible-states"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/"

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "TABLE_NAME": TABLE,
    "QUEUE_URL": QUEUE + "indelible.fifo",
    "DEAD_LETTER_QUEUE_URL": QUEUE + "indelible-dead-letters.fifo",
    "EXPORT_QUEUE_URL": QUEUE + "indelible-exports",
    "EXPORTS_BUCKET": "indelible-exports",
    "SIGNING_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing",
    "TOKEN_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokens",
    "POWERTOOLS_METRICS_NAMESPACE": "Indelible",
    "TABLE_ARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/indelible",
    "CHECKPOINT_BUCKET": LOCKED_BUCKET,
    "STATE_BUCKET": STATE_BUCKET,
    "GROWTH_QUEUE_URL": QUEUE + "indelible-growth",
    "SIGNING_KEY_ARNS": "arn:aws:kms:eu-central-1:123456789012:key/log",
    "LOG_ORIGIN": "abcde12345.execute-api.eu-central-1.amazonaws.com/log",
}
"""The variables that template.yaml gives to the functions, and invalid credentials."""

API_KEY = {
    "pk": {"S": f"KEY#{SECRET[:20]}"},
    "sk": {"S": "KEY"},
    "workspace_id": {"S": WORKSPACE},
    "secret_sha256": {"B": digest(SECRET)},
    "label": {"S": "bench"},
    "scopes": {"SS": [READ, WRITE]},
    "created_at": {"S": "2026-11-23T09:00:00.000000Z"},
    **attributes_of_policy(Policy(Limits(10**9, 10**12))),
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "GetItem": {"Item": API_KEY},
    "BatchGetItem": {"Responses": {TABLE: []}, "UnprocessedKeys": {}},
    "UpdateItem": {},
    "PutItem": {},
    "SendMessage": {"MessageId": "11111111-2222-3333-4444-555555555555"},
}
_INSERTS = "BatchExecuteStatement"
_BODIES = {
    operation: json.dumps(answer, default=lambda value: base64.b64encode(value).decode()).encode()
    for operation, answer in _ANSWERS.items()
}


class _Answer(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass
class _ChainEnd:
    """The segment that was put last. A writer reads it again before it appends."""

    item: dict[str, Any] | None = None

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a query, or None for another operation; remembers puts."""
        if operation == "PutItem":
            self.item = parameters["Item"]
        if operation != "Query":
            return None
        values = [each["S"] for each in parameters["ExpressionAttributeValues"].values()]
        first = min(each for each in values if each.startswith("SEGMENT#"))
        found = [self.item] if self.item and first <= self.item["sk"]["S"] else []
        return {"Items": found, "Count": len(found), "ScannedCount": len(found)}


def _inserted(parameters: dict[str, Any]) -> dict[str, Any]:
    """The answer to a batch of inserts that all succeed."""
    return {"Responses": [{"TableName": TABLE} for _ in parameters["Statements"]]}


_CHAIN_END = _ChainEnd()
_CHAIN_END_ON_THE_WIRE = _ChainEnd()
"""The same, with binary attributes in base64."""


class Call(NamedTuple):
    """A call to AWS that the measured code made."""

    operation: str
    parameters: dict[str, Any]


def set_environment() -> None:
    """Set the environment that the functions read, and remove the user's own AWS settings."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)


@contextmanager
def constant_answers() -> Iterator[list[Call]]:
    """Answer every client method immediately; yields the list of calls."""
    calls: list[Call] = []

    def answer(_: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        calls.append(Call(operation, parameters))
        if operation == _INSERTS:
            return _inserted(parameters)
        return _CHAIN_END.answer(operation, parameters) or _ANSWERS[operation]

    with patch.object(BaseClient, "_make_api_call", answer):
        yield calls


@contextmanager
def constant_http() -> Iterator[None]:
    """Answer every HTTP request of botocore immediately."""

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        answer = None
        if operation in ("PutItem", "Query", _INSERTS) and isinstance(request.body, bytes):
            parameters = json.loads(request.body)
            answer = (
                _inserted(parameters)
                if operation == _INSERTS
                else _CHAIN_END_ON_THE_WIRE.answer(operation, parameters)
            )
        body = json.dumps(answer).encode() if answer else _BODIES[operation]
        return AWSResponse(request.url, 200, HTTPHeaders(), _Answer(body))

    with patch.object(URLLib3Session, "send", send):
        yield
