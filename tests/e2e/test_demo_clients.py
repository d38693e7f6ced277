"""`make demo-clients` shows what it promises."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tools.local.demo_clients import EVENTS_AT_THE_END, EVENTS_BEFORE_EACH_KILL
from tools.local.settings import ROOT

LEAST = sum(EVENTS_BEFORE_EACH_KILL) + EVENTS_AT_THE_END
"""An application goes on until its kill arrives, which is later on a busy machine."""

EACH_APPLICATION = re.compile(
    r"(Python|JavaScript)\n(?:.*\n)*?"
    r"  recorded      (\d+) events\n"
    r"  killed        2 times\n"
    r"  in the chain  (\d+) events, each once, in order\n"
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
    shown = EACH_APPLICATION.findall(ended.stdout)
    assert [language for language, _, _ in shown] == ["Python", "JavaScript"]
    for _, recorded, chained in shown:
        assert int(recorded) >= LEAST
        assert 0 <= int(chained) - int(recorded) <= len(EVENTS_BEFORE_EACH_KILL)
