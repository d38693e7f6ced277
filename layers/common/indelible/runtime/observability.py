"""Logs, metrics and traces. None of them ever sees a key or an event's content."""

import json
from functools import partial

from aws_lambda_powertools import Logger, Metrics, Tracer

_in_ascii = partial(json.dumps, default=str, separators=(",", ":"))
"""Nothing in a line can end it, or command a terminal: U+2028 and U+009B are escaped too."""


def observe() -> tuple[Logger, Metrics, Tracer]:
    """A function's logger, metrics and tracer, to be made once; they take their settings from
    the environment (`POWERTOOLS_…`).
    """
    return Logger(json_serializer=_in_ascii), Metrics(), Tracer(patch_modules=("botocore",))
