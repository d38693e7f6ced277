"""A recorder that sends to a model of the service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from model_server import ModelServer, recorder_to
from recorded import Recorded

from indelible_client.frameworks import Audit


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    server = ModelServer()
    with recorder_to(server) as recorder:
        yield Recorded(Audit(recorder), server)
