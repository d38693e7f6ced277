"""Typical events of a business application with a few hundred users, made from a seed.

Some people are far busier than others. Each has one address, browser and session. Documents,
projects and members come from a stock of thousands. Every event has a random request id, which does
not compress. An event has about 500 bytes of compact JSON on average.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

SEED = 20_261_123
_PEOPLE, _RESOURCES = 400, 3_000
_ALPHANUMERIC = string.ascii_letters + string.digits
_FIRST_NAMES = (
    "Sarah", "James", "Mei", "Ahmed", "Lucía", "Priya", "Tomasz", "Aiko", "Chidi", "Ingrid",
    "Mateo", "Fatima", "Noah", "Zoë", "Dmitri", "Leila", "Kwame", "Hannah", "Ravi", "Camille",
)  # fmt: skip
_LAST_NAMES = (
    "Chen", "Rivera", "Okafor", "Nguyen", "Kowalski", "Haddad", "Johansson", "García", "Patel",
    "Müller", "Rossi", "Tanaka", "Smith", "Dubois", "Ivanova", "Mensah", "Silva", "Cohen",
)  # fmt: skip
_CHROME = "(KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} {}Safari/{}"
_BROWSERS = (
    *(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {_CHROME.format(v)}"
      for v in (140, 141, 142)),
    *(f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 {_CHROME.format(v)}"
      for v in (141, 142)),
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI.format('26.1', '', '605.1.15')}",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) "
    + _SAFARI.format("26.1", "Mobile/15E148 ", "604.1"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)  # fmt: skip
_TOPICS = (
    "Q4 Financial Report", "Hiring plan", "Incident review", "Customer onboarding", "Price list",
    "Board deck", "Security questionnaire", "Roadmap", "Vendor contract", "Release notes",
)  # fmt: skip
_KINDS = (("document", "doc"), ("project", "prj"), ("invoice", "inv"), ("member", "mem"))
_VERBS = ("created", "updated", "viewed", "shared", "exported", "archived", "deleted")
_FIELDS = ("title", "owner", "status", "due_date", "visibility", "amount")
_TEAMS = ("Engineering", "Finance", "Legal", "Support", "Sales", "People")
_START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Person:
    who: dict[str, str]
    origin: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Resource:
    kind: str
    id: str
    name: str


def typical_events(count: int, *, keyed: bool = False) -> list[dict[str, object]]:
    """Return `count` events in the order in which an application would send them.

    With `keyed`, each event has an idempotency key, a random UUID as clients make them.
    """
    random = Random(SEED)
    events = _events(random)
    if not keyed:
        return [next(events) for _ in range(count)]
    return [{**next(events), "idempotency_key": _uuid(random)} for _ in range(count)]


def _events(random: Random) -> Iterator[dict[str, object]]:
    people = [_person(random) for _ in range(_PEOPLE)]
    busyness = [1 / rank for rank in range(1, _PEOPLE + 1)]
    teams = [{"type": "team", "id": _id(random, "team"), "name": name} for name in _TEAMS]
    resources = [_resource(random) for _ in range(_RESOURCES)]
    moment = _START
    while True:
        person = random.choices(people, busyness)[0]
        resource = random.choice(resources)
        verb = random.choice(_VERBS)
        moment += timedelta(milliseconds=random.randrange(1, 40))
        event: dict[str, object] = {
            **person.who,
            "action": f"{resource.kind}.{verb}",
            "resource": resource.kind,
            "resource_id": resource.id,
            "resource_name": resource.name,
            "metadata": _metadata(random, verb),
            "occurred_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **person.origin,
        }
        if verb == "shared":
            event["targets"] = [random.choice(teams)]
        yield event


def _person(random: Random) -> _Person:
    name = f"{random.choice(_FIRST_NAMES)} {random.choice(_LAST_NAMES)}"
    address = ".".join(str(random.randrange(1, 255)) for _ in range(4))
    return _Person(
        {"actor_id": _id(random, "user"), "actor_name": name},
        {
            "session_id": _id(random, "sess", 16),
            "ip_address": address,
            "user_agent": random.choice(_BROWSERS),
        },
    )


def _resource(random: Random) -> _Resource:
    kind, prefix = random.choice(_KINDS)
    return _Resource(
        kind, _id(random, prefix), f"{random.choice(_TOPICS)} {random.randrange(1, 200)}"
    )


def _metadata(random: Random, verb: str) -> dict[str, object]:
    metadata: dict[str, object] = {"request_id": _uuid(random)}
    if verb == "updated":
        metadata["changed"] = random.sample(_FIELDS, 2)
        metadata["revision"] = random.randrange(1, 90)
    elif verb == "exported":
        metadata |= {"format": random.choice(("pdf", "csv")), "bytes": random.randrange(10**6)}
    elif verb == "shared":
        metadata["permission"] = random.choice(("viewer", "editor"))
    return metadata


def _id(random: Random, prefix: str, length: int = 10) -> str:
    return f"{prefix}_{''.join(random.choices(_ALPHANUMERIC, k=length))}"


def _uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
