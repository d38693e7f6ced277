"""Unpacks packages of a Debian release without installing them.

Nothing of this machine's packages changes, and nobody has to be root. The packages must not need
others, or the caller names these too.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.local.failure import LocalStackError
from tools.local.progress import run
from tools.pythons.debian import mirrors

_MIRROR = "http://deb.debian.org/debian/"


def unpack(release: str, names: Sequence[str], folder: Path) -> Path:
    """Unpack packages of a release. Returns the folder that has their `usr`.

    A name is a package, or the beginning of a dependency of one: `golang-go/golang-1.` is the
    dependency of golang-go that begins with `golang-1.`. LocalStackError if one is not there.
    """
    for each in ("lists/partial", "packages"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    sources, status = folder / "sources.list", folder / "status"
    mirror = next(iter(mirrors()), _MIRROR)
    sources.write_text(f"deb {mirror} {release} main\n")
    status.write_text("")
    settings = {
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": status,
        "Dir::Cache": folder,
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        # The index of a release in preparation may have expired on a mirror.
        "Acquire::Check-Valid-Until": "false",
    }
    options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    failure = f"Debian {release} could not be read"
    run(["apt-get", *options, "-qq", "update"], failure)
    packages = [_dependency(each, options) if "/" in each else each for each in names]
    inside = ["sh", "-ec", 'cd "$0"; exec "$@"', str(folder / "packages")]
    download = ["apt-get", *options, "-qq", "download", *packages]
    run([*inside, *download], "Packages of Debian could not be downloaded")
    for package in sorted((folder / "packages").glob("*.deb")):
        command = ["dpkg", "-x", str(package), str(folder / "root")]
        run(command, f"{package.name} could not be unpacked")
    return folder / "root"


def _dependency(name: str, options: Sequence[str]) -> str:
    package, _, beginning = name.partition("/")
    command = ["apt-cache", *options, "depends", "--important", package]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    found = (line.split()[-1] for line in listed.stdout.splitlines() if "Depends:" in line)
    chosen = next((each for each in found if each.startswith(beginning)), None)
    if chosen is None:
        raise LocalStackError(f"Debian's {package} depends on nothing like {beginning}.")
    return chosen
