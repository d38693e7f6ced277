"""Cloud providers."""

from __future__ import annotations

from .shapes import Event, Source, from_nanoseconds, in_documented_utc


def cloudtrail(source: Source) -> Event:
    """AWS CloudTrail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/."""
    identity = source["userIdentity"]
    return {
        "actor_id": identity["arn"],
        "actor_type": identity["type"],
        "action": f"{source['eventSource'].partition('.')[0]}.{source['eventName']}",
        "targets": [{"type": each["type"], "id": each["ARN"]} for each in source["resources"]],
        "occurred_at": source["eventTime"],
        "tenant_id": source["recipientAccountId"],
        "idempotency_key": source["eventID"],
        "ip_address": source["sourceIPAddress"],
        "user_agent": source["userAgent"],
        "metadata": source,
    }


def identity_center(source: Source) -> Event:
    """AWS IAM Identity Center, through CloudTrail; its users have no ARN."""
    identity = source["userIdentity"]
    return {
        "actor_id": identity["onBehalfOf"]["userId"],
        "actor_name": source["additionalEventData"]["UserName"],
        "actor_type": identity["type"],
        "action": f"signin.{source['eventName']}",
        "occurred_at": source["eventTime"],
        "session_id": identity["credentialId"],
        "tenant_id": identity["accountId"],
        "idempotency_key": source["eventID"],
        "ip_address": source["sourceIPAddress"],
        "user_agent": source["userAgent"],
        "metadata": source,
    }


def google_cloud(source: Source) -> Event:
    """Google Cloud Audit Logs; times have nanoseconds."""
    audit = source["protoPayload"]
    return {
        "actor_id": audit["authenticationInfo"]["principalEmail"],
        "action": audit["methodName"],
        "action_category": audit["serviceName"],
        "resource": source["resource"]["type"],
        "resource_id": audit["resourceName"],
        "targets": [
            {"type": "permission", "id": each["permission"], "metadata": each}
            for each in audit["authorizationInfo"]
        ],
        "occurred_at": source["timestamp"],
        "tenant_id": source["resource"]["labels"]["project_id"],
        "idempotency_key": source["insertId"],
        "ip_address": audit["requestMetadata"]["callerIp"],
        "user_agent": audit["requestMetadata"]["callerSuppliedUserAgent"],
        "metadata": source,
    }


def azure_activity(source: Source) -> Event:
    """Azure activity log; times have seven fractional digits, as .NET writes them."""
    claims = source["identity"]["claims"]
    return {
        "actor_id": claims["oid"],
        "actor_name": claims["name"],
        "action": source["operationName"],
        "action_category": source["category"],
        "resource_id": source["resourceId"],
        "occurred_at": source["time"],
        "tenant_id": source["tenantId"],
        "ip_address": source["callerIpAddress"],
        "metadata": source,
    }


def microsoft_365(source: Source) -> Event:
    """Microsoft 365 audit records; CreationTime is UTC without a zone."""
    return {
        "actor_id": source["UserId"],
        "action": source["Operation"],
        "action_category": source["Workload"],
        "resource": source["ItemType"],
        "resource_id": source["ObjectId"],
        "resource_name": source["SourceFileName"],
        "occurred_at": in_documented_utc(source["CreationTime"]),
        "tenant_id": source["OrganizationId"],
        "idempotency_key": source["Id"],
        "version": source["Version"],
        "ip_address": source["ClientIP"],
        "user_agent": source["UserAgent"],
        "metadata": source,
    }


def cloudflare_audit(source: Source) -> Event:
    """Cloudflare audit logs."""
    return {
        "actor_id": source["actor"]["id"],
        "actor_name": source["actor"]["email"],
        "actor_type": source["actor"]["type"],
        "action": f"{source['metadata']['name']}.{source['action']['type']}",
        "resource": source["resource"]["type"],
        "resource_id": source["resource"]["id"],
        "occurred_at": source["when"],
        "tenant_id": source["owner"]["id"],
        "idempotency_key": source["id"],
        "ip_address": source["actor"]["ip"],
        "metadata": source,
    }


def cloudflare_http(source: Source) -> Event:
    """Cloudflare HTTP requests: 64 fields, numeric ids, times in nanoseconds."""
    return {
        "actor_id": source["ClientIP"],
        "action": f"http.{source['ClientRequestMethod']}",
        "resource": "url",
        "resource_id": source["ClientRequestURI"],
        "occurred_at": from_nanoseconds(source["EdgeStartTimestamp"]),
        "tenant_id": source["ZoneID"],
        "idempotency_key": source["RayID"],
        "ip_address": source["ClientIP"],
        "user_agent": source["ClientRequestUserAgent"],
        "metadata": source,
    }


def openstack(source: Source) -> Event:
    """CADF (DMTF DSP0262), as OpenStack emits it."""
    who, what = source["initiator"], source["target"]
    return {
        "actor_id": who["id"],
        "actor_type": who["typeURI"],
        "action": source["action"],
        "resource": what["typeURI"],
        "resource_id": what["id"],
        "occurred_at": source["eventTime"],
        "tenant_id": who["project_id"],
        "idempotency_key": source["id"],
        "ip_address": who["host"]["address"],
        "user_agent": who["host"]["agent"],
        "metadata": source,
    }
