"""Invocations by API Gateway: requests as it passes them to the functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from support.template import read_template

Headers = Sequence[tuple[str, str]]

STAGE = "api"
FUNCTIONS = (
    "IngestFunction", "QueryFunction", "ExportsFunction", "ProofsFunction", "ViewerFunction",
)  # fmt: skip
"""The functions behind the API."""


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
    base_path: str | None = None,
) -> dict[str, Any]:
    """An invocation by API Gateway (REST, Lambda proxy). `received_at` in microseconds.

    `request_id` is the id that the gateway gives the request; a client can choose the other one.
    `base_path` is that of a custom domain, such as `/audit`; it is empty if the domain has none.
    None is the default endpoint. The path of an invocation then has no stage, but that of its
    context has it. Behind a custom domain both have the base path.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    https://github.com/localstack/localstack/pull/12296
    """
    many, parameters = _by_name(headers), _by_name(query)
    resource, path_parameters = _routed(path)
    return {
        "resource": resource,
        "path": f"{base_path or ''}{path}",
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in many.items()} or None,
        "multiValueHeaders": many or None,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": path_parameters or None,
        "stageVariables": {"default_endpoint_disabled": "false", "log_account": "none"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example1234",
            "domainName": "audit.example.com",
            "extendedRequestId": request_id,
            "httpMethod": method,
            "identity": {"sourceIp": source_ip, "userAgent": "pytest"},
            "path": f"/{STAGE}{path}" if base_path is None else f"{base_path}{path}",
            "protocol": "HTTP/1.1",
            "requestId": "chosen-by-the-client",
            "requestTimeEpoch": received_at // 1_000,
            "resourcePath": resource,
            "stage": STAGE,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _routed(path: str) -> tuple[str, dict[str, str]]:
    """The resource that API Gateway finds for a path, and the parameters in the path.

    Without one, API Gateway would answer itself; here the path stands for the resource.
    """
    for resource, pattern in _resources():
        if found := pattern.fullmatch(path.rstrip("/")):
            return resource, found.groupdict()
    return path, {}


@cache
def _resources() -> list[tuple[str, re.Pattern[str]]]:
    """The resource of each route in template.yaml; those without parameters first.

    API Gateway chooses the resource before the method. A parameter is one segment of the path.
    """
    routes = routes_of(*FUNCTIONS)
    found = sorted({resource for _, resource in routes}, key=lambda each: each.count("{"))
    return [
        (resource, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", resource))) for resource in found
    ]


def routes_of(*functions: str) -> list[tuple[str, str]]:
    """The method and the resource of each route that template.yaml gives these functions.

    `ANY` stands for every method that no other route of the resource has.
    """
    return [
        (each["Properties"]["Method"], each["Properties"]["Path"])
        for function in functions
        for each in read_template()["Resources"][function]["Properties"]["Events"].values()
    ]


def function_for(method: str, resource: str) -> str:
    """The function to which API Gateway sends this method. It prefers the method to `ANY`."""
    functions = {route: name for name in FUNCTIONS for route in routes_of(name)}
    return functions.get((method, resource)) or functions["ANY", resource]


def _by_name(pairs: Headers) -> dict[str, list[str]]:
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return many
