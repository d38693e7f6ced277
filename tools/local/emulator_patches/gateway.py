"""Makes API Gateway behave as on AWS: TLS, imported definitions, the URL that was called."""

from http import HTTPStatus
from typing import Any

from ministack import app  # type: ignore[import-not-found,unused-ignore]
from ministack.services import apigateway_v1  # type: ignore[import-not-found,unused-ignore]

ANY = "x-amazon-apigateway-any-method"
"""How a definition writes `ANY`. MiniStack skips it."""


def count_loopback_as_tls() -> None:
    """Treat requests as sent over TLS, because the queues' policies refuse plain HTTP."""
    pin = app.pin_request_origin

    def pin_as_secure(source_ip: str, _secure_transport: bool) -> None:
        pin(source_ip, True)

    app.pin_request_origin = pin_as_secure


def import_whole_apis() -> None:
    """Import gateway responses, binary media types and `ANY` methods of a definition as well."""
    import_api = apigateway_v1._import_rest_api
    matches = apigateway_v1._media_type_matches
    apigateway_v1._OPENAPI_HTTP_METHODS |= {"any"}

    def import_whole(spec: dict[str, Any], base_data: dict[str, Any] | None = None) -> str:
        binary = spec.get("x-amazon-apigateway-binary-media-types", [])
        paths = {
            path: {("any" if method == ANY else method): each for method, each in item.items()}
            for path, item in spec.get("paths", {}).items()
        }
        base = {**(base_data or {}), "binaryMediaTypes": binary}
        api_id: str = import_api({**spec, "paths": paths}, base)
        for name, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
            status, _, body = apigateway_v1._put_gateway_response(api_id, name, response)
            if status != HTTPStatus.CREATED:
                raise ValueError(f"gateway response {name}: {body!r}")
        return api_id

    def matches_also_none(media_type: str | None, binary: list[str] | None) -> bool:
        return bool(matches(media_type or "application/json", binary))

    apigateway_v1._import_rest_api = import_whole
    apigateway_v1._media_type_matches = matches_also_none


def pass_the_called_address() -> None:
    """Pass functions the scheme, the domain and the whole path of the URL that was called."""
    build = apigateway_v1._build_lambda_event_v1

    def build_with_url(api_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(api_id, *args, **kwargs)
        event["headers"].setdefault("x-forwarded-proto", "http")
        event["multiValueHeaders"].setdefault("x-forwarded-proto", ["http"])
        domain = event["headers"].get("host", "")
        event["requestContext"]["domainName"] = domain
        if not domain.startswith(api_id):
            path = event["requestContext"]["path"]
            event["requestContext"]["path"] = f"/_aws/execute-api/{api_id}{path}"
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_url
