"""Watcher: compares what is stored with what the log covers. It does nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indelible.runtime.function import entry_point
from indelible.runtime.observability import observe

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = observe()


@entry_point(logger, metrics, tracer)
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """The Lambda entry point."""
    logger.info("nothing to do")
