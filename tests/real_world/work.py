"""Services that people work with: code, chat, customers, money."""

from __future__ import annotations

from .shapes import Event, Source, from_milliseconds, from_seconds


def github(source: Source) -> Event:
    """GitHub's audit log; numeric ids, times in milliseconds."""
    return {
        "actor_id": source["actor_id"],
        "actor_name": source["actor"],
        "action": source["action"],
        "action_category": source["operation_type"],
        "resource": "repository",
        "resource_id": source["repo_id"],
        "resource_name": source["repo"],
        "occurred_at": from_milliseconds(source["@timestamp"]),
        "tenant_id": source["org_id"],
        "idempotency_key": source["_document_id"],
        "ip_address": source["actor_ip"],
        "user_agent": source["user_agent"],
        "metadata": source,
    }


def gitlab(source: Source) -> Event:
    """GitLab's audit events; numeric ids, times with an offset."""
    details = source["details"]
    return {
        "actor_id": source["author_id"],
        "actor_name": details["author_name"],
        "action": f"{source['entity_type'].lower()}.{details['change']}",
        "resource": source["entity_type"],
        "resource_id": source["entity_id"],
        "resource_name": details["entity_path"],
        "targets": [{"type": details["target_type"], "id": details["target_id"]}],
        "occurred_at": source["created_at"],
        "idempotency_key": f"gitlab/{source['id']}",
        "ip_address": details["ip_address"],
        "metadata": source,
    }


def atlassian(source: Source) -> Event:
    """Atlassian organizations."""
    attributes = source["attributes"]
    return {
        "actor_id": attributes["actor"]["id"],
        "actor_name": attributes["actor"]["name"],
        "action": attributes["action"],
        "targets": [
            {"type": each["type"], "id": each["id"], "metadata": each["attributes"]}
            for each in attributes["context"]
        ],
        "occurred_at": attributes["time"],
        "tenant_id": attributes["container"][0]["id"],
        "idempotency_key": source["id"],
        "ip_address": attributes["location"]["ip"],
        "metadata": source,
    }


def slack(source: Source) -> Event:
    """Slack's audit logs; a numeric session, times in seconds."""
    user, file = source["actor"]["user"], source["entity"]["file"]
    return {
        "actor_id": user["id"],
        "actor_name": user["name"],
        "actor_type": source["actor"]["type"],
        "action": source["action"],
        "resource": source["entity"]["type"],
        "resource_id": file["id"],
        "resource_name": file["name"],
        "occurred_at": from_seconds(source["date_create"]),
        "session_id": source["context"]["session_id"],
        "tenant_id": source["context"]["location"]["id"],
        "idempotency_key": source["id"],
        "ip_address": source["context"]["ip_address"],
        "user_agent": source["context"]["ua"],
        "metadata": source,
    }


def salesforce(source: Source) -> Event:
    """Salesforce's SetupAuditTrail; offsets without a colon."""
    return {
        "actor_id": source["CreatedById"],
        "action": source["Action"],
        "action_category": source["Section"],
        "occurred_at": source["CreatedDate"],
        "idempotency_key": source["Id"],
        "metadata": source,
    }


def zoom(source: Source) -> Event:
    """Zoom's operation logs; an event has no id."""
    return {
        "actor_id": source["operator"],
        "action": f"{source['category_type']}.{source['action']}",
        "occurred_at": source["time"],
        "metadata": source,
    }


def pagerduty(source: Source) -> Event:
    """PagerDuty's audit records."""
    actor, root = source["actors"][0], source["root_resource"]
    return {
        "actor_id": actor["id"],
        "actor_name": actor["summary"],
        "actor_type": actor["type"],
        "action": f"{root['type'].removesuffix('_reference')}.{source['action']}",
        "resource": root["type"],
        "resource_id": root["id"],
        "resource_name": root["summary"],
        "targets": [
            {"type": each["type"], "id": each["id"], "metadata": []}
            for reference in source["details"]["references"]
            for each in reference["added"]
        ],
        "occurred_at": source["execution_time"],
        "idempotency_key": source["id"],
        "ip_address": source["execution_context"]["remote_address"],
        "metadata": source,
    }


def stripe(source: Source) -> Event:
    """Stripe's events; fractions, times in seconds."""
    thing = source["data"]["object"]
    return {
        "actor_id": source["account"],
        "action": source["type"],
        "resource": thing["object"],
        "resource_id": thing["id"],
        "occurred_at": from_seconds(source["created"]),
        "idempotency_key": source["id"],
        "metadata": source,
    }
