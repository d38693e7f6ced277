"""`audit.record(action)`: anywhere below a view, without passing the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from ..errors import InvalidEvent
from ..recording.recorder import Recorder
from ..types import EventFields
from .request_context import Actor, RequestContext, current

if TYPE_CHECKING:
    from typing_extensions import Unpack

ActorId = Union[str, int]


class Audit:
    """Records events with what the request under way says. Fields that are given come first.

    Without a request, and in one without an actor, `actor_id` is required. An event with an
    `actor_id` of its own takes no name and no type from the request's actor.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def record(
        self, action: str, actor_id: Optional[ActorId] = None, **fields: Unpack[EventFields]
    ) -> None:
        """Check the event, keep it and return. Raises what `Recorder.record` raises."""
        request = current()
        actor = request.actor() if request and actor_id is None else None
        who, completed = _completed(request, actor, actor_id, fields)
        self.recorder.record(who, action, **completed)

    async def arecord(
        self, action: str, actor_id: Optional[ActorId] = None, **fields: Unpack[EventFields]
    ) -> None:
        """Do the same in an event loop."""
        request = current()
        actor = await request.actor_async() if request and actor_id is None else None
        who, completed = _completed(request, actor, actor_id, fields)
        await self.recorder.arecord(who, action, **completed)


def _completed(
    request: Optional[RequestContext],
    actor: Optional[Actor],
    actor_id: Optional[ActorId],
    fields: Mapping[str, Any],
) -> tuple[ActorId, dict[str, Any]]:
    """Return the id of the actor, and the fields with those of the request."""
    found = request.fields() if request else {}
    if actor is not None:
        actor_id = actor.id
        found.update(actor_name=actor.name, actor_type=actor.type)
    if actor_id is None:
        why = "the request has no actor" if request else "there is no request under way"
        raise InvalidEvent("actor_id", f"is required, because {why}")
    of_request, own = found.pop("metadata", {}), fields.get("metadata")
    completed = {**found, **fields}
    if of_request and (own is None or isinstance(own, Mapping)):
        completed["metadata"] = {**of_request, **(own or {})}
    return actor_id, completed
