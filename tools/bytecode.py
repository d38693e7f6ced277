"""Compiles what `sam build` made, so that a function's first start does not have to."""

from pathlib import Path

from tools.local.progress import run, step


def compile_layer(python: str, build_folder: Path) -> None:
    """Put bytecode beside the layer's sources; `python` is of the functions' version.

    Lambda unpacks the layer read-only, so what is not compiled here is compiled at every cold
    start. Unchecked, since packing changes the files' times, by which Python would check it.
    https://docs.python.org/3/reference/import.html#pyc-invalidation
    """
    options = ["--invalidation-mode", "unchecked-hash", "-q", "-j", "0"]
    with step("Compiling the layer"):
        layer = str(build_folder / "CommonLayer")
        run([python, "-m", "compileall", *options, layer], "The layer could not be compiled")
