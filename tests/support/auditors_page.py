"""The verifiers that docs/auditors.md gives to auditors, run as printed there."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

from tools.local.settings import ROOT

PAGE = (ROOT / "docs" / "auditors.md").read_text()
PYTHON, CHECKPOINT_PYTHON, TABLE_VERIFIER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
JAVASCRIPT, CHECKPOINT_JAVASCRIPT = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
EXPORT_VERIFIERS = {
    "python": (PYTHON, [sys.executable, "-I", "-S"], "verify.py"),
    "javascript": (JAVASCRIPT, ["node"], "verify.mjs"),
}
CHECKPOINT_VERIFIERS = {
    "python": (CHECKPOINT_PYTHON, [sys.executable, "-I"], "verify_checkpoint.py"),
    "javascript": (CHECKPOINT_JAVASCRIPT, ["node"], "verify_checkpoint.mjs"),
}
"""The one in Python may use a package: the signature needs one."""


def verify_export(
    folder: Path, language: str, lines: list[bytes], *, unpacked: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the page's script in that language on a file of these lines."""
    return _run(folder, EXPORT_VERIFIERS[language], lines, unpacked=unpacked)


def verify_checkpoint(
    folder: Path, language: str, lines: list[bytes], *key: str, unpacked: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the page's script for checkpoints, with the key of the log or without."""
    return _run(folder, CHECKPOINT_VERIFIERS[language], lines, *key, unpacked=unpacked)


def _run(
    folder: Path,
    verifier: tuple[str, list[str], str],
    lines: list[bytes],
    *more: str,
    unpacked: bool,
) -> subprocess.CompletedProcess[str]:
    script, command, name = verifier
    (folder / name).write_text(script)
    pack = bytes if unpacked else gzip.compress
    (folder / "chain.ndjson.gz").write_bytes(b"".join(pack(each) for each in lines))
    arguments = [*command, name, "chain.ndjson.gz", *more]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
