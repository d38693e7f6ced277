"""`indelible version` says which version it is, and which verify.html comes with it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from indelible import __version__
from integration.command_line import run


def test_the_version_is_printed() -> None:
    assert run("version").stdout == f"indelible {__version__}\n" == run("--version").stdout


def test_the_hash_of_the_verifier_is_that_of_the_file_it_names() -> None:
    digest, _, path = run("version", "--verifier").stdout.strip().partition("  ")
    content = Path(path).read_bytes()
    assert digest == sha256(content).hexdigest()
    assert content.startswith(b"<!doctype html>")
