"""The running service keeps openapi.yaml, with generated requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import httpx
import pytest
import schemathesis
from conformance.expected import CONFIG, EXAMPLES_PER_OPERATION
from conformance.generated import (
    give_a_new_key,
    has_both_of_a_pair,
    has_whole_floats,
    put_pairs_in_order,
    with_new_keys,
)
from schemathesis.auths import AuthContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from support.contract import DOCUMENT

from tools.local.stack import Stack, load
from tools.local.waiting import wait_until

SUBMITTING = ("submitEvent", "submitEvents")
REQUEST_TIMEOUT_SECONDS = 120
EXPORTS_AT_A_TIME = 4
"""A workspace may have five unfinished exports."""

LINES = "application/x-ndjson"


def without_lines(document: dict[str, Any]) -> dict[str, Any]:
    """The document without bodies in lines: no schema can say what a line is."""
    reduced = deepcopy(document)
    del reduced["paths"]["/v1/events/batch"]["post"]["requestBody"]["content"][LINES]
    return reduced


PUBLISHED = schemathesis.openapi.from_dict(
    without_lines(DOCUMENT), config=SchemathesisConfig.from_dict(CONFIG)
)


@PUBLISHED.auth()
class WorkspaceKey:
    """Adds the API key to each request, unless the case is one without a key."""

    def get(self, case: schemathesis.Case[Any], context: AuthContext) -> str | None:
        """The key of the local stack. None if there is no stack when tests are collected."""
        stack = load()
        return stack.api_key if stack else None

    def set(self, case: schemathesis.Case[Any], key: str, context: AuthContext) -> None:
        """Put the key into the request."""
        case.headers["Authorization"] = f"Bearer {key}"


@PUBLISHED.hook
def filter_body(context: schemathesis.HookContext, body: object) -> bool:
    """Leave out bodies of which no schema can say whether they are right."""
    filters = body.get("filters") if isinstance(body, dict) else None
    return not (has_whole_floats(body) or has_both_of_a_pair(body) or has_both_of_a_pair(filters))


@PUBLISHED.hook
def filter_query(context: schemathesis.HookContext, query: object) -> bool:
    """Leave out requests with both times of a pair: no schema can say which one is earlier."""
    return not has_both_of_a_pair(query)


@pytest.fixture(scope="session")
def answers() -> Counter[tuple[str, int]]:
    """The number of answers by operation and status."""
    return Counter()


@pytest.fixture(scope="module")
def unfinished(stack: Stack) -> Iterator[list[str]]:
    """The ids of exports that were started and may be unfinished."""
    started: list[str] = []
    yield started
    cancel(stack, started)


def cancel(stack: Stack, export_ids: list[str]) -> None:
    """Cancel these exports, or find them finished, and empty the list."""
    headers = {"Authorization": f"Bearer {stack.api_key}"}

    def is_over(url: str) -> bool:
        answer = httpx.delete(url, headers=headers, timeout=REQUEST_TIMEOUT_SECONDS)
        return answer.status_code == 200 or answer.json().get("error") == "already_finished"

    while export_ids:
        url = f"{stack.base_url}/api/v1/exports/{export_ids.pop()}"
        wait_until("the export is over", partial(is_over, url))


def is_busy(response: Response) -> bool:
    """Whether the stack is so busy that the request has to be sent again.

    Then the emulator has no process left for the function and answers a 429 of its own, or the
    function has had no answer from the table in time, which is the contract's 503.
    """
    has_no_process = response.status_code == 429 and b'"error"' not in response.content
    is_late = response.status_code == 503 and b'"unavailable"' in response.content
    return has_no_process or is_late


@pytest.fixture(scope="module")
def patience() -> Iterator[None]:
    """Each request is sent again while the stack is busy.

    That includes those with which schemathesis checks that a request without a right key, and
    otherwise the same as one that was accepted, is refused.
    """
    send = PUBLISHED.transport.send

    def send_until_answered(case: schemathesis.Case[Any], **options: Any) -> Response:
        def answered() -> Response | None:
            response = send(case, **options)
            return None if is_busy(response) else response

        return wait_until("the stack has time for it", answered)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PUBLISHED.transport, "send", send_until_answered)
        yield


@PUBLISHED.parametrize()
def test_the_service_keeps_its_contract(
    case: schemathesis.Case[Any],
    stack: Stack,
    answers: Counter[tuple[str, int]],
    unfinished: list[str],
    patience: None,
) -> None:
    """Statuses, bodies and headers are documented. Good data is accepted, bad refused; no 5xx."""
    if case.operation.definition.raw["operationId"] in SUBMITTING:
        case.body = with_new_keys(case.body)
        give_a_new_key(case)
    # Requests of the phase that covers every parameter are not filtered.
    for values in (case.query, case.body):
        put_pairs_in_order(values)
    response = case.call(base_url=f"{stack.base_url}/api", timeout=REQUEST_TIMEOUT_SECONDS)
    operation_id = case.operation.definition.raw["operationId"]
    answers[operation_id, response.status_code] += 1
    case.validate_response(response)
    if (operation_id, response.status_code) == ("startExport", 202):
        unfinished.append(response.json()["data"]["id"])
        # Three hundred are started. To wait for their files would take minutes.
        if len(unfinished) == EXPORTS_AT_A_TIME:
            cancel(stack, unfinished)


@pytest.mark.parametrize(
    ("operation_id", "status", "least"),
    [
        ("submitEvent", 202, EXAMPLES_PER_OPERATION // 2),
        ("submitEvents", 202, EXAMPLES_PER_OPERATION // 2),
        ("listEvents", 200, EXAMPLES_PER_OPERATION // 4),
        ("verifyChain", 200, EXAMPLES_PER_OPERATION // 4),
        ("getEvent", 404, EXAMPLES_PER_OPERATION // 4),
        ("startExport", 202, EXAMPLES_PER_OPERATION // 4),
    ],
)
def test_the_contract_was_compared_with_answers_of_every_kind(
    operation_id: str, status: int, least: int, stack: Stack, answers: Counter[tuple[str, int]]
) -> None:
    """With a refused key, or a used-up limit, the test above would compare nothing else."""
    assert answers[operation_id, status] >= least
    assert answers[operation_id, 422] >= 1
    assert answers[operation_id, 401] >= 1
