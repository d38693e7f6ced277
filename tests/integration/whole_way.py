"""The whole way of events in one process: posted, chained, listed, shown and exported."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from typing import Any

from integration.export_pipeline import ExportPipeline
from support.export_lines import record_in
from support.pipeline import Answer, Caller, Pipeline

LINES = [("Content-Type", "application/x-ndjson")]


@dataclass(frozen=True)
class WholeWay:
    """Every handler over one table, and a client."""

    pipeline: Pipeline
    exports: ExportPipeline
    caller: Caller

    def post_object(self, *events: object) -> Answer:
        """POST a batch as an object with `events`."""
        return self.pipeline.post_events(self.caller, *events)

    def post_array(self, *events: object) -> Answer:
        """POST a batch as an array."""
        return self.pipeline.post(self.caller, events)

    def post_lines(self, *events: object) -> Answer:
        """POST a batch as lines of JSON."""
        body = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events)
        return self.pipeline.send(body, caller=self.caller, headers=LINES)

    def listed(self, **parameters: object) -> list[dict[str, Any]]:
        """Every event of a list, page by page, oldest first."""
        events: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            asked = {"order": "asc", "limit": 10, **parameters, **cursor}
            page = self.pipeline.get(self.caller, "/v1/events", **asked)
            assert page.status == 200, page
            events += page.json["data"]
            cursor = {"cursor": page.json["pagination"]["next_cursor"]}
            if not page.json["pagination"]["has_more"]:
                return events

    def shown(self, event_id: str) -> dict[str, Any]:
        """One event by its id."""
        answer = self.pipeline.get(self.caller, f"/v1/events/{event_id}")
        assert answer.status == 200, answer
        event: dict[str, Any] = answer.json["data"]
        return event

    def csv_rows(self) -> list[dict[str, str]]:
        """The rows of a CSV export, in the order of the chain."""
        text = self._file("csv").decode()
        return [*csv.DictReader(io.StringIO(text, newline=""), strict=True)]

    def ndjson(self) -> bytes:
        """The file of an NDJSON export, as it is downloaded."""
        return self._file("ndjson")

    def _file(self, file_format: str) -> bytes:
        export_id = self.exports.finished(self.caller, {"format": file_format})
        return self.exports.download(self.caller, export_id).content


def records_in(file: bytes) -> list[dict[str, Any]]:
    """The records in an NDJSON export, in the order of the chain."""
    _, *lines = gzip.decompress(file).splitlines(keepends=True)
    return [json.loads(record_in(line)) for line in lines]
