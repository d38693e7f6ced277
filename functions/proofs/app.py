"""Proofs: returns checkpoint files and proofs of events. It has no route yet, so it answers 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indelible.runtime.function import entry_point
from indelible.runtime.observability import observe
from indelible.web.api import CORRELATION_ID_PATH, new_api, respond

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = observe()
app = new_api(logger, metrics)


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
