"""`make pythons`: runs tests on other versions of Python.

`python -m tools.pythons 3.13 3.14 -- tests/unit -n auto`: the versions, then arguments of pytest.
Version 3.9 is for `clients/python/tests` only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.local import venvs
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console, step
from tools.local.settings import ROOT
from tools.pythons.interpreter import FOLDER, find

_REQUIREMENTS = ROOT / "requirements" / "dev.txt"
_SOURCES = (ROOT / "layers" / "common", ROOT / "clients" / "python" / "src")
_OLDEST = ROOT / "clients" / "python" / "requirements-oldest.txt"
"""The Python client runs on older versions than everything else."""


def test_on(versions: list[str], arguments: list[str]) -> None:
    """Run pytest on each version. LocalStackError, after all, when it failed on one."""
    failed = [version for version in versions if not _run_tests(version, arguments)]
    if failed:
        raise LocalStackError(f"The tests failed on Python {', '.join(failed)}.")


def _run_tests(version: str, arguments: list[str]) -> bool:
    python = _environment(version)
    console.print(f"Python {version}: pytest {' '.join(arguments)}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, _SOURCES))}
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def _environment(version: str) -> Path:
    """The Python of a virtual environment with what the tests need, made if necessary."""
    interpreter = find(version)
    requirements = _OLDEST if version == "3.9" else _REQUIREMENTS
    folder = FOLDER / version / "venv"
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes() + str(interpreter).encode()).hexdigest()
    python = folder / "bin" / "python"
    if not stamp.is_file() or stamp.read_text() != wanted:
        with step(f"Installing what the tests need for Python {version}"):
            shutil.rmtree(folder, ignore_errors=True)
            venvs.make_environment(interpreter, folder)
            failure = f"The requirements do not install on Python {version}"
            venvs.install(folder, requirements, failure)
        stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    split = sys.argv.index("--")
    exit_with_one_sentence(lambda: test_on(sys.argv[1:split], sys.argv[split + 1 :]))
