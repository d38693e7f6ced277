"""What the roles of template.yaml may do outside the table, and the names of what they reach."""

from __future__ import annotations

from typing import Any

from e2e.template import (
    STREAM,
)

FILES = {"Fn::Sub": "${ExportsBucket.Arn}/*"}

LOCKED_BUCKET = {
    "Fn::If": [
        "UsesOwnLockedBucket",
        {"Fn::GetAtt": "LockedBucket.Arn"},
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${CheckpointBucket}"},
    ]
}

LOCKED = {
    "Fn::If": [
        "UsesOwnLockedBucket",
        {"Fn::Sub": "${LockedBucket.Arn}/*"},
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${CheckpointBucket}/*"},
    ]
}

STATE = {"Fn::Sub": "${StateBucket.Arn}/state"}

WATCHER_POSITION = {"Fn::Sub": "${StateBucket.Arn}/watcher"}

PRESENT_KEY = {
    "Fn::If": ["UsesOwnSigningKey", {"Fn::GetAtt": "SigningKey.Arn"}, {"Ref": "SigningKeyArn"}]
}

SIGNING_KEY = {
    "Fn::If": ["HasNextSigningKey", [PRESENT_KEY, {"Ref": "NextSigningKeyArn"}], PRESENT_KEY]
}

TRACE_ACTIONS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}

TAKE_MESSAGES = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}

READ_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}


def arn(name: str) -> dict[str, str]:
    return {"Fn::GetAtt": f"{name}.Arn"}


BOTH_BUCKETS = [LOCKED_BUCKET, arn("StateBucket")]

WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PartiQLInsert"}

SIGNING_SECRET = {"Fn::GetAtt": "SigningSecret.Id"}

TOKEN_SECRET = {"Fn::GetAtt": "TokenSecret.Id"}

OTHER_GRANTS: dict[str, dict[str, Any]] = {
    "IngestRole": {"sqs:SendMessage": arn("Queue")},
    "WriterRole": {
        "secretsmanager:GetSecretValue": SIGNING_SECRET,
        "sqs:SendMessage": arn("DeadLetterQueue"),
        **dict.fromkeys(TAKE_MESSAGES, arn("Queue")),
    },
    "QueryRole": {
        "secretsmanager:GetSecretValue": [SIGNING_SECRET, TOKEN_SECRET],
        "s3:GetObject": LOCKED,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
    },
    "IndexerRole": {**dict.fromkeys(READ_STREAM, STREAM), "sqs:SendMessage": arn("GrowthQueue")},
    "ExportsRole": {
        "secretsmanager:GetSecretValue": [SIGNING_SECRET, TOKEN_SECRET],
        "sqs:SendMessage": arn("ExportQueue"),
        "s3:GetObject": FILES,
    },
    "ExporterRole": {
        "s3:GetObject": [FILES, LOCKED],
        "s3:GetObjectVersion": STATE,
        "s3:PutObject": FILES,
        "s3:ListBucket": [arn("ExportsBucket"), *BOTH_BUCKETS],
        "sqs:SendMessage": arn("ExportQueue"),
        **dict.fromkeys(TAKE_MESSAGES, arn("ExportQueue")),
    },
    "CheckpointRole": {
        "s3:PutObject": [LOCKED, STATE],
        "s3:GetObject": [LOCKED, STATE],
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
        "sqs:ReceiveMessage": arn("GrowthQueue"),
        "sqs:DeleteMessage": arn("GrowthQueue"),
        "sqs:ChangeMessageVisibility": arn("GrowthQueue"),
        "kms:Sign": SIGNING_KEY,
        "kms:GetPublicKey": SIGNING_KEY,
    },
    "WatcherRole": {
        "s3:GetObject": [WATCHER_POSITION, LOCKED],
        "s3:PutObject": WATCHER_POSITION,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
        "s3:ListBucketVersions": LOCKED_BUCKET,
        "sqs:SendMessage": arn("GrowthQueue"),
    },
    "ProofsRole": {
        "secretsmanager:GetSecretValue": TOKEN_SECRET,
        "s3:GetObject": LOCKED,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
    },
    "ViewerRole": {},
}
"""Everything that a role may do outside the table, apart from logging and tracing."""
