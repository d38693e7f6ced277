"""Imports: the core loads no AWS library, and each function only what it needs.

The contracts in `.importlinter`, which `make lint` checks, state the direction of imports.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.functions import ENVIRONMENT
from support.handlers import ROOT

AWS = {"boto3", "botocore", "aws_lambda_powertools", "aws_xray_sdk"}
PYDANTIC = {"pydantic", "pydantic_core"}
AT_START = {
    "aws_lambda_powertools", "aws_xray_sdk", "backports", "botocore", "dateutil", "indelible",
    "jmespath", "msgspec", "six", "typing_extensions", "urllib3", "wrapt",
}  # fmt: skip
"""The packages that a cold start loads. None of them is boto3 or pydantic."""

NOT_SHIPPED = {"certifi", "cryptography", "brotli"}
"""Packages that urllib3 and botocore load if they are installed, as they may be here."""

VALIDATION = PYDANTIC | {"indelible.ingest.event"}
OUTSIDE = {"aws", "cli", "runtime", "web"}
FUNCTIONS = sorted(each.parent.name for each in (ROOT / "functions").glob("*/app.py"))
MOST_MODULES = {
    "checkpoint": 96, "exporter": 95, "exports": 56, "indexer": 43, "ingest": 54, "proofs": 127,
    "query": 140, "viewer": 25, "watcher": 113, "writer": 50,
}  # fmt: skip
"""Modules of ours, so that nothing large is added unnoticed."""

MOST_OF_PACKAGES = 250
MOST_WITH_ROUTES = 325
"""Modules of other packages. Those with routes also load Powertools' resolver."""


def loaded_by(*modules: str, path: str = "") -> set[str]:
    """The modules that importing these loads in a fresh interpreter."""
    imports = "; ".join(f"import {each}" for each in modules)
    code = f"import sys; before = {{*sys.modules}}; {imports}; print(*{{*sys.modules}} - before)"
    search = os.pathsep.join(each for each in (path, str(ROOT / "layers" / "common")) if each)
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": search}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return set(run.stdout.split())


def test_the_verifier_loads_neither_aws_nor_validation() -> None:
    loaded = loaded_by("indelible.verifying.segments", "indelible.verifying.export_file")
    assert "indelible.chain.hashes" in loaded
    assert not loaded & (AWS | VALIDATION)
    assert not {each for each in loaded if each.startswith(("indelible.aws", "indelible.message"))}


def test_formats_of_logs_load_cryptography_only_to_check_a_signature() -> None:
    loaded = loaded_by(
        "indelible.tlog.endorsement", "indelible.tlog.proof", "indelible.tlog.witness"
    )
    assert "indelible.tlog.ed25519" in loaded
    assert not {each for each in loaded if each.startswith("cryptography")}


def core() -> list[str]:
    """Every module of the core: all except the packages that use AWS, HTTP or the terminal."""
    folder = ROOT / "layers" / "common"
    parts = [each.relative_to(folder).with_suffix("").parts for each in folder.rglob("*.py")]
    names = [".".join(each).removesuffix(".__init__") for each in parts if len(each) > 1]
    return [each for each in names if f"{each}.".split(".")[1] not in OUTSIDE]


def test_the_core_loads_no_aws_library() -> None:
    """A new module or package belongs to the core unless it is in OUTSIDE."""
    modules = core()
    assert {"indelible.chain.segment", "indelible.ingest.submit", "indelible.times"} <= {*modules}
    loaded = loaded_by(*modules)
    assert loaded >= {*modules}
    assert not loaded & AWS


def test_an_import_of_an_adapter_would_be_noticed() -> None:
    assert "botocore" in loaded_by("indelible.aws.clients")
    loaded = loaded_by("indelible.ingest.event", "indelible.ingest.explain")
    assert loaded >= VALIDATION - {"pydantic"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_loads_only_what_it_needs(function: str) -> None:
    """Only ingest validates events, and it loads pydantic only to explain a refusal."""
    loaded = loaded_by("app", path=str(ROOT / "functions" / function))
    assert not loaded & PYDANTIC
    assert bool(loaded & VALIDATION) == (function == "ingest")
    ours = {each for each in loaded if each.startswith("indelible.")}
    assert len(ours) <= MOST_MODULES[function], sorted(ours)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_cold_start_loads_no_package_that_it_can_do_without(function: str) -> None:
    loaded = loaded_by("app", path=str(ROOT / "functions" / function)) - {"app"}
    installed = {each for each in loaded if top_level(each) not in sys.stdlib_module_names}
    assert {*map(top_level, installed)} - NOT_SHIPPED <= AT_START
    others = {each for each in installed if top_level(each) not in {"indelible", *NOT_SHIPPED}}
    most = MOST_WITH_ROUTES if "indelible.web.api" in loaded else MOST_OF_PACKAGES
    assert len(others) <= most, sorted(others)


def top_level(module: str) -> str:
    """The package of a module."""
    return module.partition(".")[0]
