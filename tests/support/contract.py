"""openapi.yaml and the sample invocations, parsed, for comparison with both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tools.local.settings import ROOT

REFERENCE = json.loads((ROOT / "tools" / "local" / "reference.json").read_text())
"""The reference request, which `make demo` sends."""

DOCUMENT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource(
    "openapi.yaml", DRAFT202012.create_resource(DOCUMENT)
)


def validator(pointer: str) -> Draft202012Validator:
    """A validator for the schema at a place in the document."""
    schema = {"$ref": f"openapi.yaml#{pointer}"}
    formats = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema, registry=REGISTRY, format_checker=formats)


def media_types(node: object, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every media type object of the document, with its place."""
    if not isinstance(node, dict):
        return
    for name, inner in node.items():
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if name == "application/json":
            yield place, inner
        else:
            yield from media_types(inner, place)


def examples_of(media_type: dict[str, Any]) -> dict[str, Any]:
    """The examples of a media type by name; a single example is named `example`."""
    if "example" in media_type:
        return {"example": media_type["example"]}
    return {name: each["value"] for name, each in media_type["examples"].items()}


METHODS = ("delete", "get", "post")
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for method, operation in path.items()
    if method in METHODS
}
"""Every operation of the document, by its id."""


def response(operation: dict[str, Any], status: str) -> dict[str, Any]:
    """A documented response, with its reference resolved."""
    found: dict[str, Any] = operation["responses"][status]
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
    return found


def request_examples(path: str) -> dict[str, Any]:
    """The example requests of an operation."""
    return examples_of(
        DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    )


def sample(name: str) -> dict[str, Any]:
    """A sample invocation."""
    loaded: dict[str, Any] = json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))
    return loaded
