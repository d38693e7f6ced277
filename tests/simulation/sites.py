"""Call sites: every place in the adapters from which ingest and writer call AWS."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache

from indelible.aws import claims, keys, ledger, queue, usage

_MODULES = (claims, keys, ledger, queue, usage)
_ADAPTERS = {"DynamoDBClaims", "DynamoDBKeys", "DynamoDBLedger", "DynamoDBUsage", "SQSQueue"}
_OF_NEITHER = {"DynamoDBUsage.events_used", "DynamoDBUsage.refuse"}
"""Methods that neither function calls: one is the command line's, one waits for the writer."""
_CLIENTS = {"client", "_client"}


def site_of(function: str, operation: str) -> str:
    """How a call site is named."""
    return f"{function}: {operation}"


@cache
def call_sites() -> list[str]:
    """The call sites, read from the adapters' source, so that none is forgotten."""
    found = {
        site_of(f"{adapter.name}.{method.name}", operation)
        for module in _MODULES
        for adapter in ast.parse(inspect.getsource(module)).body
        if isinstance(adapter, ast.ClassDef) and adapter.name in _ADAPTERS
        for method in adapter.body
        if isinstance(method, ast.FunctionDef)
        and f"{adapter.name}.{method.name}" not in _OF_NEITHER
        for operation in _operations(method)
    }
    return sorted(found)


def _operations(method: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            client = node.func.value
            if isinstance(client, ast.Attribute) and client.attr in _CLIENTS:
                yield node.func.attr
