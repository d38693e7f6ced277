"""`make demo-clients` shows what it promises."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tools.local.settings import ROOT

EACH_APPLICATION = re.compile(
    r"(Python|JavaScript)\n(?:.*\n)*?"
    r"  recorded      500 events\n"
    r"  killed        2 times\n"
    r"  in the chain  50[0-2] events, each once, in order\n"
    r"(?:.*kill came\n)?"
    r"  the chain is  valid\n"
)


@pytest.mark.restarts  # it brings the stack up to date
def test_the_demo_finds_each_event_of_killed_applications_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.local.demo_clients"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert EACH_APPLICATION.findall(ended.stdout) == ["Python", "JavaScript"]
