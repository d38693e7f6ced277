"""Logs, metrics and traces. None of them ever contains a key or an event's content."""

import json
from functools import partial

from aws_lambda_powertools import Logger, Metrics, Tracer

_in_ascii = partial(json.dumps, default=str, separators=(",", ":"))
"""Log lines are ASCII: U+2028 ends a line in some readers, and U+009B controls terminals."""


def observe() -> tuple[Logger, Metrics, Tracer]:
    """Make a function's logger, metrics and tracer. Call it once.

    They read their settings from the environment (`POWERTOOLS_…`).
    """
    return Logger(json_serializer=_in_ascii), Metrics(), Tracer(patch_modules=("botocore",))
