"""botocore as the layer has it: every client works, and calls the same addresses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.functions import ENVIRONMENT
from support.handlers import ROOT

from tools.local.layer import SERVICES, copy_botocore

CALLS = """
import json
import botocore
from indelible.aws import clients
from moto import mock_aws

ACTS = {
    "dynamodb": lambda client: client.list_tables()["TableNames"],
    "kms": lambda client: client.list_keys()["Keys"],
    "s3": lambda client: client.list_buckets()["Buckets"],
    "secretsmanager": lambda client: client.list_secrets()["SecretList"],
    "sqs": lambda client: client.list_queues().get("QueueUrls", []),
}
answers = {}
with mock_aws():
    for name in [each for each in vars(clients) if each.endswith("_client")]:
        client = getattr(clients, name)()
        answers[name] = ACTS[client.meta.service_model.service_name](client)
print(json.dumps({"botocore": botocore.__file__, "answers": answers}))
"""
ADDRESSES = """
import json
from botocore.config import Config
from botocore.session import get_session

session = get_session()
addresses = {}
for service in SERVICES:
    for partition in session.get_available_partitions():
        for region in session.get_available_regions(service, partition):
            client = session.create_client(service, region_name=region)
            region_and_signer = [client.meta.endpoint_url, client.meta.config.signature_version]
            addresses[f"{service} {region}"] = region_and_signer
    for option in ("use_fips_endpoint", "use_dualstack_endpoint"):
        client = session.create_client(service, "us-east-1", config=Config(**{option: True}))
        addresses[f"{service} {option}"] = client.meta.endpoint_url
print(json.dumps(addresses))
""".replace("SERVICES", repr(SERVICES))

START = """
import json, sys
import app
print(json.dumps([callable(app.handler), "boto3" in sys.modules]))
"""
FUNCTIONS = sorted(each.parent for each in (ROOT / "functions").glob("*/app.py"))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of botocore, as the layer has it."""
    folder = tmp_path_factory.mktemp("shipped")
    copy_botocore(folder)
    return folder


def output_of(program: str, *folders: Path) -> Any:
    """What the program prints, as JSON, when it finds these folders' packages first."""
    environment = {name: each for name, each in os.environ.items() if not name.startswith("AWS_")}
    environment |= ENVIRONMENT | {
        "PYTHONPATH": os.pathsep.join(map(str, [*folders, ROOT / "layers" / "common"])),
    }
    code = [sys.executable, "-c", program]
    return json.loads(subprocess.check_output(code, env=environment, text=True))


def test_every_client_is_made_and_calls_its_service(shipped: Path) -> None:
    found = output_of(CALLS, shipped)
    assert Path(found["botocore"]).is_relative_to(shipped)
    assert len(found["answers"]) == 9
    assert all(each == [] for each in found["answers"].values())


def test_every_region_has_the_address_that_the_whole_botocore_knows(shipped: Path) -> None:
    addresses = output_of(ADDRESSES, shipped)
    assert addresses == output_of(ADDRESSES)
    assert len(addresses) > 4 * 30
    assert addresses["sqs cn-north-1"][0] == "https://sqs.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_every_function_starts_with_it(shipped: Path, function: Path) -> None:
    """On Lambda. Elsewhere the X-Ray SDK makes a client of its own, which the layer cannot."""
    assert output_of(START, shipped, function) == [True, False]
