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
from support.notes import LOG

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


@pytest.mark.parametrize("buffering", ["-u", "-B"])
def test_output_that_is_cut_off_is_a_sentence(file: Path, tmp_path: Path, buffering: str) -> None:
    """A full disk takes a part of what is written first. Unbuffered, Python does not notice.

    A limit on the size of files stands for the disk.
    """
    program = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9)); {PROGRAM}"
    arguments = ["verify", "--file", str(file), "--json"]
    with (tmp_path / "verdict.json").open("wb") as output:
        done = subprocess.run(
            [sys.executable, buffering, "-c", program, *arguments],
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr.decode() == "The output cannot be written: File too large.\n"
    assert done.returncode == 2, "the verdict could not be given"


@pytest.mark.parametrize("buffering", ["-u", "-B"])
def test_a_file_on_standard_output_is_whole_or_refused(tmp_path: Path, buffering: str) -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from indelible.cli.output import prepare_output\n"
        "from indelible.cli.target import STANDARD_OUTPUT, writing_to\n"
        "prepare_output()\n"
        "with writing_to(STANDARD_OUTPUT, force=False) as stream: stream.write(b'x' * 150_000)"
    )
    with (tmp_path / "chain.ndjson.gz").open("wb") as output:
        done = subprocess.run(
            [sys.executable, buffering, "-c", program],
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert b"IndelibleError: The output cannot be written: File too large." in done.stderr


def test_a_closed_output_is_a_sentence(file: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command("verify", "--file", str(file))],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    expected = "The output cannot be written: standard output is closed.\n"
    assert done.stderr.decode() == expected


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "JSON"])
def test_a_reader_that_has_enough_is_no_failure_to_speak_of(file: Path, options: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)  # before it writes, however slow this process is
    try:
        done = subprocess.run(
            command("verify", "--file", str(file), *options),
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


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
    assert other.stderr.startswith(b"Standard input is not an export. Give a file that")


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--file", "-"),
        ("verify", "--proof", "-", "--key", LOG.key.text),
        ("receipts", "check", "-", "--key", LOG.key.text),
    ],
)
def test_a_closed_input_is_a_sentence(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_x")
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *command(*arguments)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.decode() == "Standard input cannot be read: it is closed.\n"


def test_a_question_that_nobody_can_answer_is_a_sentence() -> None:
    program = "from indelible.cli.output import confirm; confirm('Delete it?')"
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", sys.executable, "-c", program],
        capture_output=True,
        check=False,
    )
    assert b"IndelibleError: Standard input is closed. Use --yes" in done.stderr
