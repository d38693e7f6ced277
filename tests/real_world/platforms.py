"""Platforms and hosts: what runs and guards the programs of a company."""

from __future__ import annotations

from .shapes import Event, Source, from_seconds


def kubernetes(source: Source) -> Event:
    """Kubernetes audit.k8s.io/v1; times have microseconds."""
    thing = source["objectRef"]
    return {
        "actor_id": source["user"]["uid"],
        "actor_name": source["user"]["username"],
        "action": f"{thing['resource']}.{source['verb']}",
        "resource": thing["resource"],
        "resource_id": f"{thing['namespace']}/{thing['name']}",
        "resource_name": thing["name"],
        "occurred_at": source["requestReceivedTimestamp"],
        "tenant_id": thing["namespace"],
        "idempotency_key": f"{source['auditID']}/{source['stage']}",
        "ip_address": source["sourceIPs"][0],
        "user_agent": source["userAgent"],
        "metadata": source,
    }


def vault(source: Source) -> Event:
    """HashiCorp Vault audit devices; Go writes nanoseconds."""
    request = source["request"]
    return {
        "actor_id": source["auth"]["entity_id"],
        "actor_name": source["auth"]["display_name"],
        "action": f"{request['mount_type']}.{request['operation']}",
        "action_category": source["type"],
        "resource": "path",
        "resource_id": request["path"],
        "occurred_at": source["time"],
        "tenant_id": request["namespace"]["id"],
        "idempotency_key": f"{request['id']}/{source['type']}",
        "ip_address": request["remote_address"],
        "metadata": source,
    }


def boundary(source: Source) -> Event:
    """HashiCorp Boundary."""
    return {
        "actor_id": source["auth"]["user_info"]["id"],
        "action": source["request"]["operation"],
        "resource": "target",
        "resource_id": source["request"]["details"]["id"],
        "occurred_at": source["timestamp"],
        "session_id": source["response"]["details"]["item"]["session_id"],
        "idempotency_key": source["id"],
        "metadata": source,
    }


def consul(source: Source) -> Event:
    """HashiCorp Consul Enterprise; `version` is text, so it stays in metadata."""
    payload = source["payload"]
    return {
        "actor_id": payload["auth"]["accessor_id"],
        "actor_name": payload["auth"]["description"],
        "action": f"http.{payload['request']['operation']}",
        "resource": "endpoint",
        "resource_id": payload["request"]["endpoint"],
        "occurred_at": payload["timestamp"],
        "idempotency_key": f"{payload['id']}/{payload['stage']}",
        "ip_address": payload["request"]["remote_addr"].rpartition(":")[0],
        "user_agent": payload["request"]["user_agent"],
        "metadata": source,
    }


def teleport(source: Source) -> Event:
    """Teleport; names have dots."""
    return {
        "actor_id": source["user"],
        "action": source["event"],
        "resource": "server",
        "resource_id": source["server_id"],
        "resource_name": source["server_hostname"],
        "occurred_at": source["time"],
        "session_id": source["sid"],
        "tenant_id": source["cluster_name"],
        "idempotency_key": source["uid"],
        "ip_address": source["addr.remote"].rpartition(":")[0],
        "metadata": source,
    }


def pgaudit(source: Source) -> Event:
    """PostgreSQL's jsonlog with pgaudit; the time has a space and the name of its zone."""
    date, time, zone = source["timestamp"].split()
    if zone != "UTC":
        raise ValueError(f"set log_timezone to UTC, not {zone}")
    kind, _, _, category, command, *_ = source["message"].removeprefix("AUDIT: ").split(",")
    return {
        "actor_id": source["user"],
        "action": f"{kind.lower()}.{command.lower()}",
        "action_category": category,
        "resource": "database",
        "resource_id": source["dbname"],
        "occurred_at": f"{date}T{time}Z",
        "session_id": source["session_id"],
        "idempotency_key": f"{source['session_id']}/{source['line_num']}",
        "ip_address": source["remote_host"],
        "user_agent": source["application_name"],
        "metadata": source,
    }


def auditd(source: Source) -> Event:
    """Linux auditd; numeric users, a session of 2^32 - 1, times in seconds as text."""
    return {
        "actor_id": source["auid"],
        "actor_type": "uid",
        "action": f"syscall.{source['syscall']}",
        "action_category": source["key"],
        "resource": "file",
        "resource_id": source["exe"],
        "targets": [
            {"type": "path", "id": each["inode"], "name": each["name"]} for each in source["paths"]
        ],
        "occurred_at": from_seconds(source["timestamp"]),
        "session_id": source["ses"],
        "idempotency_key": f"{source['timestamp']}:{source['serial']}",
        "metadata": source,
    }


def ocsf(source: Source) -> Event:
    """OCSF 1.4, class Account Change."""
    actor, user = source["actor"], source["user"]
    return {
        "actor_id": actor["user"]["uid"],
        "actor_name": actor["user"]["name"],
        "action": f"{source['class_name']}: {source['activity_name']}",
        "action_category": source["category_name"],
        "resource": "user",
        "resource_id": user["uid"],
        "resource_name": user["name"],
        "targets": [
            {"type": "group", "id": each["uid"], "name": each["name"]} for each in user["groups"]
        ],
        "occurred_at": source["time_dt"],
        "session_id": actor["session"]["uid"],
        "tenant_id": source["cloud"]["account"]["uid"],
        "version": source["class_uid"],
        "ip_address": source["src_endpoint"]["ip"],
        "metadata": source,
    }
