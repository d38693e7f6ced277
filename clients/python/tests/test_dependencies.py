"""What the package imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import indelible_client

SOURCE = Path(indelible_client.__file__).parent
FOR_TYPES_ONLY = {"typing_extensions"}


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
    imported = {name for path in SOURCE.rglob("*.py") for name in imported_by(path)}
    assert imported - set(sys.stdlib_module_names) - FOR_TYPES_ONLY == {"httpx"}
