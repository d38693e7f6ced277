"""The tests run on the Python that ships, and its layer is checked file by file."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.handlers import ROOT
from support.template import read_template

from tools.local.failure import LocalStackError
from tools.pythons import interpreter, layer
from tools.pythons.interpreter import find

ARM, X86 = 183, 62
PINNED = ROOT / "layers/common/requirements.txt"


def a_program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_python_on_the_search_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path / "shims", "python3.13", "exit 127")
    a_program(tmp_path / "other", "python3.13", "echo 3.12")
    own = a_program(tmp_path / "own", "python3.13", "echo 3.13")
    folders = [tmp_path / each for each in ("none", "shims", "other", "own")]
    monkeypatch.setenv("PATH", ":".join(map(str, folders)))
    assert find("3.13") == own


def test_without_python_and_mmdebstrap_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalStackError, match=r"(?s)Python 3\.13 is not.*apt-get install mmdeb"):
        find("3.13")
    with pytest.raises(LocalStackError, match=r"no release of Debian"):
        find("3.10")


def test_a_python_without_pip_is_not_used(tmp_path: Path) -> None:
    assert not interpreter.is_usable(a_program(tmp_path, "python3.13", "exit 1"), "3.13")
    assert not interpreter.is_usable(tmp_path / "none", "3.13")


def test_the_layer_is_built_for_the_default_deployment() -> None:
    parameters = read_template()["Parameters"]
    assert parameters["Runtime"]["Default"] == f"python{layer.VERSION}"
    assert parameters["Architecture"]["Default"] == layer.ARCHITECTURE
    assert f"python{layer.VERSION}" in (ROOT / "tools" / "deploy.py").read_text()


def a_layer(folder: Path, machine: int = ARM, tag: str = "cpython-313-aarch64-linux-gnu") -> Path:
    """A layer with one compiled module, and all packages as pinned."""
    header = b"\x7fELF".ljust(18, b"\0") + machine.to_bytes(2, "little")
    (folder / "msgspec").mkdir(parents=True)
    (folder / "msgspec" / f"_core.{tag}.so").write_bytes(header)
    for line in PINNED.read_text().splitlines():
        name, is_pin, version = line.partition(";")[0].partition("==")
        if is_pin and not line.startswith("#"):
            name = name.partition("[")[0]
            info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    return folder


def test_a_complete_layer_has_no_problem(tmp_path: Path) -> None:
    built = a_layer(tmp_path / "cp313")
    assert [*layer.wrong_files(built), *layer.missing_packages(built, PINNED)] == []
    assert [*layer.wrong_files(a_layer(tmp_path / "abi3", tag="abi3"))] == []


def test_a_layer_for_another_processor_or_python_is_wrong(tmp_path: Path) -> None:
    [processor] = layer.wrong_files(a_layer(tmp_path / "x86", machine=X86))
    assert processor.endswith("is not for arm64")
    [version] = layer.wrong_files(a_layer(tmp_path / "311", tag="cpython-311-aarch64-linux-gnu"))
    assert version.endswith("is not for Python 3.13")
    (tmp_path / "empty").mkdir()
    assert [*layer.wrong_files(tmp_path / "empty")] == ["there is no compiled module"]


def test_a_layer_without_a_package_or_with_another_version_is_wrong(tmp_path: Path) -> None:
    built = a_layer(tmp_path / "layer")
    [info] = built.glob("msgspec-*.dist-info")
    (info / "METADATA").write_text("Name: msgspec\nVersion: 0.1.0\n")
    [problem] = layer.missing_packages(built, PINNED)
    assert problem.startswith("msgspec==")
