"""MiniStack, with eight places of it mended; runs in MiniStack's own virtual environment.

Called as `python emulator_main.py LOCK_FILE FUNCTION_PYTHON`. docs/local.md tells what each mend is
for; requirements/ministack.txt pins the version that they were written for.
"""

import fcntl
import hashlib
import json
import os
import re
import sys
import threading
import zipfile
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app  # type: ignore[import-not-found,unused-ignore]
from ministack.core import iam_actions, lambda_runtime  # type: ignore[import-not-found,unused-ignore]
from ministack.services import apigateway_v1, dynamodb  # type: ignore[import-not-found,unused-ignore]

_EQUALS = re.compile(r"([#\w]+)\s*=\s*(:\w+)")
_RANGE = re.compile(r"pk = (:\w+) AND sk BETWEEN (:\w+) AND (:\w+)")


def hold(lock_file: Path) -> None:
    """Holds the lock until this process has gone, and writes down which process it is."""
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(descriptor, 0)
    holder = {"pid": os.getpid(), "port": int(os.environ["GATEWAY_PORT"])}
    os.write(descriptor, json.dumps(holder).encode())


def run_functions_with(python: str) -> None:
    """Functions run on a Python without any package: what they import is in their layer."""
    sys.executable = python


def take_loopback_for_tls() -> None:
    """The queues refuse plain HTTP; on the loopback there is nothing else."""
    pin = app.pin_request_origin

    def pin_as_secure(source_ip: str, _secure_transport: bool) -> None:
        pin(source_ip, True)

    app.pin_request_origin = pin_as_secure


def import_whole_apis() -> None:
    """An imported API keeps the gateway responses and the binary media types of its definition."""
    import_api = apigateway_v1._import_rest_api
    matches = apigateway_v1._media_type_matches

    def import_whole(spec: dict[str, Any], base_data: dict[str, Any] | None = None) -> str:
        binary = spec.get("x-amazon-apigateway-binary-media-types", [])
        api_id: str = import_api(spec, {**(base_data or {}), "binaryMediaTypes": binary})
        for name, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
            status, _, body = apigateway_v1._put_gateway_response(api_id, name, response)
            if status != HTTPStatus.CREATED:
                raise ValueError(f"gateway response {name}: {body!r}")
        return api_id

    def matches_also_none(media_type: str | None, binary: list[str] | None) -> bool:
        return bool(matches(media_type or "application/json", binary))

    apigateway_v1._import_rest_api = import_whole
    apigateway_v1._media_type_matches = matches_also_none


def tell_where_requests_came() -> None:
    """Functions are told the URL that was called: its scheme, its domain and the whole path."""
    build = apigateway_v1._build_lambda_event_v1

    def build_with_url(api_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(api_id, *args, **kwargs)
        event["headers"].setdefault("x-forwarded-proto", "http")
        event["multiValueHeaders"].setdefault("x-forwarded-proto", ["http"])
        domain = event["headers"].get("host", "")
        event["requestContext"]["domainName"] = domain
        if not domain.startswith(api_id):
            path = event["requestContext"]["path"]
            event["requestContext"]["path"] = f"/_aws/execute-api/{api_id}{path}"
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_url


def know_leading_keys() -> None:
    """Policies can tell partition keys apart (`dynamodb:LeadingKeys`)."""
    context_of = iam_actions.dynamodb_service_context

    def context_with_leading_keys(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        keys = sorted(leading_keys(json.loads(body or b"{}")))
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    iam_actions.dynamodb_service_context = context_with_leading_keys


def end_once_state_is_written() -> None:
    """Stopped, it would wait for invocations whose answers nobody gets any more."""
    save = app.save_all

    def save_and_end(services: dict[str, Any]) -> None:
        save(services)
        os._exit(0)

    app.save_all = save_and_end


def unpack_each_layer_once() -> None:
    """All processes of functions read one copy of a layer; unpacking it takes seconds."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": LayerOnce})


class LayerOnce(zipfile.ZipFile):
    """Unpacks a layer where none of its content is yet, and gives each process a link to it."""

    _unpacking = threading.Lock()

    def extractall(self, path: Any = None, *arguments: Any, **named: Any) -> None:
        """As zipfile does, but for what the emulator takes for a layer."""
        target = Path(path)
        if not target.name.startswith("layer_"):
            super().extractall(path, *arguments, **named)
            return
        content = repr([(entry.filename, entry.CRC) for entry in self.infolist()])
        digest = hashlib.sha256(content.encode()).hexdigest()
        # Of this process alone: those of an emulator before it may still use theirs.
        unpacked = target.parents[1] / f"layer-{os.getpid()}-{digest}"
        with self._unpacking:
            if not unpacked.is_dir():
                unfinished = unpacked.with_suffix(".new")
                super().extractall(unfinished)
                unfinished.rename(unpacked)
        target.rmdir()
        target.symlink_to(unpacked)


def compare_keys_as_they_are() -> None:
    """A query for a range of a chain would parse its condition again for each item of the chain."""
    evaluate = dynamodb._evaluate_condition

    def evaluate_range(
        condition: str, item: dict[str, Any], values: dict[str, Any], *others: Any, **named: Any
    ) -> bool:
        found = _RANGE.fullmatch(condition) if condition else None
        if found is None or named.get("slot") != "KeyConditionExpression":
            return bool(evaluate(condition, item, values, *others, **named))
        partition, low, high = (values[name]["S"] for name in found.groups())
        return bool(item["pk"]["S"] == partition and low <= item["sk"]["S"] <= high)

    dynamodb._evaluate_condition = evaluate_range


def leading_keys(request: dict[str, Any]) -> set[str]:
    """The partition keys, all named `pk`, that a DynamoDB request touches."""
    operations = [request]
    for of_table in request.get("RequestItems", {}).values():
        if isinstance(of_table, dict):
            operations += [{"Key": key} for key in of_table.get("Keys", [])]
        else:
            operations += [operation for write in of_table for operation in write.values()]
    for part in request.get("TransactItems", []):
        operations += [operation for operation in part.values() if isinstance(operation, dict)]
    items = [operation.get("Item") or operation.get("Key") for operation in operations]
    return {item["pk"]["S"] for item in items if item} | queried_keys(request)


def queried_keys(request: dict[str, Any]) -> set[str]:
    """The partition key of a Query: the value that its condition compares `pk` with."""
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    compared = _EQUALS.findall(request.get("KeyConditionExpression", ""))
    return {values[value]["S"] for name, value in compared if names.get(name, name) == "pk"}


def main(lock_file: str, function_python: str) -> None:
    hold(Path(lock_file))
    run_functions_with(function_python)
    take_loopback_for_tls()
    import_whole_apis()
    tell_where_requests_came()
    know_leading_keys()
    end_once_state_is_written()
    unpack_each_layer_once()
    compare_keys_as_they_are()
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main(*sys.argv[1:3])
