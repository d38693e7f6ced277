"""`make invoke` and `sam_invoke` say what they need; they need no running stack for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.local.failure import LocalStackError
from tools.local.invoke import read_arguments
from tools.local.settings import ROOT

SAMPLES = "events/ingest-batch.json, events/ingest-ndjson.json, events/ingest-single.json"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ingest", ""], f"Name an EVENT. The samples of ingest are {SAMPLES}."),
        (["ingest"], f"Name an EVENT. The samples of ingest are {SAMPLES}."),
        (["ingest", "none.json"], "EVENT none.json cannot be read: No such file or directory."),
        (["ingest", str(ROOT)], f"EVENT {ROOT} cannot be read: Is a directory."),
        (["frob", "events/ingest-batch.json"], "FUNCTION is 'frob'; the functions are checkpoint,"),
        (["", ""], "Usage: make invoke ANYTHING\nThe functions are checkpoint, exporter,"),
        (["ingest", "a", "b"], "Usage: make invoke ANYTHING\n"),
        ([], "Usage: make invoke ANYTHING\n"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_may_be(arguments: list[str], sentence: str) -> None:
    with pytest.raises(LocalStackError) as refused:
        read_arguments(arguments, "make invoke ANYTHING")
    assert str(refused.value).startswith(sentence)


def test_a_page_as_event_is_no_json_and_the_samples_are_named() -> None:
    with pytest.raises(LocalStackError, match=r"README\.md is not JSON") as refused:
        read_arguments(["ingest", str(ROOT / "README.md")], "make invoke ANYTHING")
    assert str(refused.value).endswith(f"The samples of ingest are {SAMPLES}.")


@pytest.mark.parametrize("module", ["invoke", "sam_invoke"])
def test_without_arguments_the_usage_is_shown(module: str) -> None:
    command = [sys.executable, "-m", f"tools.local.{module}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Usage: ")
