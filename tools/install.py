"""Installs packages for an interpreter: with uv, and with pip where uv is not there or fails.

`python -m tools.install .venv/bin/python --requirement requirements/dev.txt`: the interpreter, then
arguments that `uv pip install` and `pip install` share. uv is that of the environment which runs
this, from requirements/uv.txt. Only the standard library is imported, as the rest is not there yet.
"""

import subprocess
import sys
from pathlib import Path


def installers(python: str) -> list[list[str]]:
    """The commands that install for an interpreter. Each is for when the one before it fails.

    uv knows neither pip's settings nor the system's certificates. So it may fail where pip works.
    It also fails where it cannot write its cache, as in a home folder that is read-only.
    """
    uv = Path(sys.prefix) / "bin" / "uv"
    with_uv = [str(uv), "pip", "install", "--quiet", "--python", python]
    with_pip = [sys.executable, "-m", "pip", "--python", python, "install", "-qq"]
    with_pip.append("--disable-pip-version-check")
    return [with_uv, with_pip] if uv.is_file() else [with_pip]


def install(commands: list[list[str]], arguments: list[str]) -> bool:
    """Run the first of the commands that succeeds. Returns whether one did."""
    for number, command in enumerate(commands, 1):
        if subprocess.run([*command, *arguments], check=False).returncode == 0:
            return True
        if number < len(commands):
            print("uv could not install the packages; trying pip.", file=sys.stderr, flush=True)
    return False


if __name__ == "__main__":
    if not install(installers(sys.argv[1]), sys.argv[2:]):
        sys.exit(
            f"{' '.join(sys.argv[2:])} could not be installed, as said above. "
            "PyPI, or the index in pip's settings, must be reachable."
        )
