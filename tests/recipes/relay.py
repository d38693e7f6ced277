"""A Collector before the relay of docs/recipes.md, whose requests reach ingest in this process."""

from __future__ import annotations

import base64
import io
import json
import sys
from dataclasses import dataclass, field
from email.message import Message
from types import ModuleType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

import pytest
from support.pipeline import Caller, Pipeline

from recipes.page import module

BASE = "https://audit.example.com"


@dataclass
class Collector:
    """Exports log records to the relay, which posts with `key`."""

    pipeline: Pipeline
    caller: Caller
    events: str
    source: str
    patched: pytest.MonkeyPatch
    key: str = ""
    reachable: bool = True
    relay: ModuleType = field(init=False)

    def __post_init__(self) -> None:
        """Load both blocks as the page has them."""
        self.key = self.key or self.caller.key
        events = module("otlp_events", self.events)
        self.patched.setitem(sys.modules, "otlp_events", events)
        self.relay = module("relay", self.source)
        self.patched.setattr(self.relay, "urlopen", self._urlopen)

    def export(self, request: dict[str, Any]) -> tuple[str, dict[str, Any], str | None]:
        """The relay's status, JSON and Retry-After for a request of OTLP/HTTP."""
        self.patched.setenv("INDELIBLE_URL", BASE)
        self.patched.setenv("INDELIBLE_API_KEY", self.key)
        environ = {"wsgi.input": io.BytesIO(json.dumps(request).encode())}
        statuses: list[str] = []
        headers: dict[str, str] = {}

        def start_response(status: str, sent: list[tuple[str, str]]) -> None:
            statuses.append(status)
            headers.update(sent)

        [answer] = self.relay.application(environ, start_response)
        return statuses[0], json.loads(answer), headers.get("Retry-After")

    def _urlopen(self, request: Request, timeout: float) -> io.BytesIO:
        """Answers as urllib does, from ingest."""
        if not self.reachable:
            raise URLError("no route to host")
        assert timeout > 29  # API Gateway's longest answer
        assert isinstance(request.data, bytes)
        answer = self.pipeline.send(
            base64.b64encode(request.data).decode(),
            headers=list(request.header_items()),
            path=request.full_url.removeprefix(BASE + "/api"),
            is_base64=True,
        )
        body = io.BytesIO(json.dumps(answer.json).encode())
        if answer.status == 202:
            return body
        headers = Message()
        for name, values in answer.headers.items():
            headers[name] = values[-1]
        raise HTTPError(request.full_url, answer.status, "", headers, body)
