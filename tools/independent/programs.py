"""Makes programs from packages of Debian, once: Tessera's fsck, and the witness litewitness.

They come from the release in preparation, whose versions change. So CI does without them.
"""

import hashlib
import os
import shutil
from pathlib import Path

from tools.independent.debian_packages import unpack
from tools.local.progress import run, step
from tools.local.settings import LOCAL

_RELEASE = "forky"
_FOLDER = LOCAL / "independent"
_SOURCE = Path(__file__).parent / "fsck"
_GO = ("golang-go/golang-1.", "golang-src/golang-1.")
_LIBRARIES = (
    *("golang-github-transparency-dev-tessera-dev", "golang-github-transparency-dev-merkle-dev"),
    *("golang-github-transparency-dev-formats-dev", "golang-golang-x-mod-dev"),
    *("golang-golang-x-sync-dev", "golang-k8s-klog-dev", "golang-opentelemetry-otel-dev"),
    *("golang-github-cespare-xxhash-v2-dev", "golang-github-go-logr-logr-dev"),
    "golang-github-go-logr-stdr-dev",
)
"""What fsck and its client need of Tessera's dependencies. The package depends on far more."""


def fsck() -> Path:
    """Tessera's check of a whole log, as a program: `fsck FOLDER KEY`. Made in half a minute."""
    program = _FOLDER / "fsck" / "program"
    if _is_made(program, (_SOURCE / "main.go").read_bytes()):
        return program
    with step("Building Tessera's fsck from packages of Debian"):
        root = unpack(_RELEASE, [*_GO, *_LIBRARIES], program.parent)
        [go_root] = (root / "usr" / "lib").glob("go-1.*")
        environment = {
            **os.environ,
            "GOROOT": str(go_root),
            "GOPATH": str(root / "usr" / "share" / "gocode"),
            "GOCACHE": str(program.parent / "cache"),
            "GO111MODULE": "off",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
        }
        go = [str(go_root / "bin" / "go"), "build", "-o", str(program), str(_SOURCE / "main.go")]
        run(go, "Tessera's fsck could not be built", environment)
    _keep_only(program, (_SOURCE / "main.go").read_bytes())
    return program


def litewitness() -> Path:
    """The folder with `litewitness` and `witnessctl`."""
    programs = _FOLDER / "torchwood" / "root" / "usr" / "bin"
    if not (programs / "litewitness").is_file():
        with step("Unpacking litewitness from Debian"):
            unpack(_RELEASE, ["torchwood"], _FOLDER / "torchwood")
    return programs


def _is_made(program: Path, source: bytes) -> bool:
    stamp = program.with_name("made")
    if stamp.is_file() and stamp.read_text() == hashlib.sha256(source).hexdigest():
        return True
    shutil.rmtree(program.parent, ignore_errors=True)
    return False


def _keep_only(program: Path, source: bytes) -> None:
    """Remove what the program was built from, half a gigabyte."""
    for each in program.parent.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
    program.with_name("made").write_text(hashlib.sha256(source).hexdigest())


if __name__ == "__main__":
    print(fsck())
    print(litewitness())
