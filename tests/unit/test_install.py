"""Packages are installed by uv; by pip, with a word about it, where uv is not there or fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.install import install, installers
from tools.local.settings import ROOT


def a_program(folder: Path, name: str, status: int) -> list[str]:
    """A command that appends its name and its arguments to the file `ran`, then ends."""
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> {folder}/ran\nexit {status}\n')
    program.chmod(0o755)
    return [str(program)]


def test_what_uv_installs_is_not_installed_again(tmp_path: Path) -> None:
    commands = [a_program(tmp_path, "uv", 0), a_program(tmp_path, "pip", 0)]
    assert install(commands, ["--requirement", "dev.txt"])
    assert (tmp_path / "ran").read_text() == "uv --requirement dev.txt\n"


def test_what_uv_cannot_install_pip_installs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commands = [a_program(tmp_path, "uv", 2), a_program(tmp_path, "pip", 0)]
    assert install(commands, ["--requirement", "dev.txt"])
    assert (tmp_path / "ran").read_text().splitlines()[-1] == "pip --requirement dev.txt"
    assert capfd.readouterr().err == "uv could not install the packages; trying pip.\n"


def test_it_fails_only_when_both_fail(tmp_path: Path) -> None:
    assert not install([a_program(tmp_path, "uv", 2), a_program(tmp_path, "pip", 1)], [])


def test_pip_alone_is_used_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    [with_pip] = installers("an/interpreter")
    assert with_pip[1:5] == ["-m", "pip", "--python", "an/interpreter"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").touch()
    with_uv, second = installers("an/interpreter")
    assert (with_uv[0], second) == (str(tmp_path / "bin" / "uv"), with_pip)


def test_uv_is_pinned_by_the_hashes_of_its_files() -> None:
    lines = (ROOT / "requirements" / "uv.txt").read_text().replace("\\\n", "").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin.split()[0].partition("==")[0] for pin in pins] == ["uv"]
    assert all("--hash=sha256:" in pin for pin in pins)
