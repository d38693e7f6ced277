"""Logs, metrics and traces. None of them ever contains a key or an event's content."""

import json
from functools import partial

from aws_lambda_powertools import Logger, Metrics, Tracer

_in_ascii = partial(json.dumps, default=str, separators=(",", ":"))
"""Log lines are ASCII: U+2028 would end a line in some readers, U+009B would command a terminal."""


def observe() -> tuple[Logger, Metrics, Tracer]:
    """A function's logger, metrics and tracer, to be made once.

    They take their settings from the environment (`POWERTOOLS_…`).
    """
    return Logger(json_serializer=_in_ascii), Metrics(), Tracer(patch_modules=("botocore",))
