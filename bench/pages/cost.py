"""What a million events cost, by service. Pure: everything comes from `Facts`."""

from __future__ import annotations

import math

from ..units import INSERTS, INSERTS_SIDE_BY_SIDE, SQS_CALL_BYTES
from .inputs import Facts, Invocation, Path

MILLION = 1_000_000

_INDEXED_TOGETHER = 4_096
"""Records of a block of the index. Each invocation that completes one reads and writes it."""


def per_million(facts: Facts, path: Path, *, busy: bool = False) -> dict[str, float]:
    """Dollars of a million events, by service. A busy workspace gets ten messages a delivery."""
    requests = MILLION / path.events
    messages = facts.quotas["delivered_messages"].value if busy else 1
    writer, deliveries = (path.packed if busy else path.writer), requests / messages
    price = {name: fact.value for name, fact in facts.prices.items()}
    assumed = {name: fact.value for name, fact in facts.assumed.items()}
    sends = requests * math.ceil(path.queue_bytes / SQS_CALL_BYTES)
    receives = deliveries * math.ceil(messages * path.queue_bytes / SQS_CALL_BYTES)
    batches = deliveries / assumed["indexer_segments"]
    blocks = MILLION / _INDEXED_TOGETHER
    logged = (
        requests * (log_bytes(facts, path.ingest) + assumed["access_log_bytes"])
        + deliveries * log_bytes(facts, writer)
        + (batches + blocks) * assumed["platform_log_bytes"]
    )
    written = requests * path.ingest.write_units + deliveries * writer.write_units
    read = requests * path.ingest.read_units + deliveries * writer.read_units
    return {
        "API Gateway": requests * price["api_call"],
        "data out": requests * (path.answer_bytes + assumed["header_bytes"]) * price["data_out"],
        "Lambda: ingest": requests * invocation(facts, milliseconds(facts, path.ingest)),
        "SQS": (sends + receives + deliveries) * price["sqs_call"],
        "Lambda: writer": deliveries * invocation(facts, milliseconds(facts, writer)),
        "DynamoDB: writes": written * price["write_unit"],
        "DynamoDB: reads": read * price["read_unit"],
        "index": batches * invocation(facts, assumed["indexer_ms"])
        + blocks * invocation(facts, assumed["block_ms"])
        + MILLION * facts.index.write_units * price["write_unit"]
        + MILLION * facts.index.read_units * price["read_unit"],
        "CloudWatch Logs": logged * price["log_byte"],
        "X-Ray": (requests + deliveries) * assumed["traced_share"] * price["trace"],
    }


def total(facts: Facts, kind: str, batch: int, *, busy: bool = False) -> float:
    """Dollars a million events, all services."""
    return sum(per_million(facts, facts.path(kind, batch), busy=busy).values())


def log_bytes(facts: Facts, run: Invocation) -> float:
    """The bytes of an invocation's log, with the lines that Lambda adds."""
    beside = run.log_lines * facts.assumed["log_line_bytes"].value
    return run.log_bytes + beside + facts.assumed["platform_log_bytes"].value


def invocation(facts: Facts, milliseconds: float) -> float:
    """Dollars of an invocation of a function."""
    seconds = math.ceil(milliseconds) / 1_000
    memory = facts.assumed["memory_gb"].value
    prices = facts.prices
    return prices["lambda_request"].value + seconds * memory * prices["lambda_second"].value


def milliseconds(facts: Facts, run: Invocation) -> float:
    """How long an invocation takes: its calls one after the other, and its processor time."""
    waits = sum(_waits(name, number) * _wait_ms(facts, name) for name, number in run.calls.items())
    return waits + run.cpu_ms / facts.assumed["processors"].value


def _waits(operation: str, number: float) -> float:
    """How often an invocation waits for calls of an operation. Inserts run side by side."""
    if operation == INSERTS:
        return math.ceil(number / INSERTS_SIDE_BY_SIDE)
    return number


def _wait_ms(facts: Facts, operation: str) -> float:
    return facts.times["sqs_ms" if operation == "SendMessage" else "dynamodb_ms"].value


def kept_bytes(facts: Facts, path: Path) -> float:
    """The bytes of the table that an event takes, its part of the index included."""
    beside = path.stored_items * facts.assumed["item_bytes"].value
    return (path.stored_bytes + beside) / path.events + facts.index.stored_bytes


def stored_per_month(facts: Facts, path: Path) -> dict[str, float]:
    """Dollars of keeping a million events for a month."""
    table = MILLION * kept_bytes(facts, path)
    requests = MILLION / path.events
    logged = requests * (
        log_bytes(facts, path.ingest)
        + log_bytes(facts, path.writer)
        + facts.assumed["access_log_bytes"].value
    )
    return {
        "table": table * facts.prices["stored_byte"].value,
        "point-in-time recovery": table * facts.prices["backup_byte"].value,
        "logs, while they are kept": logged * facts.prices["kept_log_byte"].value,
    }
