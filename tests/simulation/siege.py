"""A siege: junk and accepted messages use up their receives together, the junk first."""

from __future__ import annotations

import random

from indelible.aws.queue import SQSQueue

from .loop import SECOND
from .sites import site_of
from .weather import Fault, faults_of
from .world import APPEND, MOST_RECEIVES, VISIBILITY_SECONDS, World

_MOST_DELIVERIES = 6
"""The most deliveries that the messages of a workspace take."""

SECONDS = MOST_RECEIVES * VISIBILITY_SECONDS * _MOST_DELIVERIES
"""Long enough that every message has used up its receives."""

_SEND, _SET_ASIDE = (
    site_of(method.__qualname__, "send_message") for method in (SQSQueue.send, SQSQueue.quarantine)
)
_SENDS = (_SEND, _SET_ASIDE)
_SHUT = (_SET_ASIDE, APPEND)


def shut(world: World) -> None:
    """Let the writer neither chain nor set aside anything until the siege is over."""
    begins = world.loop.now
    for site in _SHUT:
        world.weather.outages[site] = begins, begins + SECONDS * SECOND
    world.weather.outage_faults = (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.REQUEST_LOST)


def strike(world: World) -> None:
    """From now on, aim a fault at the sends of a redrive, to the writer or aside."""
    site = world.random.choice(_SENDS)
    world.weather.aim = site, world.random.choice(faults_of(site))


def unreadable(source: random.Random) -> list[str]:
    """Unreadable message bodies: more than SQS delivers of a group at a time."""
    return [source.randbytes(20).hex() for _ in range(source.randint(10, 14))]
