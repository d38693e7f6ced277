"""Identity providers."""

from __future__ import annotations

from .shapes import Event, Source, from_milliseconds


def okta(source: Source) -> Event:
    """Okta's System Log; `version` is text, so it stays in metadata."""
    return {
        "actor_id": source["actor"]["id"],
        "actor_name": source["actor"]["displayName"],
        "actor_type": source["actor"]["type"],
        "action": source["eventType"],
        "targets": [
            {
                "type": each["type"],
                "id": each["id"],
                "name": each["displayName"],
                "metadata": each["detailEntry"],
            }
            for each in source["target"]
        ],
        "occurred_at": source["published"],
        "session_id": source["authenticationContext"]["externalSessionId"],
        "idempotency_key": source["uuid"],
        "ip_address": source["client"]["ipAddress"],
        "user_agent": source["client"]["userAgent"]["rawUserAgent"],
        "metadata": source,
    }


def auth0(source: Source) -> Event:
    """Auth0's logs; types are codes such as `fp`."""
    return {
        "actor_id": source["user_id"],
        "actor_name": source["user_name"],
        "action": f"auth0.{source['type']}",
        "resource": "client",
        "resource_id": source["client_id"],
        "resource_name": source["client_name"],
        "occurred_at": source["date"],
        "tenant_id": source["tenant_name"],
        "idempotency_key": source["log_id"],
        "ip_address": source["ip"],
        "user_agent": source["user_agent"],
        "metadata": source,
    }


def keycloak(source: Source) -> Event:
    """Keycloak's admin events; times in milliseconds, the change as JSON in a string."""
    return {
        "actor_id": source["authDetails"]["userId"],
        "action": f"{source['resourceType']}.{source['operationType']}",
        "resource": source["resourceType"],
        "resource_id": source["resourcePath"],
        "occurred_at": from_milliseconds(source["time"]),
        "tenant_id": source["realmName"],
        "idempotency_key": source["id"],
        "ip_address": source["authDetails"]["ipAddress"],
        "metadata": source,
    }
