"""Applications record while they are killed and the stack restarts: each event is chained once."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from drills.rehearsal import Rehearsal, did, prove, prove_exit
from tools.local import emulator
from tools.local.example_apps import COMMANDS, App, build_js_client, differences, make_app

KILLS = int(os.environ.get("INDELIBLE_KILLS", "24"))
"""How often each application is killed."""
RESTARTS = 3
_LONGEST_RUN_SECONDS = 2.0
"""A batch is sent a second after its first event, and when an application starts."""
_KILLED_WHILE_STARTING = 4
"""One in so many is killed while it starts. The others have recorded something."""
_STARTING_SECONDS = 0.5
_LOOK_SECONDS = 0.1
_HIDDEN_SECONDS = "5"
"""Visibility timeout of the queue during the drill; template.yaml has 120 s."""
_NEVER_REACHED = 10_000
_EVENTS_AT_THE_END = 100


def rehearse(rehearsal: Rehearsal) -> None:
    build_js_client()
    stack = rehearsal.target.stack
    with (
        TemporaryDirectory() as folder,
        rehearsal.target.queue_attributes({"VisibilityTimeout": _HIDDEN_SECONDS}),
    ):
        apps = [make_app(language, stack, Path(folder)) for language in COMMANDS]
        with ThreadPoolExecutor(len(apps)) as pool:
            recording = [pool.submit(_record_and_kill, app) for app in apps]
            _restart_in_between(apps, recording)
            for each in recording:
                each.result()
        did(f"The stack was restarted {RESTARTS} times while they recorded.")
        for app in apps:
            _prove_complete(app)


def _record_and_kill(app: App) -> None:
    """Start the application and kill it, again and again. The last time, it ends by itself."""
    chance = Random(app.language)
    for number in range(KILLS):
        process = app.start(_NEVER_REACHED)
        if number % _KILLED_WHILE_STARTING:
            app.await_numbers(process, 1)
            time.sleep(chance.uniform(0, _LONGEST_RUN_SECONDS))
        else:
            time.sleep(chance.uniform(0, _STARTING_SECONDS))
        app.kill(process)
    app.await_end(app.start(_EVENTS_AT_THE_END))


def _restart_in_between(apps: list[App], recording: list[Future[None]]) -> None:
    """Restart the stack RESTARTS times, evenly spread over the kills of all applications."""
    for restart in range(1, RESTARTS + 1):
        due = len(apps) * KILLS * restart // (RESTARTS + 1)
        while sum(app.killed for app in apps) < due and not any(each.done() for each in recording):
            time.sleep(_LOOK_SECONDS)
        emulator.restart()


def _prove_complete(app: App) -> None:
    chained = app.await_chained()
    wrong = differences(app.recorded, app.unsure, chained)
    prove(
        f"{app.language}: killed {app.killed} times, and all {len(app.recorded)} recorded events "
        "are in the chain once and in order",
        not wrong and app.killed == KILLS and len(app.recorded) > KILLS,
        "; ".join(wrong[:5]),
    )
    more = len(chained) - len(app.recorded)
    did(f"{more} more were kept, of which `record` had not returned when the kill came.")
    prove_exit(0, "the chain is valid", "verify", app.workspace_id)
