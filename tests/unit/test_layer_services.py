"""The layer has botocore's descriptions of exactly the services that functions call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.handlers import ROOT

from tools.local.failure import LocalStackError
from tools.local.layer import SERVICES, prune
from tools.pythons.layer import wrong_size

LAYER = ROOT / "layers" / "common" / "indelible"
MAKERS = {"client", "create_client", "resource"}
"""Names of the methods that make clients, of boto3 and of botocore."""


def shipped_code() -> Iterator[Path]:
    """The sources that functions may run: all but the command line, which no function loads."""
    yield from (ROOT / "functions").rglob("*.py")
    yield from (each for each in LAYER.rglob("*.py") if LAYER / "cli" not in each.parents)


def services_of(source: str) -> Iterator[str]:
    """The services for which this code makes clients."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in MAKERS:
                [service, *_] = [*node.args, ast.Constant(None)]
                assert isinstance(service, ast.Constant), ast.unparse(node)
                yield str(service.value)


def test_the_layer_describes_every_service_that_is_called_and_no_other() -> None:
    called = {each for file in shipped_code() for each in services_of(file.read_text())}
    assert called == set(SERVICES)


def test_a_client_of_another_service_would_be_noticed() -> None:
    assert [*services_of('session().create_client("ses", config=c)')] == ["ses"]
    assert [*services_of('boto3.client("sts")')] == ["sts"]
    with pytest.raises(AssertionError):
        [*services_of("session().create_client(name)")]


def a_botocore(folder: Path, services: tuple[str, ...]) -> Path:
    """A folder with a package botocore that describes these services."""
    described = folder / "botocore" / "data"
    for each in services:
        (described / each / "2012-01-01").mkdir(parents=True)
    partition = ",".join(f'"{each}":{{}}' for each in services)
    (described / "endpoints.json").write_text(f'{{"partitions":[{{"services":{{{partition}}}}}]}}')
    (described / "_retry.json").write_text("{}")
    return described


def test_other_services_are_removed_once_and_for_all(tmp_path: Path) -> None:
    described = a_botocore(tmp_path, (*SERVICES, "ses", "sts"))
    for _ in range(2):
        prune(tmp_path)
        assert {each.name for each in described.iterdir()} == {
            *SERVICES,
            "_retry.json",
            "endpoints.json",
        }
        known = (described / "endpoints.json").read_text()
        assert "ses" not in known
        assert all(each in known for each in SERVICES)


def test_a_botocore_without_a_service_that_is_called_is_refused(tmp_path: Path) -> None:
    a_botocore(tmp_path, SERVICES[1:])
    with pytest.raises(LocalStackError, match="dynamodb"):
        prune(tmp_path)


def test_a_layer_above_its_size_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    assert [*wrong_size(tmp_path, most_megabytes=1)] == []
    (tmp_path / "b").write_bytes(b"x")
    [problem] = wrong_size(tmp_path, most_megabytes=1)
    assert problem == "it has 1.0 MB unpacked, and may have 1"
