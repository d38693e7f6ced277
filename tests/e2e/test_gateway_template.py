"""The promises of template.yaml about API Gateway, read from the file; no stack is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from e2e.template import TEMPLATE, properties
from indelible.web.responses import METHODS
from support.gateway import FUNCTIONS, function_for, routes_of

OUR_CODES = {"not_found", "forbidden", "payload_too_large", "rate_limited", "unavailable"}
TO_BE_SENT_AGAIN = {"429", "503"}
API = properties("Api")
RESPONSES: dict[str, Any] = API["GatewayResponses"]


@pytest.mark.parametrize("name", RESPONSES)
def test_the_gateways_own_responses_have_the_shape_of_our_errors(name: str) -> None:
    response = RESPONSES[name]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    assert set(body) == {"error", "message"}
    assert body["error"] in OUR_CODES
    headers = response.get("ResponseParameters", {}).get("Headers", {})
    assert ("Retry-After" in headers) == (response["StatusCode"] in TO_BE_SENT_AGAIN)
    assert headers["Cache-Control"] == "'no-store'"


def test_the_gateway_has_no_response_of_another_shape() -> None:
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(RESPONSES)


@pytest.mark.parametrize("name", ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "DEFAULT_5XX"])
def test_a_failure_behind_the_gateway_tells_the_client_to_retry(name: str) -> None:
    assert RESPONSES[name]["StatusCode"] == "503"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_before_the_gateway_gives_up(function: str) -> None:
    assert properties(function)["Timeout"] < 29


def test_the_gateway_throttles_traces_and_keeps_bodies_out_of_its_logs() -> None:
    [settings] = API["MethodSettings"]
    assert API["TracingEnabled"] is True
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    assert settings["DataTraceEnabled"] is False
    assert settings["LoggingLevel"] == "OFF"


def test_the_access_log_is_json_and_holds_no_header_and_no_body() -> None:
    form = API["AccessLogSetting"]["Format"]
    fields = json.loads(form)
    assert {"request_id", "status", "latency_ms"} <= set(fields)
    assert fields["extended_request_id"] == "$context.extendedRequestId", "no client can choose it"
    assert "authorization" not in form.lower()
    assert "body" not in form.lower()


def test_the_default_endpoint_can_be_disabled_and_is_then_no_output() -> None:
    """API Gateway applies it when the stage changes, so it is a variable of the stage as well."""
    parameter = TEMPLATE["Parameters"]["DisableDefaultEndpoint"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])
    chosen = {"Ref": "DisableDefaultEndpoint"}
    assert API["DisableExecuteApiEndpoint"] == chosen
    assert chosen in API["Variables"].values()
    assert TEMPLATE["Conditions"]["HasDefaultEndpoint"] == {"Fn::Equals": [chosen, "false"]}
    with_endpoint = {
        name
        for name, each in TEMPLATE["Outputs"].items()
        if "https://${Api}.execute-api" in str(each["Value"])
    }
    assert with_endpoint == {"BaseUrl"}
    assert TEMPLATE["Outputs"]["BaseUrl"]["Condition"] == "HasDefaultEndpoint"


def test_no_answer_of_the_gateway_names_a_base_path() -> None:
    """A custom domain may have any, so such an answer would be wrong."""
    for response in RESPONSES.values():
        assert "/api" not in response["ResponseTemplates"]["application/json"]


def test_the_public_path_is_the_path_of_the_contract() -> None:
    assert API["StageName"] == "api"
    for path in ("/v1/events", "/v1/events/batch"):
        assert function_for("POST", path) == "IngestFunction"


def test_every_method_of_a_known_path_reaches_a_function_which_says_what_is_allowed() -> None:
    """API Gateway itself answers 404 to a method that a resource does not have."""
    routes = routes_of(*FUNCTIONS)
    assert {path for method, path in routes if method == "ANY"} == set(METHODS)
    assert [(method, path) for method, path in routes if method != "ANY"] == [
        ("POST", "/v1/events")
    ]


def test_the_stage_waits_for_the_accounts_log_role() -> None:
    """In a fresh account AWS refuses a stage with an access log until the role is set."""
    awaited = {"Fn::If": ["CreatesGatewayLogRole", {"Ref": "GatewayLogAccount"}, "none"]}
    assert API["Variables"]["log_account"] == awaited


def test_old_versions_of_tls_are_refused() -> None:
    """At a custom domain API Gateway negotiates by the policy of the API."""
    assert API["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_2021_06"
    assert API["EndpointAccessMode"] == "BASIC"
