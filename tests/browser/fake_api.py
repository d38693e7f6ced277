"""An API in this process: the real page, and answers that a test can change."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from browser.fake_lists import Query, Record, matches, summary_of
from browser.sample_log import LOG_KEYS, NOW, SampleLog
from indelible.reading.event_view import public_event
from support.builders import SECOND, WORKSPACE
from support.gateway import api_event
from support.handlers import LambdaContext

Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]

JSON = {"Content-Type": "application/json"}


def a_token(tenant_id: str | None = None, **claims: object) -> str:
    """A token as the page reads it. The fake API takes any but those it has revoked."""
    tenant = {"tenant_id": tenant_id} if tenant_id else {}
    payload = {"aud": "viewer", "ws": WORKSPACE, "exp": NOW // SECOND + 3_600, **tenant, **claims}
    parts = (json.dumps(each).encode() for each in ({"alg": "HS256"}, payload))
    return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + ".sig"


@dataclass
class FakeApi:
    """The API over one log. `change` may replace any answer; `requests` lists what was sent."""

    log: SampleLog
    viewer: ModuleType
    change: Callable[[str, Query, Answer], Answer] = lambda *given: given[2]
    requests: list[tuple[str, str, Query, Headers]] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    export_bodies: list[dict[str, Any]] = field(default_factory=list)
    total: int | None = None
    origin: str = ""
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"{self.origin}/api/v1/viewer"

    def paths(self) -> list[str]:
        """The paths of the requests below /v1, in order."""
        return [path for _, path, _, _ in self.requests]

    def answer(self, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        """The answer to a request, with the path below the stage."""
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        path = parts.path.removeprefix("/api")
        if "viewer" in path.split("/"):
            return self._page(path, query, headers)
        path = path.removeprefix("/v1/")
        with self.one_at_a_time:  # `change` may look at the newest request
            self.requests.append((method, path, query, headers))
            return self.change(path, query, self._data(method, path, query, body))

    def _page(self, path: str, query: Query, headers: Headers) -> Answer:
        event = api_event(
            None, [*headers.items()], path=path, method="GET", query=query, received_at=NOW
        )
        with self.one_at_a_time:
            answer = self.viewer.handler(event, LambdaContext())
        raw = answer["body"] or ""
        content = base64.b64decode(raw) if answer["isBase64Encoded"] else raw.encode()
        sent = {name: ", ".join(values) for name, values in answer["multiValueHeaders"].items()}
        return answer["statusCode"], sent, content

    def _data(  # noqa: PLR0911 - as many answers as there are paths
        self, method: str, path: str, query: Query, body: bytes
    ) -> Answer:
        match path.split("/"):
            case ["events"]:
                return as_json(self.list_events(query))
            case ["events", event_id]:
                return self._event(event_id)
            case ["events", event_id, "proof"]:
                return self._proof(event_id)
            case ["checkpoint", "consistency"] if self.log.growth:
                sizes = dict(query)
                return as_json(self.log.growth(int(sizes["log"]), int(sizes["workspace"])))
            case ["log-keys"]:
                return as_json(LOG_KEYS)
            case ["summary"]:
                return as_json({"data": summary_of(self.log.records, query)})
            case ["exports"]:
                self.export_bodies.append(json.loads(body))
                self.exports["export-1"] = 0
                return as_json({"data": {"id": "export-1", "status": "pending"}}, 202)
            case ["exports", export_id]:
                return self._export(method, export_id)
            case ["exports", _, "download"]:
                return as_json({"data": {"url": f"{self.origin}/file.csv", "expires_in": 60}})
        return failure(404, "not_found", "There is nothing at this path.")

    def list_events(self, query: Query) -> dict[str, Any]:
        """The page of a list, with its proof."""
        parameters = dict(query)
        filters = [each for each in query if each[0] not in {"limit", "cursor", "include", "order"}]
        newest = len(self.log.records)
        ascending = parameters.get("order") == "asc"
        first = 1 if ascending else newest
        position, newest = _read_cursor(parameters.get("cursor"), first, newest)
        sequences = range(position, newest + 1) if ascending else range(position, 0, -1)
        limit, found, following = int(parameters.get("limit", "25")), list[int](), None
        for sequence in sequences:
            if not matches(self._record(sequence), filters):
                continue
            if len(found) == limit:
                following = f"{sequence}-{newest}"
                break
            found.append(sequence)
        total = self.total if self.total is not None else self._count(filters, newest)
        page: dict[str, Any] = {
            "data": [public_event(self.log.records[each - 1], each, None) for each in found],
            "pagination": {
                "has_more": following is not None,
                "next_cursor": following,
                "total": total,
                "searched_to": None,
            },
        }
        for each in page["data"]:
            each["integrity"]["intact"] = True
        if parameters.get("include") == "proof":
            page["proof"] = self.log.page_proof([each - 1 for each in found])
        return page

    def _record(self, sequence: int) -> Record:
        found: Record = json.loads(self.log.records[sequence - 1])
        return found

    def _count(self, filters: Query, newest: int) -> int | None:
        if not filters:
            return newest
        return sum(matches(self._record(each), filters) for each in range(1, newest + 1))

    def _place(self, event_id: str) -> int | None:
        records = enumerate(self.log.records)
        return next((at for at, each in records if json.loads(each)["id"] == event_id), None)

    def _event(self, event_id: str) -> Answer:
        at = self._place(event_id)
        if at is None:
            return failure(404, "not_found", "The workspace has no event with this id.")
        return as_json({"data": public_event(self.log.records[at], at + 1, None)})

    def _proof(self, event_id: str) -> Answer:
        at = self._place(event_id)
        if at is None:
            return failure(404, "not_found", "The workspace has no event with this id.")
        if at >= self.log.size:
            return failure(409, "not_ready", "The log does not cover this event yet.")
        return 200, {"Content-Type": "text/plain; charset=utf-8"}, self.log.proof_file(at)

    def _export(self, method: str, export_id: str) -> Answer:
        turn = self.exports[export_id]
        self.exports[export_id] += 1
        status = ["pending", "processing", "completed"][min(turn, 2)]
        if method == "DELETE":
            status = "failed"
        done = status == "completed"
        shown = {
            "id": export_id, "status": status, "download_url": None, "error_message": None,
            "total_rows": len(self.log.records) if done else None,
            "file_size": 48_213 if done else None,
        }  # fmt: skip
        return as_json({"data": shown, "id": export_id, "status": status})


def _read_cursor(cursor: str | None, start: int, newest: int) -> tuple[int, int]:
    """The sequence to go on from, and the newest one when the list began."""
    if cursor is None:
        return start, newest
    position, end = map(int, cursor.split("-"))
    return position, end


def as_json(value: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return status, JSON, msgspec.json.encode(value)


def failure(status: int, code: str, message: str, **headers: str) -> Answer:
    """An error as the API answers it."""
    body = json.dumps({"error": code, "message": message}).encode()
    return (
        status,
        {**JSON, **{name.replace("_", "-"): each for name, each in headers.items()}},
        body,
    )
