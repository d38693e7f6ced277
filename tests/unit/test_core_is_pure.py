"""The core imports nothing of AWS and nothing of the web; the verifier not even pydantic."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import indelible
import pytest

ROOT = Path(indelible.__file__).parent
CORE = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in [*ROOT.glob("*.py"), *ROOT.glob("index/*.py")]
    if path.stem not in {"__init__", "__main__"}
)
AWS = {"boto3", "botocore", "aws_lambda_powertools", "aws_xray_sdk"}
VERIFIER = [
    "chain", "errors", "export_file", "inflate", "record", "segment", "times", "verify",
    "verify_file",
]  # fmt: skip


def _is_cli(name: str) -> bool:
    return name.startswith("cli")


def _loaded_by(*modules: str) -> set[str]:
    """What a fresh interpreter has loaded after importing these modules."""
    imports = "; ".join(f"import indelible.{name}" for name in modules)
    code = f"import sys; {imports}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def _imported_by(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file, from the root."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = "indelible" if node.level else ""
            module = ".".join(part for part in (package, node.module) if part)
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def test_there_is_a_core() -> None:
    assert set(VERIFIER) | {"append", "delivery", "event", "submit", "tail"} <= set(CORE)


def test_importing_the_core_loads_nothing_of_aws() -> None:
    loaded = _loaded_by(*(name for name in CORE if not _is_cli(name)))
    assert not loaded & AWS
    assert not {name for name in loaded if name.startswith("indelible.aws")}


def test_importing_the_verifier_loads_no_validator_of_events() -> None:
    loaded = _loaded_by(*VERIFIER)
    assert "indelible.verifying.segments" in loaded
    assert not loaded & (AWS | {"pydantic", "pydantic_core", "indelible.ingest.event"})


@pytest.mark.parametrize("name", [name for name in CORE if not _is_cli(name)])
def test_a_core_module_names_nothing_of_aws(name: str) -> None:
    imported = _imported_by(ROOT / f"{name.replace('.', '/')}.py")
    assert not {each.split(".")[0] for each in imported} & AWS
    assert not {each for each in imported if each.startswith("indelible.aws")}


def test_the_adapters_would_be_noticed() -> None:
    assert "boto3" in _imported_by(ROOT / "aws" / "clients.py")
    assert "boto3" in _loaded_by("aws.clients")
