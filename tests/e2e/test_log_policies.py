"""Who may write the log, its buckets and its anchors, and who may sign."""

from __future__ import annotations

from e2e.role_grants import LOCKED, WRITES
from e2e.template import (
    FUNCTION_ROLES,
    statements,
    table_grants,
)


def test_only_the_checkpoint_function_writes_what_decides_on_the_log() -> None:
    """Nor does it write or delete anything else, so what it signs is what others have written."""
    writers = {
        role
        for role in FUNCTION_ROLES
        for action, reached in table_grants(role).items()
        if action in WRITES and "LOG" in reached
    }
    assert writers == {"CheckpointRole"}
    assert table_grants("CheckpointRole") == {
        "dynamodb:Query": ["CHAIN#*", "LOG"],
        "dynamodb:BatchGetItem": ["CHAIN#*"],
        "dynamodb:GetItem": ["LOG"],
        "dynamodb:PutItem": ["LOG"],
        "dynamodb:DeleteItem": ["LOG"],
    }


def test_the_watcher_writes_its_position_and_anchors_and_nothing_that_it_watches() -> None:
    assert table_grants("WatcherRole") == {
        "dynamodb:Query": ["CHAIN#*", "INDEX#*", "WORKSPACES", "ANCHOR#*"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "WORKSPACES"],
        "dynamodb:GetItem": ["LOG"],
        "dynamodb:PutItem": ["WATCHER", "ANCHOR#*"],
    }


def test_the_function_that_returns_proofs_writes_nothing() -> None:
    assert table_grants("ProofsRole") == {
        "dynamodb:GetItem": ["ANCHOR#*", "KEY#*", "WATCHER"],
        "dynamodb:Query": ["CHAIN#*", "INDEX#*", "ANCHOR#*", "LOG"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "LOG"],
    }


def test_the_locked_bucket_gets_nothing_in_place_of_what_it_has() -> None:
    [put] = [
        each
        for each in statements("CheckpointRole")
        if each["Resource"] == LOCKED and each["Action"] == "s3:PutObject"
    ]
    assert put["Condition"] == {"Null": {"s3:if-none-match": "false"}}


def test_the_role_signs_whole_texts_only() -> None:
    [sign] = [each for each in statements("CheckpointRole") if each["Action"] == "kms:Sign"]
    assert sign["Condition"] == {
        "StringEquals": {
            "kms:SigningAlgorithm": "ED25519_SHA_512",
            "kms:MessageType": "RAW",
        }
    }
