"""Output that cannot be written, and characters that it cannot carry: a sentence, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from indelible.filters import read_filters
from support.builders import a_chain
from support.export_lines import lines_of as export_lines
from support.export_lines import packed

PROGRAM = "from indelible.cli import main; main()"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export with a filter whose text has characters beyond ASCII."""
    path = tmp_path / "chain.ndjson.gz"
    path.write_bytes(packed(export_lines(a_chain(12, 3), read_filters({"actor_id": "Zoë 🚀"}))))
    return path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *arguments]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["verify", "-h"]])
def test_a_full_disk_is_a_sentence_for_help_too(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    [sentence] = done.stderr.decode().splitlines()
    assert "No space left on device" in sentence


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_full_disk_is_a_sentence(file: Path, as_json: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("verify", "--file", str(file), *as_json),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2, "the verdict could not be given"
    assert done.stderr.decode() == "The output cannot be written: No space left on device.\n"


def test_a_closed_output_is_a_sentence(file: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command("verify", "--file", str(file))],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    expected = "The output cannot be written: standard output is closed.\n"
    assert done.stderr.decode() == expected


def test_a_reader_that_has_enough_is_no_failure_to_speak_of(file: Path) -> None:
    with subprocess.Popen(
        command("verify", "--file", str(file)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "Zoë 🚀"), ("cp1252", "Zoë \\U0001f680"), ("ascii", "Zo\\xeb \\U0001f680")],
)
def test_characters_that_the_output_cannot_carry_are_escaped(
    file: Path, encoding: str, shown: str
) -> None:
    done = subprocess.run(
        command("verify", "--file", str(file)),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert f"actor_id '{shown}'" in done.stdout.decode(encoding)


def test_standard_input_is_verified(file: Path) -> None:
    done = subprocess.run(
        command("verify", "--file", "-"), input=file.read_bytes(), capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"is valid: 12 records" in done.stdout
    other = subprocess.run(
        command("verify", "--file", "-"), input=b"other", capture_output=True, check=False
    )
    assert other.returncode == 2
    assert other.stderr.startswith(b"Standard input is not an export file")
