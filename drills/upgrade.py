"""Upgrading while events are sent: none is lost, though each version meets what the other wrote.

The newer version names its codec `zstd-next`. It reads `zstd` too; the older one knows only that.
While both run, and while the upgrade is rolled back, the older writer fails what it cannot read.
The upgrade that follows chains all of it.
"""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
from urllib.parse import urlsplit

from indelible import codec, zstd

from drills.rehearsal import Rehearsal, did, prove
from load.lag import percentile
from load.run import Run, drain, observed, send, warm_up
from load.target import examine, make_lanes
from tools.local import deployment, settings
from tools.local.failure import LocalStackError
from tools.local.layer import finish_layer

WORKSPACES, CLIENTS, REQUESTS_PER_SECOND = 5, 2, 3.0
CALM_SECONDS = 5
LONGEST_LAG_SECONDS = 120.0
"""Longer than two deployments: while the upgrade is rolled back, its last messages wait."""

STEPS = (("upgraded", True), ("rolled back", False), ("upgraded again", True))
_NEXT = "zstd-next"
_WRITTEN, _READ = b'\nZSTD = "zstd"\n', b"ZLIB: inflate,"
_VARIABLE = b"DRILL"
_HIDDEN_SECONDS = "10"
"""Visibility timeout of the queue during the drill; template.yaml has 120 s. The emulator, unlike
AWS, ends the processes of an updated function during their work. Their messages are delivered again
after this time."""


def rehearse(rehearsal: Rehearsal) -> None:
    port = urlsplit(rehearsal.target.stack.endpoint_url).port or settings.DEFAULT_PORT
    run = Run(make_lanes(rehearsal.target, WORKSPACES, seed=1))
    deployment.build(port)
    warm_up(rehearsal.target, run.lanes[-1], CLIENTS)
    over = threading.Event()
    with (
        rehearsal.target.queue_attributes({"VisibilityTimeout": _HIDDEN_SECONDS}),
        patch.dict(codec._KNOWN, {_NEXT: zstd.decompress}),
        observed(rehearsal.target, run),
        ThreadPoolExecutor(1) as sender,
    ):
        flowing = sender.submit(
            send, rehearsal.target, run, lambda: not over.is_set(), CLIENTS, REQUESTS_PER_SECOND
        )
        try:
            for what, upgraded in STEPS:
                time.sleep(CALM_SECONDS)
                accepted = run.accepted
                undo = _change_what_was_built() if upgraded else _change_nothing
                try:
                    deployment.roll_out(port)
                finally:
                    undo()
                did(f"{run.accepted - accepted} events were accepted while it was {what}.")
                prove(f"every function is {what}", _are_upgraded(rehearsal) == {upgraded})
            time.sleep(CALM_SECONDS)
        finally:
            over.set()
        flowing.result()
        drain(rehearsal.target, run, 2 * LONGEST_LAG_SECONDS)
        findings = examine(rehearsal.target, run.lanes, in_order=True)
    deployment.roll_out(port)
    did(f"Answers: {dict(run.tally.answers)}; unknown fate: {findings.unknown_fate} events.")
    prove(
        f"{run.accepted} events were accepted; none is lost, doubled or out of place",
        run.accepted > 0 and not any(findings.wrong.values()) and not run.tally.unexpected,
        f"{findings} {run.tally.unexpected}",
    )
    given_up = run.tally.given_up - run.tally.cut_short
    prove("no client had to give up", given_up == 0, given_up)
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


def _change_nothing() -> None:
    """Undo nothing: what was built is deployed as it is."""


def _change_what_was_built() -> Callable[[], None]:
    """Give every function new code, a new codec and a new setting. Returns what undoes it."""
    build = settings.LOCAL / "build"
    template = build / "template.yaml"
    [codecs] = build.rglob("indelible/codec.py")
    changed = [template, codecs, *build.glob("*Function/app.py")]
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
        elif file == codecs:
            file.write_bytes(_with_next_codec(before[file]))
        else:
            file.write_bytes(before[file] + b"\n# upgraded\n")
    finish_layer(sys.executable, build)

    def undo() -> None:
        for file, content in before.items():
            file.write_bytes(content)
        finish_layer(sys.executable, build)

    return undo


def _with_next_codec(source: bytes) -> bytes:
    """`codec.py` of the version that writes `zstd-next` and reads `zstd` as well."""
    if source.count(_WRITTEN) != 1 or source.count(_READ) != 1:
        raise LocalStackError("codec.py does not name its codecs as the drill expects.")
    written = source.replace(_WRITTEN, f'\nZSTD = "{_NEXT}"\n'.encode())
    return written.replace(_READ, _READ + b' "zstd": zstd.decompress,')
