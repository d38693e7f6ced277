"""What a stack costs each month beside its events. Pure: everything comes from `Facts`."""

from __future__ import annotations

from typing import NamedTuple

from . import checkpoints, watcher
from .checkpoints import month
from .inputs import Facts
from .watcher import idle_month

ALARMS = 34
"""Alarms of template.yaml. A test counts them."""

METRICS = checkpoints.METRICS + watcher.METRICS
"""Metrics of ours that always have data."""

_ALWAYS = "always"
_SECONDS = 2.63e6
"""Of a month."""


class Monthly(NamedTuple):
    """What is charged each month, from least to most dollars, however many events there are."""

    what: str
    least: float
    most: float
    charged: str = _ALWAYS


def monthly(facts: Facts) -> list[Monthly]:
    """What a stack costs each month beside its events."""
    price = {name: fact.value for name, fact in facts.prices.items()}
    alarms, ours, of_api = ALARMS * price["alarm"], 11 * price["metric"], 5 * price["metric"]
    log = sum(month(facts, "idle").values()) + idle_month(facts) + METRICS * price["metric"]
    secrets = 2 * price["secret"]
    return [
        Monthly(f"{ALARMS} alarms", alarms, alarms),
        Monthly("the dashboard", price["dashboard"], price["dashboard"]),
        Monthly("2 secrets: for cursors and links, and for tokens", secrets, secrets),
        Monthly("empty receives of two queues", 0.20, 0.60),
        Monthly(f"[checkpoints](#checkpoints), the watcher and {METRICS} metrics", log, log),
        Monthly("11 metrics of ours for writing", ours, ours, "for hours with events"),
        Monthly("API Gateway's metrics, 5 a route", of_api, of_api, "for hours with calls"),
        Monthly("X-Ray: the first request a second", 0, _SECONDS * price["trace"], "as they come"),
    ]


def always(facts: Facts) -> tuple[float, float]:
    """Dollars a month of a stack without events: at least, and at most."""
    fees = [fee for fee in monthly(facts) if fee.charged == _ALWAYS]
    return sum(fee.least for fee in fees), sum(fee.most for fee in fees)
