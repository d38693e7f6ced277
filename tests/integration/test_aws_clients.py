"""The clients of AWS: how they present themselves, and which of them check parameters."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from indelible import __version__
from indelible.aws.clients import dynamodb_client, s3_client
from support.aws_faults import hooked


def test_every_call_says_who_makes_it(moto: None) -> None:
    """CloudTrail has it. Powertools adds its own part."""
    client, sent = dynamodb_client(), []

    def note(request: Any, **_: Any) -> None:
        sent.append(request.headers["User-Agent"].decode())

    with hooked(client, "before-send.dynamodb", note):
        client.list_tables()
        client.list_tables()
    assert len(set(sent)) == 1
    assert sent[0].startswith(f"Indelible/{__version__} Botocore/")


def test_a_file_without_a_name_is_refused_before_it_is_a_request_for_the_bucket(
    moto: None,
) -> None:
    with pytest.raises(ParamValidationError):
        s3_client().put_object(Bucket="files", Key="", Body=b"x")
