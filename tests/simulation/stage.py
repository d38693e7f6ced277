"""The stage: the real functions, loaded once, on doubles, with the time and chance of a world."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from indelible import backoff, codec, identifiers
from indelible.accounts import keys
from indelible.aws import clients, queue
from indelible.aws.claims import DynamoDBClaims
from indelible.writing.patience import Patience
from indelible.writing.sizes import Sizes
from support.handlers import LambdaContext, load

from .versions import Codecs
from .wire import SINGLE_TRY, Wire
from .world import DEAD, MAIN, TABLE, Crashed, Invocation, World

ENVIRONMENTS = 5
"""Environments per function; when all are busy, Lambda throttles."""

SIGNING_SECRET = "a signing secret"

_VARIABLES = {
    "TABLE_NAME": TABLE,
    "QUEUE_URL": MAIN,
    "DEAD_LETTER_QUEUE_URL": DEAD,
    "SIGNING_SECRET_ARN": "signing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_TRACE_DISABLED": "1",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


@dataclass(frozen=True)
class Scale:
    """The limits are so small that a few events reach them."""

    keys_a_call: int
    message_bytes: int
    portion_bytes: int
    records: int
    compressed_bytes: int
    remembered_segments: int
    remembered_chains: int
    page_bytes: int


class Stage:
    """The environments of both functions."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.world: World
        clock, chance = Clock(self), Chance(self)
        for module, name, value in (
            *((each, "secrets", chance) for each in (identifiers, keys, queue)),
            (backoff, "random", chance),
            (backoff, "time", clock),
            (codec, "_KNOWN", Codecs(self)),
            (clients, "dynamodb_client", lambda: Wire(self, "dynamodb")),
            (clients, "single_try_dynamodb_client", lambda: Wire(self, "dynamodb", SINGLE_TRY)),
            (clients, "sqs_client", lambda: Wire(self, "sqs")),
            (clients, "secretsmanager_client", Secrets),
            # All metrics of a process share state; our environments share this process.
            (Metrics, "log_metrics", lambda *_, **__: lambda handler: handler),
            (Metrics, "add_metric", lambda *_: None),
        ):
            patch.setattr(module, name, value)
        self.newer: set[ModuleType] = set()
        self.ingest = [load("ingest") for _ in range(ENVIRONMENTS)]
        self.writer = [load("writer") for _ in range(ENVIRONMENTS)]
        each: Any
        for each in self.ingest:
            each.services = replace(each.services, entropy=chance.randbytes)
        for each in self.writer:
            each.writer = replace(each.writer, entropy=chance.randbytes)
            each.time, each.now = clock, clock.now
            each.Patience = partial(Patience, sleep=clock.sleep)

    def show(self, world: World, scale: Scale) -> None:
        """Begin a world: all environments are idle and new."""
        self.world = world
        self.newer = set()
        self.idle = {"ingest": list(self.ingest), "writer": list(self.writer)}
        sizes = Sizes(
            portion_bytes=scale.portion_bytes,
            segment_records=scale.records,
            segment_bytes=scale.compressed_bytes,
            remembered_segments=scale.remembered_segments,
            remembered_chains=scale.remembered_chains,
        )
        each: Any
        for each in self.ingest:
            each.services = replace(
                each.services,
                claims=DynamoDBClaims(
                    each.table,
                    each.inserts,
                    lambda call, parts: map(call, world.random.sample(parts, len(parts))),
                    scale.keys_a_call,
                ),
                message_bytes=scale.message_bytes,
            )
        for each in self.writer:
            each.writer = replace(each.writer, sizes=sizes, tails={})
        world.dynamodb.page_bytes = scale.page_bytes

    def take(self, function: str) -> ModuleType | None:
        """An idle environment, if there is one; sometimes one that has never run."""
        idle = self.idle[function]
        return idle.pop(self.world.random.randrange(len(idle))) if idle else None

    def invoke(
        self, function: str, environment: ModuleType, event: dict[str, Any], seconds: float
    ) -> Any:
        """The handler's response. It crashed if it was killed, which may cost its memory or not."""
        world, invocation = self.world, self.world.invocation
        assert invocation is not None
        is_upgraded = bool(self.newer) and world.weather.over
        invocation.is_newer = is_upgraded or environment in self.newer
        context = Context(world, invocation, seconds)
        try:
            answer = environment.handler(event, context)
        except Crashed:
            world.tally["invocations killed"] += 1
            if function == "writer" and world.random.random() < 0.5:
                environment.writer.tails.clear()
            raise
        except Exception as error:
            world.errors.append(f"{invocation.name}: {error!r}")
            world.note("".join(traceback.format_exception(error)))
            raise Crashed from error
        else:
            if function == "ingest" and answer["statusCode"] == 500:
                world.errors.append(f"{invocation.name}: answered {answer['body']}")
            return answer
        finally:
            self.idle[function].append(environment)


class Context(LambdaContext):
    """The context of an invocation, with the time of the world."""

    def __init__(self, world: World, invocation: Invocation, seconds: float) -> None:
        super().__init__(seconds, began=0.0)
        self._world = world
        self._invocation = invocation

    def get_remaining_time_in_millis(self) -> int:
        """The time left of the invocation."""
        return (self._invocation.deadline - self._world.loop.now) // 1_000


class Secrets:
    """Secrets Manager, which never fails: the environment keeps its single answer anyway."""

    def get_secret_value(self, **_: object) -> dict[str, str]:
        """The signing secret."""
        return {"SecretString": SIGNING_SECRET}


class Clock:
    """`time`, as the functions use it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def sleep(self, seconds: float) -> None:
        """Let others run."""
        self._stage.world.pause(seconds)

    def monotonic(self) -> float:
        """The invocation's own clock."""
        return self._stage.world.monotonic()

    def now(self) -> int:
        """Microseconds since 1970."""
        return int(self._stage.world.seconds() * 1_000_000)


class Chance:
    """`random`, `secrets` and `os.urandom`, as the functions use them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def uniform(self, low: float, high: float) -> float:
        """A number in between."""
        return self._stage.world.random.uniform(low, high)

    def choice(self, options: Sequence[str]) -> str:
        """One of these."""
        return self._stage.world.random.choice(options)

    def randbytes(self, size: int) -> bytes:
        """That many bytes."""
        return self._stage.world.random.randbytes(size)

    def token_hex(self, size: int) -> str:
        """That many bytes, in hex."""
        return self.randbytes(size).hex()


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Load the functions and leave no trace of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _VARIABLES.items():
            patch.setenv(name, value)
        yield Stage(patch)
