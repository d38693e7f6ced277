"""The story of a seed: what happens in its run, from the first request until all is quiet."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from support.pipeline import Caller

from .attackers import dated_ahead, forge_look_up, tamper
from .callers import Callers
from .deliveries import Deliveries
from .monitor import Monitor
from .operators import new_caller, origin_of, poisons, redrive
from .siege import SECONDS as SIEGE_SECONDS
from .siege import shut, strike, unreadable
from .stage import Scale, Stage
from .versions import mix
from .weather import weather_of
from .world import MAIN, VISIBILITY_SECONDS, World

DAY_SECONDS = 86_400
_SIEGES_EVERY = 9
"""Runs, of which one is a siege: an accepted message ends among the dead letters, behind junk."""

MOST_ROUNDS = 60
"""The number of receives before the queue counts as stuck."""


@dataclass
class Story:
    """A finished run, as its checks need it."""

    seed: int
    world: World
    callers: Callers
    deliveries: Deliveries
    monitor: Monitor
    workspaces: list[Caller]
    poison: list[tuple[str, str]]
    rounds: int = 0

    def is_owed(self) -> bool:
        """Whether a message waits to be chained, on the queue or among the dead letters."""
        dead = ((origin_of(each), each.body) for each in self.world.dead_letters.messages)
        return bool(self.world.main.messages) or any(each not in self.poison for each in dead)


def tell(stage: Stage, seed: int, trace: Callable[[str], None] | None = None) -> Story:
    """Run a seed: a stormy hour or second, sometimes more after days, then quiet."""
    world = World(seed, trace)
    stage.show(world, _scale(world.random))
    monitor = Monitor(world)
    workspaces = [new_caller(world, monitor.limits) for _ in range(world.random.randint(1, 3))]
    story = Story(
        seed, world, Callers(world, stage), Deliveries(world, stage), monitor, workspaces, []
    )
    window = world.random.choice([0.3, 5.0, 60.0, 600.0])
    world.weather = weather_of(seed, world.random, world.loop.now, window)
    mix(stage, world, seed)
    is_siege = seed % _SIEGES_EVERY == 0
    if is_siege:
        _besiege(story)
    else:
        if world.weather.is_calm:
            story.deliveries.have_time()
        _storm(story, window)
    if is_siege or world.random.random() < 0.4:
        _days_later(story, stage)
    _quiet(story, stage)
    return story


def _scale(source: random.Random) -> Scale:
    return Scale(
        keys_a_call=source.choice([1, 2, 25]),
        message_bytes=source.choice([300, 600, 1_500, 240 * 1024]),
        portion_bytes=source.choice([500, 2_000, 4 * 1024 * 1024]),
        records=source.choice([2, 3, 5, 1_000]),
        compressed_bytes=source.choice([400, 900, 300_000]),
        remembered_segments=source.randint(1, 4),
        remembered_chains=source.randint(1, 3),
        page_bytes=source.choice([500, 2_000, 1_048_576]),
    )


def _storm(story: Story, window: float) -> None:
    random, loop = story.world.random, story.world.loop
    large = random.random() < 0.5
    for _ in range(random.randint(1, 9)):
        request = story.callers.think_up(random.choice(story.workspaces), large)
        story.callers.send_later(request, random.uniform(0, window))
    if random.random() < 0.1:
        for _ in range(random.randint(15, 30)):
            request = story.callers.think_up(story.workspaces[0], large)
            story.callers.send_later(request, random.uniform(0, window / 10))
    if not story.world.weather.is_calm and random.random() < 0.4:
        for _ in range(random.randint(1, 3)):
            loop.call_after(random.uniform(0, window), lambda: _poison(story))
    _attack(story, window)
    story.deliveries.poll_for(window + VISIBILITY_SECONDS * random.choice([0, 1, 6]), window / 20)
    loop.run()


def _attack(story: Story, window: float) -> None:
    """Sometimes an attacker writes to the table."""
    random, loop = story.world.random, story.world.loop
    if story.world.weather.is_calm:
        return
    for act, chance in ((forge_look_up, 0.3), (tamper, 0.5)):
        if random.random() < chance:
            loop.call_after(random.uniform(0, window), partial(act, story))


def _poison(story: Story) -> None:
    """An attacker with access to the queue sends text that is not a message."""
    group = story.world.random.choice(story.workspaces).workspace_id
    others = [body for of, body in story.monitor.sent if of != group]
    junk = [*poisons(story.world.random, others), dated_ahead(story, group)]
    _send(story, group, story.world.random.choice(junk))


def _send(story: Story, group: str, body: str) -> None:
    story.world.sqs.send_message(
        QueueUrl=MAIN,
        MessageBody=body,
        MessageGroupId=group,
        MessageDeduplicationId=f"poison-{len(story.poison)}",
    )
    story.poison.append((group, body))


def _besiege(story: Story) -> None:
    """Junk precedes an accepted message, and the writer can get neither out of the way."""
    world = story.world
    shut(world)
    besieged = world.random.choice(story.workspaces)
    for body in unreadable(world.random):
        _send(story, besieged.workspace_id, body)
    for _ in range(world.random.randint(1, 3)):
        request = story.callers.think_up(besieged, large=False)
        story.callers.send_later(request, world.random.uniform(0, 60))
    story.deliveries.poll_for(SIEGE_SECONDS, every=5)
    world.loop.run()
    strike(world)


def _days_later(story: Story, stage: Stage) -> None:
    """Clients repeat old requests, and an operator sends dead letters again."""
    random, loop = story.world.random, story.world.loop
    loop.skip(random.uniform(0, 10) * DAY_SECONDS)
    for attempt in random.sample(story.callers.attempts, min(3, len(story.callers.attempts))):
        story.callers.send_later(attempt.request, random.uniform(0, 5))
    _attack(story, 60.0)
    for _ in range(2):
        loop.spawn(lambda: redrive(story.world, stage), after=random.uniform(0, 200))
    story.deliveries.poll_for(VISIBILITY_SECONDS * random.choice([1, 4]), 2)
    loop.run()


def _quiet(story: Story, stage: Stage) -> None:
    """Nothing fails any more, so everything accepted must now be done."""
    world = story.world
    world.weather.over = True
    story.deliveries.have_time()
    while story.is_owed():
        story.rounds += 1
        if story.rounds > MOST_ROUNDS:
            return
        world.loop.skip(VISIBILITY_SECONDS)
        world.loop.spawn(lambda: redrive(world, stage))
        for _ in range(10):
            world.loop.call_after(world.random.uniform(0, 20), story.deliveries.poll)
        world.loop.run()
