"""docs/recipes.md: each configuration fits the API, and the bodies are those of its mappings."""

from __future__ import annotations

import ast
import json
import re

import pytest
import yaml
from indelible.chain.fields import MAX_EVENT_BYTES
from indelible.ingest.batch import MAX_STREAMED, MEDIA_TYPES_OF_LINES
from indelible.web.request import MAX_BODY_BYTES
from recipes.page import NAMES, PAGE, blocks, digest, module
from recipes.sent import LINES, stored
from support.contract import DOCUMENT

PATH = "/api/v1/events/batch"
URL = "${INDELIBLE_URL}" + PATH
LONGEST_FUNCTION = 30


def test_the_path_of_every_configuration_is_in_the_contract() -> None:
    base, path = PATH[:4], PATH[4:]
    assert DOCUMENT["servers"][0]["url"].endswith(base)
    assert "post" in DOCUMENT["paths"][path]
    assert {"get"} <= DOCUMENT["paths"]["/v1/health"].keys()


@pytest.mark.parametrize("tool", ["vector", "logstash", "fluent_bit"])
def test_a_body_is_that_of_the_mapping_in_the_page(tool: str) -> None:
    """If this fails, make the bodies again: see tests/recipes/make.py."""
    assert stored(tool).mapping_sha256 == digest(tool)


@pytest.mark.parametrize("tool", ["vector", "logstash", "fluent_bit"])
def test_no_mapping_sends_the_record_without_an_actor(tool: str) -> None:
    left_out = json.loads(LINES[2])["id"]
    assert left_out not in stored(tool).body
    assert all(json.loads(line)["id"] in stored(tool).body for line in LINES[:2])


def test_vector_sends_lines_in_gzip_below_the_limits() -> None:
    configuration = yaml.safe_load(blocks("vector")[0])
    sink = configuration["sinks"]["indelible"]
    assert (sink["uri"], sink["method"], sink["compression"]) == (URL, "post", "gzip")
    assert sink["auth"] == {"strategy": "bearer", "token": "${INDELIBLE_API_KEY}"}
    assert (sink["encoding"]["codec"], sink["framing"]["method"]) == ("json", "newline_delimited")
    assert stored("vector").content_type in MEDIA_TYPES_OF_LINES
    assert sink["batch"]["max_events"] <= MAX_STREAMED
    assert sink["batch"]["max_bytes"] <= MAX_BODY_BYTES // 2
    assert sink["healthcheck"]["uri"] == "${INDELIBLE_URL}/api/v1/health"
    assert configuration["sources"]["audit_log"]["max_line_bytes"] >= 2 * MAX_EVENT_BYTES
    remap = configuration["transforms"]["to_event"]
    assert remap["reroute_dropped"]
    assert configuration["sinks"]["not_sent"]["inputs"] == ["to_event.dropped"]


def test_logstash_sends_an_array_in_gzip() -> None:
    [configuration] = blocks("logstash")
    assert re.findall(r"^ *url => \"(.*)\"$", configuration, re.MULTILINE) == [URL]
    assert 'headers => { "Authorization" => "Bearer ${INDELIBLE_API_KEY}" }' in configuration
    assert 'format => "json_batch"' in configuration
    assert "http_compression => true" in configuration
    assert stored("logstash").content_type == "application/json"
    assert configuration.count("{") == configuration.count("}")
    assert configuration.count("'") == 2  # the mapping may have none: it is in single quotes


def test_fluent_bit_sends_an_array_in_gzip_without_a_date() -> None:
    configuration = yaml.safe_load(blocks("fluent_bit")[0])["pipeline"]
    output, kept = configuration["outputs"]
    assert (output["uri"], output["compress"], output["format"]) == (PATH, "gzip", "json")
    assert output["json_date_key"] is False
    assert output["header"] == "Authorization Bearer ${INDELIBLE_API_KEY}"
    assert output["retry_limit"] == "no_limits"
    assert stored("fluent_bit").content_type == "application/json"
    [tail] = configuration["inputs"]
    assert int(tail["buffer_max_size"].removesuffix("k")) * 1_000 >= 2 * MAX_EVENT_BYTES
    mapping, route = configuration["filters"]
    assert f"function {mapping['call']}(" in blocks("fluent_bit")[1]
    assert route["rule"].split() == ["$not_an_event", "^yes$", kept["match"], "false"]


def test_the_collector_sends_json_to_the_relay_and_never_gives_up() -> None:
    configuration = yaml.safe_load(blocks("opentelemetry")[0])
    exporter = configuration["exporters"]["otlphttp/indelible"]
    address = re.search(r"gunicorn --bind (\S+)", PAGE)
    assert address
    assert exporter["logs_endpoint"] == f"http://{address[1]}/v1/logs"
    assert (exporter["encoding"], exporter["compression"]) == ("json", "none")
    assert exporter["retry_on_failure"]["max_elapsed_time"] == 0
    queue = exporter["sending_queue"]
    assert queue["sizer"] == "items"
    assert queue["batch"]["max_size"] <= MAX_STREAMED
    [pipeline] = configuration["service"]["pipelines"].values()
    assert pipeline["exporters"] == ["otlphttp/indelible"]
    assert f'os.environ["INDELIBLE_URL"] + "{PATH}"' in blocks("opentelemetry")[2]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"intValue": "9007199254740993"}, 9_007_199_254_740_993),
        ({"intValue": 3}, 3),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": False}}]}}, {"a": False}),
        ({"arrayValue": {}}, []),
        ({}, None),
        (None, None),
    ],
)
def test_each_kind_of_value_of_open_telemetry_is_kept(value: object, plain: object) -> None:
    """The Collector writes integers as strings, the SDK for JavaScript as numbers."""
    assert module("otlp_events", blocks("opentelemetry")[1]).plain(value) == plain


def test_the_functions_in_python_are_short() -> None:
    for source in (*blocks("opentelemetry")[1:3], blocks("cloudevents")[0]):
        for each in ast.walk(ast.parse(source)):
            if isinstance(each, ast.FunctionDef) and each.end_lineno:
                assert each.end_lineno - each.lineno < LONGEST_FUNCTION, each.name


@pytest.mark.parametrize("tool", NAMES)
def test_every_recipe_has_a_section_and_a_block(tool: str) -> None:
    assert blocks(tool)
