"""Both handlers over moto."""

from __future__ import annotations

import pytest
from handlers import load
from indelible.aws.clients import sqs_client
from indelible.aws.table import Table
from pipeline import Caller, Pipeline


@pytest.fixture(scope="module")
def module_pipeline(environment: pytest.MonkeyPatch, module_moto_table: Table) -> Pipeline:
    sqs = sqs_client()
    urls = [
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("messages.fifo", "dead-letters.fifo")
    ]
    environment.setenv("QUEUE_URL", urls[0])
    environment.setenv("DEAD_LETTER_QUEUE_URL", urls[1])
    return Pipeline(module_moto_table, sqs, urls[0], urls[1], load("ingest"), load("writer"))


@pytest.fixture
def pipeline(module_pipeline: Pipeline, moto_table: Table) -> Pipeline:
    """Both handlers, an empty table, empty queues."""
    module_pipeline.take_messages()
    module_pipeline.take_dead_letters()
    return module_pipeline


@pytest.fixture
def caller(pipeline: Pipeline) -> Caller:
    """A client of a new workspace."""
    return pipeline.new_caller()
