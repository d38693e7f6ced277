"""The API: the work that every function behind it does for a request before its own."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

from ..accounts.caller import Caller
from ..accounts.keys import READ, check_key, prefix_of
from ..accounts.viewer_token import check_maker, looks_like_token, read_token
from ..errors import (
    Forbidden,
    IndelibleError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    ValidationFailed,
)
from ..json_names import find_repeated, path_of
from ..times import SECOND
from .request import Headers, bearer_token, header_values, parse_json, plain_body
from .responses import METHODS, error_response

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from ..accounts.keys import Keys
    from ..accounts.viewer_token import TokenKeys

CORRELATION_ID_PATH = "requestContext.extendedRequestId"
"""Where an invocation has the id of its request. A client can choose `requestId`, but not this one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

_MAX_CALLS = 8
"""Maximum calls of a traceback that are logged. The innermost ones are kept."""


def new_api(logger: Logger, metrics: Metrics) -> APIGatewayRestResolver:
    """An API without routes. It responds to every error, even an unexpected one, and counts it.

    Its routes are the resources of API Gateway as template.yaml has them: `/v1/events/{event_id}`.
    """
    app = APIGatewayRestResolver()

    def refuse(error: IndelibleError) -> Response[str]:
        metrics.add_metric("RequestsRefused", MetricUnit.Count, 1)
        # The text of a ValidationFailed quotes the request. It goes to the client, not to the log.
        cause = None if isinstance(error, ValidationFailed) else str(error)
        logger.info("refused", extra={"error": type(error).__name__, "cause": cause})
        return error_response(error)

    def fail(error: Exception) -> Response[str]:
        metrics.add_metric("RequestsFailed", MetricUnit.Count, 1)
        # The text of an unexpected error may quote an event, so only its place is logged.
        cause = str(error) if isinstance(error, InternalError) else None
        logger.error(
            "failed",
            extra={"error": type(error).__name__, "cause": cause, "calls": _calls(error)},
        )
        return error_response(InternalError())

    app.exception_handler(IndelibleError)(refuse)
    app.exception_handler(InternalError)(fail)
    app.exception_handler(Exception)(fail)

    @app.not_found
    def not_found(_: Exception) -> Response[str]:
        allowed = METHODS.get(app.current_event.path, ())
        if allowed and app.current_event.http_method not in allowed:
            return refuse(MethodNotAllowed(allowed))
        return refuse(NotFound("There is nothing at this path of the API."))

    return app


def respond(
    app: APIGatewayRestResolver, logger: Logger, event: dict[str, Any], context: LambdaContext
) -> dict[str, Any]:
    """The response to an invocation, from the route of the resource that API Gateway has chosen.

    Log lines have the address that the request came from. Powertools would route by `path`. That is
    the client's: a custom domain puts its base path before it, and it may contain encoded slashes.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

    HEAD is answered as GET is, without the body. Caches may store only what says that they may.
    """
    logger.append_keys(source_ip=event["requestContext"]["identity"]["sourceIp"])
    method = event["httpMethod"]
    route_method = "GET" if method == "HEAD" else method
    routed = {**event, "path": event["resource"], "httpMethod": route_method}
    response = app.resolve(routed, context)
    response["multiValueHeaders"].setdefault("Cache-Control", ["no-store"])
    return {**response, "body": ""} if method == "HEAD" else response


def is_head(app: APIGatewayRestResolver) -> bool:
    """Whether the method of the request is HEAD, whose route is that of GET."""
    return app.current_event.request_context.http_method == "HEAD"


def path_parameter(app: APIGatewayRestResolver, name: str) -> str:
    """A parameter of the route, such as `event_id`. All ignore case, as UUIDs do (RFC 9562)."""
    value: str = app.current_event.raw_event["pathParameters"][name]
    return value.lower()


