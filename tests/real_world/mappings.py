"""The mapping of each kind of event."""

from __future__ import annotations

from . import clouds, identity, platforms, work
from .shapes import Mapping

MAPPINGS: dict[str, Mapping] = {
    "atlassian": work.atlassian,
    "auditd": platforms.auditd,
    "auth0": identity.auth0,
    "azure_activity": clouds.azure_activity,
    "boundary": platforms.boundary,
    "cadf": clouds.openstack,
    "cloudflare_audit": clouds.cloudflare_audit,
    "cloudflare_http": clouds.cloudflare_http,
    "cloudtrail": clouds.cloudtrail,
    "consul": platforms.consul,
    "github": work.github,
    "gitlab": work.gitlab,
    "google_cloud": clouds.google_cloud,
    "identity_center": clouds.identity_center,
    "keycloak": identity.keycloak,
    "kubernetes": platforms.kubernetes,
    "microsoft_365": clouds.microsoft_365,
    "ocsf": platforms.ocsf,
    "okta": identity.okta,
    "pagerduty": work.pagerduty,
    "pgaudit": platforms.pgaudit,
    "salesforce": work.salesforce,
    "slack": work.slack,
    "stripe": work.stripe,
    "teleport": platforms.teleport,
    "vault": platforms.vault,
    "zoom": work.zoom,
}
