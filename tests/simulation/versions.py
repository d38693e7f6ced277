"""Versions: an upgrade or a rollback, while some environments have a newer version than others.

The newer version is this code with one codec more. It writes with that codec, and the others cannot
read it. Operators have the newer version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indelible import codec, zstd
from indelible.aws.queue import SQSQueue

from .sites import site_of
from .world import APPEND, World

if TYPE_CHECKING:
    from .stage import Stage

NEXT = "zstd-next"
_SEND = site_of(SQSQueue.send.__qualname__, "send_message")
_EVERY = 4
"""Runs, of which one has two versions."""


def mix(stage: Stage, world: World, seed: int) -> None:
    """Give some environments the newer version. Without faults, nothing may differ."""
    if seed % _EVERY == 1 and not world.weather.is_calm:
        every = [*stage.ingest, *stage.writer]
        stage.newer = set(world.random.sample(every, world.random.randint(1, len(every) - 1)))


class Codecs(dict[str, codec.Decompress]):
    """The codecs that the code knows that runs at the moment."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(codec._KNOWN)
        self._stage = stage

    def get(self, name: str, default: Any = None) -> Any:
        """What decompresses the codec, if it is known."""
        if name != NEXT:
            return super().get(name, default)
        invocation = self._stage.world.invocation
        if invocation is None or invocation.is_newer:
            return zstd.decompress
        self._stage.world.tally["older versions that met a newer one's codec"] += 1
        return default


def as_written(world: World, site: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request as the version sends it that makes it."""
    if world.invocation is None or not world.invocation.is_newer:
        return request
    if site == APPEND:
        return {**request, "Item": {**request["Item"], "codec": {"S": NEXT}}}
    if site == _SEND:
        return {**request, "MessageBody": request["MessageBody"].replace("zstd:", f"{NEXT}:", 1)}
    return request


def of_a_newer_version(world: World, workspace_id: str, bodies: list[str]) -> bool:
    """Whether the workspace has a segment, or one of these messages, of the newer version."""
    chain = world.dynamodb.partitions.get(f"CHAIN#{workspace_id}", {})
    is_next = any(item.get("codec") == {"S": NEXT} for item in chain.values())
    return is_next or any(body.startswith(f"{NEXT}:") for body in bodies)