def _calls(error: Exception) -> list[str]:
    """The calls that led to an error, innermost last, as `module:line function`; no values."""
    calls = [
        f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return calls[-_MAX_CALLS:]


def authorize(
    app: APIGatewayRestResolver,
    logger: Logger,
    keys: Keys,
    scope: str,
    token_keys: TokenKeys | None = None,
) -> Caller:
    """The caller, if its key is valid and has the scope, and its address is allowed.

    Raises Unauthenticated because of the key, Forbidden because of the scope or the address. After
    it, log lines name the workspace and the key. If the key is refused, they have its prefix, so
    that the log shows who still uses a revoked key.

    With `token_keys`, a viewer token is accepted in place of a key.
    """
    secret = bearer_token(request_headers(app))
    if looks_like_token(secret):
        return _authorize_viewer(app, logger, keys, secret, token_keys)
    prefix = prefix_of(secret)
    logger.append_keys(key_prefix=prefix)
    key = check_key(secret, keys.find(prefix))
    logger.append_keys(workspace_id=key.workspace_id, key_label=key.label)
    key.policy.admit(app.current_event.request_context.identity.source_ip)
    caller = Caller(key.workspace_id, key.prefix, key.policy.limits, key.scopes)
    caller.require(scope)
    return caller


def _authorize_viewer(
    app: APIGatewayRestResolver,
    logger: Logger,
    keys: Keys,
    text: str,
    token_keys: TokenKeys | None,
) -> Caller:
    """The caller with a viewer token, which may only read, and only what the token names.

    The allowlist is for the workspace's own servers; people who look at the viewer are elsewhere.
    """
    if token_keys is None:
        raise Forbidden("A viewer token can only read events. This needs an API key.")
    token = read_token(text, api_id(app), token_keys, received_at(app) // SECOND)
    logger.append_keys(key_prefix=token.key_prefix, token_id=token.id)
    key = check_maker(token, keys.find(token.key_prefix))
    logger.append_keys(workspace_id=key.workspace_id, key_label=key.label)
    scopes, limits = frozenset({READ}), key.policy.limits
    return Caller(key.workspace_id, key.prefix, limits, scopes, token.filters, token.id)


def api_id(app: APIGatewayRestResolver) -> str:
    """The id of the API, which is the same behind a custom domain."""
    found: str = app.current_event.raw_event["requestContext"]["apiId"]
    return found


def received_at(app: APIGatewayRestResolver) -> int:
    """The time when the gateway received the request, in microseconds. All functions use it."""
    return app.current_event.request_context.request_time_epoch * 1_000


def correlation_id(app: APIGatewayRestResolver) -> str:
    """The gateway's own id of the request. Log lines and messages have it."""
    found: str = app.current_event.raw_event["requestContext"]["extendedRequestId"]
    return found


def request_headers(app: APIGatewayRestResolver) -> Headers:
    """All headers as received. Powertools keeps only one of two names that differ in case."""
    headers: Headers = app.current_event.raw_event.get("multiValueHeaders") or {}
    return headers


def read_request(app: APIGatewayRestResolver) -> object:
    """The JSON value of the request's body.

    Raises MalformedBody or PayloadTooLarge, or ValidationFailed when a name is given twice in one
    object.
    """
    value = parse_json(request_body(app))
    if keys := next(find_repeated(value), None):
        raise ValidationFailed(f"`{path_of(keys)}` is given twice.")
    return value


def request_body(app: APIGatewayRestResolver) -> bytes:
    """The request's body after decompression. Raises MalformedBody or PayloadTooLarge."""
    event = app.current_event
    return plain_body(event.body, request_headers(app), is_base64=bool(event.is_base64_encoded))


def query_parameters(app: APIGatewayRestResolver, leave_out: str | None = None) -> dict[str, str]:
    """The query parameters by name. ValidationFailed when one is given twice.

    The parameter `leave_out` is not among them, and may be repeated.
    """
    many = {name: each for name, each in _query(app).items() if name != leave_out}
    for name, values in many.items():
        if len(values) > 1:
            raise ValidationFailed(f"{name[:64]!r} may be given only once.")
    return {name: value for name, [value] in many.items()}


def repeated_parameter(app: APIGatewayRestResolver, name: str) -> list[str]:
    """Every value of a query parameter."""
    return _query(app).get(name, [])


def _query(app: APIGatewayRestResolver) -> dict[str, list[str]]:
    return app.current_event.raw_event.get("multiValueQueryStringParameters") or {}


def public_url(app: APIGatewayRestResolver) -> str:
    """The URL of the request as its client sent it, without the query.

    It has the base path of a custom domain, or the stage of the default endpoint.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    context = app.current_event.raw_event["requestContext"]
    protocols = header_values(request_headers(app), "x-forwarded-proto")
    scheme = "http" if protocols == ["http"] else "https"
    return f"{scheme}://{context['domainName']}{context['path'].rstrip('/')}"
