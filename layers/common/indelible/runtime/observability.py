"""Logs, metrics and traces. None of them ever sees a key or an event's content."""

from aws_lambda_powertools import Logger, Metrics, Tracer


def observe() -> tuple[Logger, Metrics, Tracer]:
    """A function's logger, metrics and tracer, to be made once; they take their settings from
    the environment (`POWERTOOLS_…`).
    """
    return Logger(), Metrics(), Tracer(patch_modules=("botocore",))
