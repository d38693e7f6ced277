"""Makes a folder with a small Debian, for the Python of its release.

Nothing runs inside that folder. A script starts its Python on this machine, with the C library of
the folder. So tests find the programs of this machine, such as Java, and need no mounts.
"""

import shutil
import subprocess
from pathlib import Path

from tools.local.failure import LocalStackError
from tools.local.progress import run, step

RELEASES = {"3.9": "bullseye", "3.11": "bookworm", "3.13": "trixie", "3.14": "forky"}
"""The release of Debian whose default Python has the version."""

_FIRST_WITH_ARGV0 = 12
"""The first release whose dynamic loader can set the path of the program: glibc 2.33."""

_C_LIBRARY = {"libc", "libdl", "libm", "libpthread", "libresolv", "librt", "libutil"}
"""The libraries of glibc that programs name."""

_SCRIPT = """#!/bin/sh
exec {loader} --argv0 "$0" --library-path {libraries} {program} "$@"
"""


def make_root(version: str, root: Path) -> Path:
    """The folder's interpreter. The folder is made if it is not there, or was made elsewhere."""
    python = root / "usr" / "bin" / f"python{version}"
    stamp = root.with_name("made")
    if not stamp.is_file() or stamp.read_text() != str(root):
        release = RELEASES[version]
        with step(f"Unpacking Python {version} from Debian {release}"):
            shutil.rmtree(root, ignore_errors=True)
            root.parent.mkdir(parents=True, exist_ok=True)
            packages = f"python{version},python{version}-venv,python3-pip,ca-certificates"
            command = [
                "mmdebstrap",
                "--variant=minbase",
                f"--include={packages}",
                # The index of a release in preparation may have expired on a mirror.
                '--aptopt=Acquire::Check-Valid-Until "false"',
                release,
                str(root),
                *mirrors(),
            ]
            run(command, f"Debian {release} could not be unpacked")
            _make_startable(root, python)
        stamp.write_text(str(root))
    return python


def mirrors() -> list[str]:
    """The mirrors of Debian that this machine uses; empty for the default of mmdebstrap."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    wanted = ["Created-By: Packages", "Origin: Debian", "Label: Debian"]
    listed = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)
    return sorted(set(listed.stdout.split()))[:1]


def _make_startable(root: Path, python: Path) -> None:
    """Replace the interpreter by a script that starts it with libraries of the folder.

    Python takes its place from the path of the script, so it finds its modules and `pyvenv.cfg`.
    """
    found = sorted((root / "lib").glob("*/ld-linux*.so.*"))
    if not found:
        raise LocalStackError(f"There is no dynamic loader in {root}.")
    loader, libraries = found[0], found[0].parent
    if _release(root) < _FIRST_WITH_ARGV0:
        loader, libraries = _link_libraries(root, loader)
    program = python.with_name(f"{python.name}.program")
    python.rename(program)
    python.write_text(_SCRIPT.format(loader=loader, libraries=libraries, program=program))
    python.chmod(0o755)


def _release(root: Path) -> int:
    """The number of the Debian release in a folder. A release in preparation has none."""
    version = (root / "etc" / "debian_version").read_text().partition(".")[0]
    return int(version) if version.strip().isdigit() else 99


def _link_libraries(root: Path, loader: Path) -> tuple[Path, Path]:
    """This machine's loader, and a folder of links to the libraries without the C library.

    An old loader cannot set the path of the program. The C library of this machine is newer than
    the folder's, so it can replace it.
    """
    links = root / "libraries"
    links.mkdir()
    for folder in (root / "usr" / "lib" / loader.parent.name, loader.parent):
        for library in folder.glob("*.so.*"):
            name = library.name.partition(".so")[0]
            if name not in _C_LIBRARY and not (links / library.name).exists():
                (links / library.name).symlink_to(library.resolve())
    return Path("/") / loader.relative_to(root), links
