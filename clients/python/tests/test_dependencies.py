"""What the package imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import indelible_client

SOURCE = Path(indelible_client.__file__).parent
FOR_TYPES_ONLY = {"typing_extensions", "_typeshed"}
ADAPTERS = {
    SOURCE / "frameworks" / "django.py": {"asgiref", "django"},
    SOURCE / "frameworks" / "fastapi.py": {"starlette"},
    SOURCE / "frameworks" / "flask.py": {"flask"},
}


def imported_by(path: Path) -> set[str]:
    """The packages that a module imports, without its own."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found


def test_httpx_is_the_only_dependency() -> None:
    modules = {path for path in SOURCE.rglob("*.py") if path not in ADAPTERS}
    imported = {name for path in modules for name in imported_by(path)}
    assert imported - set(sys.stdlib_module_names) - FOR_TYPES_ONLY == {"httpx"}


@pytest.mark.parametrize(("module", "needed"), ADAPTERS.items())
def test_an_adapter_needs_its_framework_only(module: Path, needed: set[str]) -> None:
    assert imported_by(module) - set(sys.stdlib_module_names) - FOR_TYPES_ONLY == needed
