"""Finishes what `sam build` has built: a smaller layer, and a faster first start of functions."""

import json
import shutil
from pathlib import Path

import botocore

from tools.local.failure import LocalStackError
from tools.local.progress import run, step

SERVICES = ("dynamodb", "kms", "s3", "secretsmanager", "sqs")
"""The services that functions call. botocore describes 440, in 27 MB.

Lambda gives functions their keys in environment variables. So sts and sso, which other ways to get
keys call, are not among them."""


def finish_layer(python: str, build_folder: Path) -> None:
    """Remove what functions never read, and write bytecode. `python` has their version.

    Lambda mounts code read-only, so every cold start would compile the sources again. Python must
    not compare the bytecode with the times of the sources, because packing changes these.
    https://docs.python.org/3/reference/import.html#pyc-invalidation
    """
    options = ["--invalidation-mode", "unchecked-hash", "-q", "-j", "0"]
    folders = [str(each) for each in sorted(build_folder.iterdir()) if each.is_dir()]
    with step("Finishing the layer"):
        prune(build_folder / "CommonLayer" / "python")
        run([python, "-m", "compileall", *options, *folders], "The layer could not be compiled")


def prune(packages: Path) -> None:
    """Remove botocore's descriptions of other services, and their endpoints. Safe to repeat.

    A cold start lists the descriptions, and reads every endpoint, so this also saves its time.
    LocalStackError when botocore is not as expected.
    """
    described = packages / "botocore" / "data"
    endpoints = described / "endpoints.json"
    if not all(each.exists() for each in (endpoints, *(described / each for each in SERVICES))):
        raise LocalStackError(
            f"The layer's botocore lacks one of endpoints.json, {', '.join(SERVICES)} in its data; "
            "see tools/local/layer.py."
        )
    for folder in described.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    known = json.loads(endpoints.read_bytes())
    for partition in known["partitions"]:
        services = partition["services"]
        partition["services"] = {each: services[each] for each in SERVICES if each in services}
    endpoints.write_text(json.dumps(known, separators=(",", ":")))


def copy_botocore(folder: Path) -> None:
    """Copy the installed botocore into a folder, as the layer has it."""
    installed = Path(botocore.__file__).parent
    shutil.copytree(installed, folder / "botocore", ignore=shutil.ignore_patterns("__pycache__"))
    prune(folder)
