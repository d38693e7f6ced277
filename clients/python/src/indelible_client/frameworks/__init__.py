"""For web applications: events take the actor, address and more from the request under way."""

from .audit import Audit
from .request_context import Actor
from .request_headers import session_name

__all__ = ["Actor", "Audit", "session_name"]
