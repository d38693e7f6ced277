"""Clients of the emulator, as its root."""

import boto3

from tools.local import settings


def root_session() -> boto3.Session:
    """Nothing of the caller's AWS configuration takes part."""
    return boto3.Session(
        aws_access_key_id=settings.ROOT_KEY,
        aws_secret_access_key=settings.ROOT_KEY,
        region_name=settings.REGION,
    )
