"""Methods: those of each path of the API, in the order of the header `Allow`.

API Gateway sends a function every method of its paths. So one function says for all of them which
methods a path has, also those that another function handles.
"""

from __future__ import annotations

_READ = ("GET", "HEAD")

METHODS = {
    "/v1/events": (*_READ, "POST"),
    "/v1/events/batch": ("POST",),
    "/v1/events/{event_id}": _READ,
    "/v1/exports": (*_READ, "POST"),
    "/v1/exports/{export_id}": (*_READ, "DELETE"),
    "/v1/exports/{export_id}/download": _READ,
    "/v1/health": _READ,
    "/v1/verify": _READ,
}
"""By resource, as template.yaml has them. HEAD is answered as GET is, without the body."""
