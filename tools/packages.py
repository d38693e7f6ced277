"""`make packages`: what a release consists of besides the repository, in `dist/`.

That is the Python client as a wheel, the JavaScript client as an npm package, and `verify.html`. A
package that is larger than its bound is an error.
"""

import shutil
import sys
from hashlib import sha256

from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console, run, step
from tools.local.settings import ROOT
from tools.verifier_page import TARGET

DIST = ROOT / "dist"
_CLIENTS = ROOT / "clients"
_LARGEST = {".whl": 60_000, ".tgz": 30_000}
"""Bytes, by the ending of the file."""


def build() -> None:
    """Build all of it. LocalStackError if a package cannot be built or is too large."""
    DIST.mkdir(exist_ok=True)
    for old in DIST.glob("indelible*client-*"):
        old.unlink()
    with step("Building the wheel of the Python client"):
        shutil.rmtree(_CLIENTS / "python" / "build", ignore_errors=True)  # it may have old modules
        command = [sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps"]
        run([*command, "--wheel-dir", str(DIST), str(_CLIENTS / "python")], "No wheel was built")
    with step("Building the package of the JavaScript client"):
        js = str(_CLIENTS / "js")
        pack = ["npm", "pack", js, "--pack-destination", str(DIST), "--prefix", js]
        run(pack, "No npm package was built")
    for package in sorted(DIST.glob("indelible*client-*")):
        size, largest = package.stat().st_size, _LARGEST[package.suffix]
        console.print(f"dist/{package.name}: {size:,} bytes of at most {largest:,}")
        if size > largest:
            raise LocalStackError(f"{package.name} is larger than {largest:,} bytes.")
    page = TARGET.read_bytes()
    (DIST / TARGET.name).write_bytes(page)
    console.print(f"dist/{TARGET.name}: SHA-256 {sha256(page).hexdigest()}", soft_wrap=True)


if __name__ == "__main__":
    exit_with_one_sentence(build)
