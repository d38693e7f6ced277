"""`make layer`: builds what ships for the Python and processor of the default deployment.

That is the layer of all functions, and the functions; one of them has packages of its own. `sam
build` takes wheels for that processor. They cannot be imported here, so their files are checked.
That the layer has every import of the functions is a matter of its packages, which
`tests/unit/test_layer_is_pinned.py` and the local stack check.
"""

import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.local import venvs
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.layer import finish_layer
from tools.local.progress import console, run, step
from tools.local.settings import ROOT
from tools.pythons.interpreter import FOLDER, find

VERSION, ARCHITECTURE = "3.13", "arm64"
"""The defaults of template.yaml. A test compares them."""

_MACHINE = 183
"""Machine of an ELF file for 64-bit ARM: EM_AARCH64."""


class Part(NamedTuple):
    """What `sam build` fills with packages."""

    title: str
    packages: Path
    """Where it has them, in the folder of the build."""

    requirements: Path
    most_megabytes: float
    """Of all files, with bytecode. Lambda takes 250 together, but a cold start reads what it loads
    of them."""


PARTS = (
    Part("layer", Path("CommonLayer/python"), ROOT / "layers/common/requirements.txt", 35),
    Part(
        "function checkpoint",
        Path("CheckpointFunction"),
        ROOT / "functions/checkpoint/requirements.txt",
        25,
    ),
    Part(
        "function watcher",
        Path("WatcherFunction"),
        ROOT / "functions/watcher/requirements.txt",
        25,
    ),
)


def build_and_check() -> None:
    """Build what ships. LocalStackError names everything that is wrong with it."""
    python = find(VERSION)
    build = _build(python)
    finish_layer(str(python), build)
    for part in PARTS:
        folder = build / part.packages
        problems = [
            *wrong_files(folder),
            *missing_packages(folder, part.requirements),
            *wrong_size(folder, part.most_megabytes),
        ]
        if problems:
            raise LocalStackError(f"The {part.title} is wrong:\n" + "\n".join(problems))
        console.print(
            f"The {part.title} for Python {VERSION} on {ARCHITECTURE} is complete: "
            f"{megabytes(folder):.1f} MB unpacked."
        )


def _build(python: Path) -> Path:
    # On the search path of `sam build`, without the other programs in the interpreter's folder.
    programs = FOLDER / "programs"
    programs.mkdir(parents=True, exist_ok=True)
    link = programs / f"python{VERSION}"
    link.unlink(missing_ok=True)
    link.symlink_to(python)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    sam = str(venvs.tool("sam", "sam"))
    folder = FOLDER / "layer"
    arguments = ["--build-dir", str(folder), "--cache-dir", str(FOLDER / "layer-cache")]
    overrides = [f"Runtime=python{VERSION}", f"Architecture={ARCHITECTURE}"]
    with step(f"Building the layer and the functions for Python {VERSION} on {ARCHITECTURE}"):
        run(
            [sam, "build", *arguments, "--parameter-overrides", *overrides],
            "The layer could not be built",
            environment,
        )
    return folder


def wrong_files(layer: Path) -> Iterator[str]:
    """Compiled modules for another processor or another Python."""
    modules = sorted(layer.rglob("*.so*"))
    if not modules:
        yield "there is no compiled module"
    tag = f".cpython-{VERSION.replace('.', '')}-aarch64-linux-gnu.so"
    for each in modules:
        header = each.read_bytes()[:20]
        if header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != _MACHINE:
            yield f"{each.relative_to(layer)} is not for {ARCHITECTURE}"
        elif not each.name.endswith((tag, ".abi3.so")):
            yield f"{each.relative_to(layer)} is not for Python {VERSION}"


def missing_packages(layer: Path, requirements: Path) -> Iterator[str]:
    """Requirements of the layer's Python that it does not have in exactly the pinned version."""
    packages = distributions(path=[str(layer)])
    found = {canonicalize_name(each.name): each.version for each in packages}
    for line in requirements.read_text().splitlines():
        pin = line.partition("#")[0].strip()
        if not pin:
            continue
        wanted = Requirement(pin)
        if wanted.marker and not wanted.marker.evaluate({"python_version": VERSION}):
            continue
        if str(wanted.specifier) != f"=={found.get(canonicalize_name(wanted.name))}":
            yield f"{pin} is not there"


def wrong_size(layer: Path, most_megabytes: float) -> Iterator[str]:
    """Whether the layer has become too large."""
    if (size := megabytes(layer)) > most_megabytes:
        yield f"it has {size:.1f} MB unpacked, and may have {most_megabytes}"


def megabytes(layer: Path) -> float:
    """The size of all files, in millions of bytes."""
    return sum(each.stat().st_size for each in layer.rglob("*") if each.is_file()) / 1e6


if __name__ == "__main__":
    exit_with_one_sentence(build_and_check)
