"""What the functions between a request and a chain, an answer or a file may reach."""

from __future__ import annotations

from e2e.template import (
    statements,
    table_grants,
)


def test_ingest_has_no_access_to_chains() -> None:
    assert table_grants("IngestRole") == {
        "dynamodb:GetItem": ["KEY#*"],
        "dynamodb:UpdateItem": ["USAGE#*"],
        "dynamodb:BatchGetItem": ["CLAIM#*"],
        "dynamodb:PartiQLInsert": ["CLAIM#*"],
    }


def test_ingest_inserts_nothing_without_the_partition_in_its_request() -> None:
    """`ForAllValues` is true for a request without the key."""
    [insert] = [s for s in statements("IngestRole") if s["Action"] == "dynamodb:PartiQLInsert"]
    assert insert["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_the_writer_has_access_to_chains_look_ups_and_one_attribute_of_usage() -> None:
    assert table_grants("WriterRole") == {
        "dynamodb:Query": ["CHAIN#*"],
        "dynamodb:GetItem": ["LOOKUP#*"],
        "dynamodb:PutItem": ["CHAIN#*", "LOOKUP#*"],
        "dynamodb:UpdateItem": ["USAGE#*"],
    }
    [update] = [s for s in statements("WriterRole") if s["Action"] == "dynamodb:UpdateItem"]
    attributes = update["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert attributes == ["pk", "sk", "refuse_until"]
    returned = update["Condition"]["StringEqualsIfExists"]["dynamodb:ReturnValues"]
    assert not {"ALL_OLD", "ALL_NEW"} & set(returned)


def test_query_reads_keys_chains_the_index_and_the_log_and_writes_nothing() -> None:
    assert table_grants("QueryRole") == {
        "dynamodb:GetItem": ["KEY#*", "WATCHER"],
        "dynamodb:Query": ["CHAIN#*", "INDEX#*"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "LOG"],
    }


def test_the_indexer_reads_chains_and_writes_the_index_only() -> None:
    assert table_grants("IndexerRole") == {
        "dynamodb:Query": ["CHAIN#*", "INDEX#*"],
        "dynamodb:PutItem": ["INDEX#*"],
    }


def test_the_function_that_starts_exports_has_no_access_to_chains() -> None:
    assert table_grants("ExportsRole") == {
        "dynamodb:GetItem": ["KEY#*", "EXPORT#*"],
        "dynamodb:Query": ["EXPORT#*"],
        "dynamodb:PutItem": ["EXPORT#*"],
        "dynamodb:UpdateItem": ["EXPORT#*"],
    }


def test_the_exporter_reads_chains_and_writes_exports_only() -> None:
    assert table_grants("ExporterRole") == {
        "dynamodb:Query": ["CHAIN#*"],
        "dynamodb:GetItem": ["EXPORT#*"],
        "dynamodb:PutItem": ["EXPORT#*"],
        "dynamodb:BatchGetItem": ["LOG"],
    }
