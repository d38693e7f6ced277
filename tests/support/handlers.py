"""The handlers of the functions, loaded as Lambda loads them, and the events Lambda passes."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Metrics

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

ROOT = Path(__file__).parents[2]

Headers = Sequence[tuple[str, str]]


class _CurrentStdout:
    """Writes to the current `sys.stdout`, so that pytest can capture logs."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def load(function: str) -> ModuleType:
    """A new `functions/<function>/app.py`, as after a cold start.

    All functions name their module `app`, so it is removed from `sys.modules` once loaded. The
    state that Powertools keeps on its classes is reset.
    """
    folder = str(ROOT / "functions" / function)
    os.environ["POWERTOOLS_SERVICE_NAME"] = function
    Metrics._metrics, Metrics._dimensions = {}, {}
    Metrics._metadata, Metrics._default_dimensions = {}, {}
    sys.path.insert(0, folder)
    try:
        loaded = importlib.import_module("app")
    finally:
        sys.path.remove(folder)
        sys.modules.pop("app", None)
    loaded.logger.registered_handler.setStream(cast("IO[str]", _CurrentStdout()))
    return loaded


@dataclass
class LambdaContext:
    """The context of an invocation that ends `seconds` after it began."""

    seconds: float = 20.0
    function_name: str = "function"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "invocation-1"
    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation ends."""
        return int((self.began + self.seconds - time.monotonic()) * 1_000)


def api_event(
    body: str | None,
    headers: Headers,
    *,
    path: str = "/v1/events/batch",
    method: str = "POST",
    received_at: int,
    request_id: str = "request-1",
    source_ip: str = "203.0.113.7",
    is_base64: bool = False,
    query: Headers = (),
    resource: str | None = None,
) -> dict[str, Any]:
    """An invocation by API Gateway (REST, Lambda proxy). `received_at` in microseconds.

    `request_id` is the id that the gateway gives the request; a client can choose the other one.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    many, parameters = _by_name(headers), _by_name(query)
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in many.items()} or None,
        "multiValueHeaders": many or None,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example1234",
            "domainName": "audit.example.com",
            "extendedRequestId": request_id,
            "httpMethod": method,
            "identity": {"sourceIp": source_ip, "userAgent": "pytest"},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "chosen-by-the-client",
            "requestTimeEpoch": received_at // 1_000,
            "resourcePath": resource or path,
            "stage": "api",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _by_name(pairs: Headers) -> dict[str, list[str]]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return many


def sqs_record(message: MessageTypeDef) -> dict[str, Any]:
    """A message received from the queue, as Lambda passes it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:messages.fifo",
        "awsRegion": "us-east-1",
    }


def sqs_record_of(body: str, group: str, message_id: str) -> dict[str, Any]:
    """A message that ingest never sent, as Lambda passes it."""
    return sqs_record(
        {
            "MessageId": message_id,
            "ReceiptHandle": "handle",
            "Body": body,
            "MD5OfBody": "",
            "Attributes": {
                "MessageGroupId": group,
                "ApproximateReceiveCount": "1",
                "SentTimestamp": str(time.time_ns() // 1_000_000),
            },
        }
    )


def sqs_event(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery of those messages."""
    return {"Records": list(records)}
