"""Upgrading while events are sent: none is lost, and none waits for a minute."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from drills.rehearsal import Rehearsal, did, prove
from load.lag import percentile
from load.run import Run, drain, observed, send, warm_up
from load.target import examine, make_lanes
from tools.local import deployment, settings
from tools.local.failure import LocalStackError

WORKSPACES, CLIENTS, REQUESTS_PER_SECOND = 5, 2, 3.0
CALM_SECONDS = 5
LONGEST_LAG_SECONDS = 60.0
_VARIABLE = b"DRILL"
_HIDDEN_SECONDS = "10"
"""Visibility timeout of the queue during the drill; template.yaml has 120 s. The emulator, unlike
AWS, ends the processes of an updated function during their work. Their messages are delivered again
after this time."""


def rehearse(rehearsal: Rehearsal) -> None:
    port = urlsplit(rehearsal.target.stack.endpoint_url).port or settings.DEFAULT_PORT
    run = Run(make_lanes(rehearsal.target, WORKSPACES, seed=1))
    deployment.build(port)
    undo = _change_what_was_built()
    warm_up(rehearsal.target, run.lanes[-1], CLIENTS)
    over = threading.Event()
    with (
        rehearsal.target.queue_attributes({"VisibilityTimeout": _HIDDEN_SECONDS}),
        observed(rehearsal.target, run),
        ThreadPoolExecutor(1) as sender,
    ):
        flowing = sender.submit(
            send, rehearsal.target, run, lambda: not over.is_set(), CLIENTS, REQUESTS_PER_SECOND
        )
        try:
            for what, upgraded in (("upgraded", True), ("rolled back", False)):
                time.sleep(CALM_SECONDS)
                accepted = run.accepted
                deployment.roll_out(port)
                did(f"{run.accepted - accepted} events were accepted while it was {what}.")
                prove(f"every function is {what}", _are_upgraded(rehearsal) == {upgraded})
                undo()
            time.sleep(CALM_SECONDS)
        finally:
            over.set()
        flowing.result()
        drain(rehearsal.target, run, 2 * LONGEST_LAG_SECONDS)
    findings = examine(rehearsal.target, run.lanes, in_order=True)
    did(f"Answers: {dict(run.tally.answers)}; unknown fate: {findings.unknown_fate} events.")
    prove(
        f"{run.accepted} events were accepted; none is lost, doubled or out of place",
        run.accepted > 0 and not any(findings.wrong.values()) and not run.tally.unexpected,
        f"{findings} {run.tally.unexpected}",
    )
    prove("no client had to give up", run.tally.given_up == 0, run.tally.given_up)
    longest = percentile(run.lags.seconds, 1.0)
    prove(
        f"the longest lag was {longest:.1f} s (half were under "
        f"{percentile(run.lags.seconds, 0.5):.1f} s)",
        longest < LONGEST_LAG_SECONDS,
        f"The limit is {LONGEST_LAG_SECONDS:.0f} s.",
    )


def _are_upgraded(rehearsal: Rehearsal) -> set[bool]:
    """Whether each deployed function has the new setting; one value if all agree."""
    functions, names = rehearsal.target.functions, rehearsal.target.stack.functions
    found = [functions.get_function_configuration(FunctionName=each) for each in names.values()]
    return {_VARIABLE.decode() in each["Environment"]["Variables"] for each in found}


def _change_what_was_built() -> Callable[[], None]:
    """Give every function new code and a new setting. Returns a function that undoes it."""
    build = settings.LOCAL / "build"
    template = build / "template.yaml"
    changed = [template, *build.glob("*Function/app.py")]
    before = {file: file.read_bytes() for file in changed}
    for file in changed:
        if file == template:
            variable = b"POWERTOOLS_LOG_LEVEL: INFO"
            text = before[file]
            if variable not in text:
                raise LocalStackError(f"{settings.shown(file)} does not set {variable.decode()}.")
            indent = text[: text.index(variable)].rpartition(b"\n")[2]
            file.write_bytes(
                text.replace(variable, variable + b"\n" + indent + _VARIABLE + b": upgraded", 1)
            )
        else:
            file.write_bytes(before[file] + b"\n# upgraded\n")

    def undo() -> None:
        for file, content in before.items():
            file.write_bytes(content)

    return undo
