"""A command's failure is one sentence and an exit status."""

from __future__ import annotations

import pytest
import typer
from indelible.cli.failure import REFUSED, exit_on_failure


def test_a_file_that_cannot_be_read_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, exit_on_failure(REFUSED):
        raise PermissionError(13, "Permission denied", "chain.gz")
    assert ended.value.exit_code == REFUSED
    assert "chain.gz: Permission denied" in capsys.readouterr().err


def test_a_pipe_whose_reader_has_left_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """`indelible tail WORKSPACE | head -n 3`: click ends such a command quietly."""
    with pytest.raises(BrokenPipeError), exit_on_failure(REFUSED):
        raise BrokenPipeError(32, "Broken pipe")
    assert capsys.readouterr().err == ""
