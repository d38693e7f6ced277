"""openapi.yaml is valid and complete, and agrees with itself and with the core."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conformance.expected import PROVING
from indelible.filters import CREATED, MAX_ACTIONS, MAX_METADATA, OCCURRED, TEXTS
from indelible.matching.values import MAX_TEXT
from indelible.proving.restarts import MOST_RESTARTS
from indelible.verifying.breaks import BreakType
from indelible.verifying.coverage import Assurance, not_covered
from indelible.web.responses import METHODS as API_METHODS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.contract import (
    DOCUMENT,
    OPERATIONS,
    REFERENCE,
    examples_of,
    media_types,
    request_examples,
    response,
    validator,
)

CODES = {
    "400": {"malformed_json", "invalid_cursor"},
    "401": {"unauthenticated"},
    "403": {"forbidden"},
    "404": {"not_found"},
    "405": {"method_not_allowed"},
    "409": {"not_ready", "already_finished"},
    "410": {"expired"},
    "413": {"payload_too_large"},
    "422": {"validation_failed", "idempotency_conflict"},
    "429": {"rate_limited", "quota_exceeded", "backlogged"},
    "500": {"chain_damaged", "internal"},
    "503": {"unavailable", "not_covered"},
}
ALWAYS = {"401", "403", "422", "429", "500", "503"}
"""Statuses that every operation may answer."""

PAGE = ("getViewer", "getViewerFile", "getViewerOfDomain", "getViewerFileOfDomain")
"""The page, which anybody may fetch: it shows nothing without a token."""

NEVER = {
    "getExport": {"422"},
    "cancelExport": {"422"},
    "checkHealth": {"401", "403", "422"},
    "listLogKeys": {"401", "403"},
    "lookUpPublicAnchor": {"401", "403"},
    "verifyPublicAnchor": {"401", "403"},
    **{each: {"401", "403", "422"} for each in PAGE},
}
"""Exceptions: some operations take no parameters, some need no key."""

SUBMITTING = ("submitEvent", "submitEvents")

EXAMPLES = [
    pytest.param(place, value, id=f"{place.split('/content')[0]} {name}")
    for place, media_type in media_types(DOCUMENT)
    for name, value in examples_of(media_type).items()
]


def codes(operation_id: str, status: str) -> set[str]:
    """The error codes of the examples of a status."""
    found = response(OPERATIONS[operation_id], status)
    examples = examples_of(found["content"]["application/json"])
    return {each["error"] for each in examples.values()}


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.parametrize(("place", "value"), EXAMPLES)
def test_every_example_matches_its_schema(place: str, value: object) -> None:
    validator(f"{place}/schema").validate(value)


@pytest.mark.parametrize("operation_id", PROVING)
def test_what_generated_requests_for_proofs_may_get_is_documented(operation_id: str) -> None:
    good, bad = PROVING[operation_id]
    documented = OPERATIONS[operation_id]["responses"].keys()
    assert {*good, *bad, "429"} <= documented
    assert ("401" in bad) is ("401" in documented)


def test_formats_are_checked() -> None:
    """The library skips a format silently when the package for it is missing."""
    assert {"date-time", "uuid"} <= Draft202012Validator.FORMAT_CHECKER.checkers.keys()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_error_is_documented_with_an_example_of_its_code(operation_id: str) -> None:
    statuses = {each for each in OPERATIONS[operation_id]["responses"] if each >= "400"}
    assert statuses >= ALWAYS - NEVER.get(operation_id, set())
    assert not statuses & NEVER.get(operation_id, set())
    for status in statuses:
        assert codes(operation_id, status)
        assert codes(operation_id, status) <= CODES[status]


@pytest.mark.parametrize("operation_id", SUBMITTING)
def test_the_submit_operation_documents_every_refusal(operation_id: str) -> None:
    refusals = CODES.keys() - {"405", "409", "410"}
    assert OPERATIONS[operation_id]["responses"].keys() == refusals | {"202"}
    assert codes(operation_id, "500") == {"internal"}
    assert codes(operation_id, "503") == {"unavailable"}
    for status in refusals - {"400", "500", "503"}:
        assert codes(operation_id, status) == CODES[status]


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.parametrize("status", ["429", "503"])
def test_a_client_that_has_to_wait_gets_a_retry_after(operation_id: str, status: str) -> None:
    has_quota = (operation_id in SUBMITTING, status) == (True, "429")
    name = "RetryAfterUnlessQuota" if has_quota else "RetryAfter"
    header = response(OPERATIONS[operation_id], status)["headers"]["Retry-After"]
    assert header == {"$ref": f"#/components/headers/{name}"}
    assert DOCUMENT["components"]["headers"]["RetryAfter"]["required"] is True


def test_an_error_cannot_carry_the_code_of_another_status() -> None:
    schema = validator("/components/responses/Unauthenticated/content/application~1json/schema")
    assert schema.is_valid({"error": "unauthenticated", "message": "No."})
    assert not schema.is_valid({"error": "forbidden", "message": "No."})
    assert not schema.is_valid({"error": "unauthenticated", "message": "No.", "detail": "x"})


def test_an_event_has_an_event_hash_exactly_if_it_is_intact() -> None:
    schema = validator("/components/schemas/ChainedEvent/properties/integrity")
    links = {"event_hash": "0" * 64, "previous_event_hash": "1" * 64, "sequence": 2}
    nothing = {"event_hash": None, "previous_event_hash": None, "sequence": 2}
    assert schema.is_valid({"intact": True, **links})
    assert schema.is_valid({"intact": False, **nothing})
    assert not schema.is_valid({"intact": True, **nothing})
    assert not schema.is_valid({"intact": False, **links})
    assert not schema.is_valid({"intact": False, **nothing, "previous_event_hash": "1" * 64})


def test_the_error_codes_match_the_statuses() -> None:
    assert set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["error"]["enum"]) == (
        set().union(*CODES.values())
    )


def parameters_of(operation_id: str) -> dict[str, Any]:
    """The schemas of an operation's parameters by name."""
    parameters = [
        DOCUMENT["components"]["parameters"][each["$ref"].rpartition("/")[2]]
        if "$ref" in each
        else each
        for each in OPERATIONS[operation_id]["parameters"]
    ]
    return {each["name"]: each["schema"] for each in parameters}


