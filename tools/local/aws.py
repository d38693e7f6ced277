"""AWS sessions for the emulator."""

import boto3

from tools.local import settings


def root_session() -> boto3.Session:
    """A session of the account's root user. It ignores the caller's AWS configuration."""
    return boto3.Session(
        aws_access_key_id=settings.ROOT_KEY,
        aws_secret_access_key=settings.ROOT_KEY,
        region_name=settings.REGION,
    )
