"""Compiles the output of `sam build`, so that a function's first start is faster."""

from pathlib import Path

from tools.local.progress import run, step


def compile_layer(python: str, build_folder: Path) -> None:
    """Write bytecode beside the layer's sources. `python` has the version of the functions.

    Lambda mounts the layer read-only, so every cold start would compile the sources again. Python
    must not compare the bytecode with the times of the sources, because packing changes these.
    https://docs.python.org/3/reference/import.html#pyc-invalidation
    """
    options = ["--invalidation-mode", "unchecked-hash", "-q", "-j", "0"]
    with step("Compiling the layer"):
        layer = str(build_folder / "CommonLayer")
        run([python, "-m", "compileall", *options, layer], "The layer could not be compiled")
