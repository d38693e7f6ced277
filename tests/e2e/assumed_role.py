"""A role that a test makes for itself, because only Lambda may assume those of the template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3

from tools.local import settings
from tools.local.aws import root_session
from tools.local.stack import Stack

ASSUMED_BY_ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": "sts:AssumeRole",
}


def arn_of(name: str) -> str:
    """The ARN of the role with that name."""
    return f"arn:aws:iam::000000000000:role/{name}"


@contextmanager
def session_of_role(
    stack: Stack, name: str, *statements: dict[str, Any]
) -> Iterator[boto3.Session]:
    """A session of a role that may do what these statements allow, while the block runs."""
    iam: Any = root_session().client("iam", endpoint_url=stack.endpoint_url)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(ASSUMED_BY_ROOT))
    iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=_policy(*statements))
    try:
        sts: Any = root_session().client("sts", endpoint_url=stack.endpoint_url)
        given = sts.assume_role(RoleArn=arn_of(name), RoleSessionName="test")["Credentials"]
        yield boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=settings.REGION,
        )
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="test")
        iam.delete_role(RoleName=name)


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
