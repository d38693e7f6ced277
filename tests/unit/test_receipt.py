"""Receipts have the form in openapi.yaml."""

from __future__ import annotations

from indelible.ingest.receipt import FieldError, Receipt, Status
from support.builders import event_id


def test_a_receipt_without_errors_has_id_and_status_only() -> None:
    written = Receipt(event_id(1), Status.QUEUED).as_json()
    assert written == {"id": event_id(1), "status": "queued"}
    assert Receipt(event_id(1), Status.DUPLICATE).as_json()["status"] == "duplicate"


def test_a_receipt_names_each_error_and_its_place() -> None:
    receipt = Receipt(None, Status.INVALID, (FieldError("targets.0.type", "is required"),))
    assert receipt.as_json() == {
        "id": None,
        "status": "invalid",
        "errors": [{"field": "targets.0.type", "message": "is required"}],
    }


def test_the_statuses_are_those_of_the_contract() -> None:
    assert [str(status) for status in Status] == ["queued", "duplicate", "invalid", "failed"]
