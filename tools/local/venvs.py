"""Virtual environments for tools whose dependencies conflict with ours and with each other.

`python -m tools.local.venvs sam` installs one and prints its path.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from tools.local.failure import exit_with_one_sentence
from tools.local.progress import run, step
from tools.local.settings import LOCAL, ROOT

_TITLES = {
    "sam": "the AWS SAM CLI and cfn-lint",
    "ministack": "MiniStack",
    "lambda": "the client of Lambda's runtime interface",
    "independent": "other people's programs for transparency logs",
}


def tool(name: str, program: str, interpreter: Path | None = None) -> Path:
    """The path of a program from requirements/<name>.txt, which is installed if necessary.

    It runs on the interpreter, or else on the Python that runs this.
    """
    requirements = ROOT / "requirements" / f"{name}.txt"
    folder = LOCAL / "venvs" / name
    stamp = folder / "installed"
    wanted = _fingerprint(requirements, interpreter)
    if not stamp.is_file() or stamp.read_text() != wanted:
        with step(f"Installing {_TITLES[name]}"):
            shutil.rmtree(folder, ignore_errors=True)
            make_environment(interpreter or Path(sys.executable), folder)
            install(folder, requirements, f"{_TITLES[name]} could not be installed")
        stamp.write_text(wanted)
    return folder / "bin" / program


def bare_python() -> Path:
    """A Python without packages, for functions: their imports must be in their layer."""
    folder = LOCAL / "venvs" / "function"
    stamp = folder / "installed"
    if not stamp.is_file() or stamp.read_text() != sys.version:
        shutil.rmtree(folder, ignore_errors=True)
        make_environment(Path(sys.executable), folder)
        stamp.write_text(sys.version)
    return folder / "bin" / "python"


def make_environment(python: Path, folder: Path) -> None:
    """Make an empty virtual environment, without pip. LocalStackError if that fails."""
    command = [str(python), "-m", "venv", "--without-pip", str(folder)]
    run(command, "No virtual environment could be made")


def install(folder: Path, requirements: Path, failure: str) -> None:
    """Install requirements into a virtual environment. LocalStackError begins with `failure`."""
    python = str(folder / "bin" / "python")
    command = [sys.executable, "-m", "tools.install", python, "--requirement", str(requirements)]
    run(command, failure)


def _fingerprint(requirements: Path, interpreter: Path | None) -> str:
    python = f"{sys.version}{interpreter or ''}"
    return hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()


if __name__ == "__main__":
    exit_with_one_sentence(lambda: print(tool(sys.argv[1], "python").parent))
