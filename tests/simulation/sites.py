"""Call sites: every place in the adapters from which ingest and writer call AWS."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache

from indelible.aws import api_keys, batch_get, claims, kept_look_ups, ledger, queue, usage

_MODULES = (api_keys, claims, kept_look_ups, ledger, queue, usage)
_ADAPTERS = {
    "DynamoDBClaims",
    "DynamoDBKeys",
    "DynamoDBLedger",
    "DynamoDBLookUps",
    "DynamoDBUsage",
    "SQSQueue",
}
_OF_THE_COMMAND_LINE = {"DynamoDBUsage.events_used", "DynamoDBUsage._months"}
_CLIENTS = {"client", "_client"}


def site_of(function: str, operation: str) -> str:
    """The name of a call site."""
    return f"{function}: {operation}"


@cache
def call_sites() -> list[str]:
    """The call sites, read from the adapters' source, so that none is missing."""
    found = {
        site_of(function.name, operation)
        for function in ast.parse(inspect.getsource(batch_get)).body
        if isinstance(function, ast.FunctionDef)
        for operation in _operations(function)
    }
    found |= {
        site_of(f"{adapter.name}.{method.name}", operation)
        for module in _MODULES
        for adapter in ast.parse(inspect.getsource(module)).body
        if isinstance(adapter, ast.ClassDef) and adapter.name in _ADAPTERS
        for method in adapter.body
        if isinstance(method, ast.FunctionDef)
        and f"{adapter.name}.{method.name}" not in _OF_THE_COMMAND_LINE
        for operation in _operations(method)
    }
    return sorted(found)


def _operations(method: ast.FunctionDef) -> Iterator[str]:
    """The client's methods that are called here, or passed on to be called (`write_if`)."""
    for node in ast.walk(method):
        if not isinstance(node, ast.Attribute):
            continue
        if isinstance(node.value, ast.Attribute) and node.value.attr in _CLIENTS:
            yield node.attr
