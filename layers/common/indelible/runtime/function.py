"""Functions: reads the settings at the start, and wraps the handler with logs and metrics."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import MissingSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from aws_lambda_powertools import Logger, Metrics, Tracer
    from aws_lambda_powertools.utilities.typing import LambdaContext

    Handler = TypeVar("Handler", bound=Callable[[dict[str, Any], LambdaContext], Any])
    Settings = TypeVar("Settings", bound=DataclassInstance)


def read_settings(kind: type[Settings], environment: Mapping[str, str]) -> Settings:
    """The settings in an environment: the field `table_name` is the variable `TABLE_NAME`.

    `kind` is a dataclass of strings. A field with a default may be absent or empty. MissingSettings
    names every other variable that is.
    """
    found = {field.name: environment.get(field.name.upper(), "") for field in fields(kind)}
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    if missing := [name.upper() for name in needed if not found[name]]:
        raise MissingSettings(f"The environment lacks {', '.join(missing)}; see template.yaml.")
    return kind(**{name: value for name, value in found.items() if value})


def entry_point(
    logger: Logger, metrics: Metrics, tracer: Tracer, correlation_id_path: str | None = None
) -> Callable[[Handler], Handler]:
    """Decorate a function's handler, so that it logs, counts and is traced.

    Decorate it when all modules are loaded and all clients are made. They live as long as the
    process, so they are excluded from garbage collection.
    """

    def decorate(handler: Handler) -> Handler:
        counted = metrics.log_metrics(capture_cold_start_metric=True)(handler)
        traced = tracer.capture_lambda_handler(capture_response=False)(counted)
        logged: Handler = logger.inject_lambda_context(
            correlation_id_path=correlation_id_path, clear_state=True
        )(traced)
        gc.freeze()
        return logged

    return decorate


def remaining_seconds(context: LambdaContext) -> float:
    """The seconds until Lambda ends the invocation."""
    return context.get_remaining_time_in_millis() / 1_000


def has_time_beyond(context: LambdaContext, spare_seconds: float) -> Callable[[], bool]:
    """A function that returns whether more than these seconds of the invocation are left."""
    return lambda: remaining_seconds(context) > spare_seconds
