"""HTTP: what every function behind the API does with a request before its own work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

from ..accounts.keys import ApiKey, check_key, prefix_of
from ..errors import Forbidden, IndelibleError, NotFound, ValidationFailed
from .answers import error_answer
from .request import Headers, bearer_token, header_values, read_body

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    from ..accounts.keys import Keys


def new_api(logger: Logger, metrics: Metrics) -> APIGatewayRestResolver:
    """An API without routes, which answers errors and counts them."""
    app = APIGatewayRestResolver()

    def refuse(error: IndelibleError) -> Response[str]:
        metrics.add_metric("RequestsRefused", MetricUnit.Count, 1)
        # What is wrong with a request is said in its own words: to its client, not to the log.
        cause = None if isinstance(error, ValidationFailed) else str(error)
        logger.info("refused", extra={"error": type(error).__name__, "cause": cause})
        return error_answer(error)

    app.exception_handler(IndelibleError)(refuse)

    @app.not_found
    def not_found(_: Exception) -> Response[str]:
        return refuse(NotFound("There is nothing at this path and method of the API."))

    return app


def authorize(app: APIGatewayRestResolver, logger: Logger, keys: Keys, scope: str) -> ApiKey:
    """The caller's key, if it has the scope and the request comes from where it may.

    Unauthenticated or Forbidden otherwise.
    """
    secret = bearer_token(request_headers(app))
    key = check_key(secret, keys.find(prefix_of(secret)))
    logger.append_keys(workspace_id=key.workspace_id)
    key.policy.admit(app.current_event.request_context.identity.source_ip)
    if scope not in key.scopes:
        raise Forbidden(f"This API key lacks the scope {scope}.")
    return key


def received_at(app: APIGatewayRestResolver) -> int:
    """When the gateway took the request, in microseconds: all functions share its clock."""
    return app.current_event.request_context.request_time_epoch * 1_000


def request_headers(app: APIGatewayRestResolver) -> Headers:
    """All headers as they came; Powertools keeps only one of two that differ in case."""
    headers: Headers = app.current_event.raw_event.get("multiValueHeaders") or {}
    return headers


def read_request(app: APIGatewayRestResolver) -> object:
    """The JSON value of the request's body."""
    event = app.current_event
    return read_body(event.body, request_headers(app), is_base64=bool(event.is_base64_encoded))


def query_parameters(app: APIGatewayRestResolver) -> dict[str, str]:
    """The parameters of the query. ValidationFailed when one is there twice."""
    many: dict[str, list[str]] = (
        app.current_event.raw_event.get("multiValueQueryStringParameters") or {}
    )
    for name, values in many.items():
        if len(values) > 1:
            raise ValidationFailed(f"{name[:64]!r} may be given only once.")
    return {name: value for name, [value] in many.items()}


def public_url(app: APIGatewayRestResolver) -> str:
    """The URL of the request as its client wrote it, without the query.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    context = app.current_event.raw_event["requestContext"]
    came_over = header_values(request_headers(app), "x-forwarded-proto")
    scheme = "http" if came_over == ["http"] else "https"
    return f"{scheme}://{context['domainName']}{context['path'].rstrip('/')}"
