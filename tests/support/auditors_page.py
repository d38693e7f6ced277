"""The verifiers that docs/auditors.md gives to auditors, run as printed there."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

from tools.local.settings import ROOT

PAGE = (ROOT / "docs" / "auditors.md").read_text()
PYTHON, TABLE_VERIFIER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
[JAVASCRIPT] = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
EXPORT_VERIFIERS = {
    "python": (PYTHON, [sys.executable, "-I", "-S"], "verify.py"),
    "javascript": (JAVASCRIPT, ["node"], "verify.mjs"),
}


def verify_export(
    folder: Path, language: str, lines: list[bytes], *, unpacked: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the page's script in that language on a file of these lines."""
    script, command, name = EXPORT_VERIFIERS[language]
    (folder / name).write_text(script)
    pack = bytes if unpacked else gzip.compress
    (folder / "chain.ndjson.gz").write_bytes(b"".join(pack(each) for each in lines))
    arguments = [*command, name, "chain.ndjson.gz"]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
