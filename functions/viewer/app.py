"""Viewer: serves the page on which people read and check events. It calls no service."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from indelible.errors import NotFound
from indelible.runtime.function import entry_point, read_settings
from indelible.runtime.observability import observe
from indelible.web.api import (
    CORRELATION_ID_PATH,
    new_api,
    path_parameter,
    request_headers,
    respond,
)
from indelible.web.viewer_page import viewer_files

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the environment."""

    frame_ancestors: str


settings = read_settings(Settings, os.environ)
logger, metrics, tracer = observe()
files = viewer_files(Path(__file__).parent / "page", settings.frame_ancestors)
app = new_api(logger, metrics)


@app.get("/v1/viewer")
@app.get("/viewer")
def get_page() -> Response[Any]:
    """The page. Its query is the page's own: nothing here reads it."""
    return serve("")


@app.get("/v1/viewer/{file}")
@app.get("/viewer/{file}")
def get_file() -> Response[Any]:
    """A script or the style of the page."""
    return serve(path_parameter(app, "file"))


def serve(name: str) -> Response[Any]:
    """The file with this name."""
    if name not in files:
        raise NotFound("The viewer has no such file.")
    metrics.add_metric("ViewerFilesServed", MetricUnit.Count, 1)
    return files[name].answer(request_headers(app))


@entry_point(logger, metrics, tracer, CORRELATION_ID_PATH)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return respond(app, logger, event, context)
