"""Finds an interpreter of a version: on the search path, or in a Debian folder of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from tools.local.failure import LocalStackError
from tools.local.settings import LOCAL
from tools.pythons.debian import RELEASES, make_root

FOLDER = LOCAL / "pythons"


def find(version: str) -> Path:
    """The interpreter of a version such as "3.13", with the modules venv and pip.

    The Debian folder is made once, in about 20 seconds. LocalStackError says what is missing.
    """
    if own := _on_search_path(version):
        return own
    if version not in RELEASES:
        raise LocalStackError(
            f"Python {version} is not installed, and no release of Debian has it."
        )
    if not shutil.which("mmdebstrap"):
        raise LocalStackError(
            f"Python {version} is not installed. Install it with its modules venv and pip, so that "
            f"python{version} is on the search path. Or, on Debian as root, "
            "`apt-get install mmdebstrap`, and run this again."
        )
    return make_root(version, FOLDER / version / "root")


def _on_search_path(version: str) -> Path | None:
    """The first usable one. A shim of pyenv is there for versions that it does not run."""
    for folder in os.get_exec_path():
        python = Path(folder) / f"python{version}"
        if python.is_file() and is_usable(python, version):
            return python
    return None


def is_usable(python: Path, version: str) -> bool:
    """Whether a program runs, is Python of this version, and has venv and pip."""
    code = "import pip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        ran = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return ran.returncode == 0 and ran.stdout.strip() == version