def test_the_filters_are_those_of_the_core() -> None:
    filters = {*TEXTS, *CREATED, *OCCURRED, "metadata"}
    several = parameters_of("listEvents")
    assert several.keys() == filters | {"limit", "order", "cursor", "include"}
    assert parameters_of("summarizeEvents").keys() == filters | {"days"}
    schemas = DOCUMENT["components"]["schemas"]
    for name in ("FilterText", "ExactText", "ActionFilter"):
        assert (schemas[name]["minLength"], schemas[name]["maxLength"]) == (1, MAX_TEXT)
    assert several["action"]["maxItems"] == MAX_ACTIONS
    assert several["metadata"]["maxProperties"] == MAX_METADATA


def test_coverage_is_documented_as_verdicts_have_it() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    coverage = schemas["Coverage"]
    assert [*coverage["properties"]] == coverage["required"] == [*not_covered("").as_json()]
    statuses = {*coverage["properties"]["status"]["enum"]}
    assert {*Assurance} - statuses == {Assurance.NOT_CHECKED}, "the API checks no export"
    assert coverage["properties"]["restarts"]["maxItems"] == MOST_RESTARTS


def test_the_break_types_are_those_of_the_verifier_and_each_is_explained() -> None:
    types = [each.value for each in BreakType]
    assert DOCUMENT["components"]["schemas"]["Break"]["properties"]["type"]["enum"] == types
    assert (
        re.findall(r"^- `(\w+)`: ", OPERATIONS["verifyChain"]["description"], re.MULTILINE) == types
    )


def test_an_export_takes_the_filters_of_the_list() -> None:
    filters = DOCUMENT["components"]["schemas"]["ExportRequest"]["properties"]["filters"]
    assert sorted(filters["properties"]) == sorted((*TEXTS, "from", "to", *OCCURRED))
    text = DOCUMENT["components"]["schemas"]["OptionalFilterText"]
    assert text == {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_TEXT}


def test_filters_of_an_export_are_in_one_place() -> None:
    schema = validator("/components/schemas/ExportRequest")
    flat = {"actor_id": "u", "filters": None}
    accepted: list[object] = [[], {}, {"filters": []}, flat, {"bom": True}]
    for valid in accepted:
        assert schema.is_valid(valid)
    for invalid in ([1], {"actor_id": "u", "filters": {}}, {"format": "ndjson", "bom": True}):
        assert not schema.is_valid(invalid)


def test_the_document_has_the_methods_that_paths_have() -> None:
    """HEAD is answered wherever GET is, so it is not listed."""
    documented = {
        path: {method.upper() for method in operations}
        for path, operations in DOCUMENT["paths"].items()
    }
    assert documented == {path: {*methods} - {"HEAD"} for path, methods in API_METHODS.items()}


def test_the_reference_request_is_an_example() -> None:
    assert request_examples("/v1/events/batch")["reference"] == REFERENCE
