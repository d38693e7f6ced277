"""Checks one receipt with the event that it is for: is the event in the chain, with its content?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from ..chain.fields import EVENT_FIELDS
from ..chain.record import read_header
from ..checkpoints.proof_file import read_proof_file
from ..errors import IndelibleError, MalformedBody, NotFound, NotReady, Unreadable, WrongProof
from ..identifiers import time_of_uuid7
from ..ingest.content import digest_content
from ..ingest.event import ValidEvent, validate
from ..ingest.receipt import Status
from ..tlog.policy import Policy
from ..verifying.proof import verify_proof
from ..web.request import parse_json
from .api import Api, Refused, proof_path


class Result(StrEnum):
    """What is known of an event."""

    PROVED = "proved"
    NOT_ACCEPTED = "not accepted"
    TOO_YOUNG = "too young"
    MISSING = "missing"
    NOT_COVERED = "not covered"
    OTHER_CONTENT = "other content"
    WRONG_PROOF = "wrong proof"
    SAME_ID = "same id"

    @property
    def is_fault(self) -> bool:
        """Whether somebody has to look at it."""
        return self not in {Result.PROVED, Result.NOT_ACCEPTED, Result.TOO_YOUNG}


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt and its event, as the sender keeps them. `line` is their place in the file.

    `event_id` and `time` (microseconds) are None if the event was not accepted.
    """

    line: int
    event_id: str | None
    time: int | None
    status: str
    event: object


def read_kept(line: int, text: bytes) -> Kept:
    """Read one line: `{"receipt": {"id": …, "status": …}, "event": {…}}`. Raises IndelibleError.

    A receipt in another form is refused: it must not pass for one of an event that was refused.
    """
    try:
        value = parse_json(text)
    except MalformedBody as error:
        raise IndelibleError(f"Line {line} is not JSON. {error}") from None
    receipt = value.get("receipt") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(receipt, dict) or "event" not in value:
        raise IndelibleError(f"Line {line} is not an object with `receipt` and `event`.")
    event_id, status = receipt.get("id"), str(receipt.get("status"))
    if status not in [*Status]:
        names = ", ".join(Status)
        raise IndelibleError(f"The receipt in line {line} must have a status: one of {names}.")
    if status not in (Status.QUEUED, Status.DUPLICATE):
        return Kept(line, None, None, status, value["event"])
    time = time_of_uuid7(event_id) if isinstance(event_id, str) else None
    if time is None:
        raise IndelibleError(f"The receipt in line {line} has an id that is none of an event.")
    return Kept(line, event_id, time, status, value["event"])


def lines_of_same_id(receipts: Iterable[Kept]) -> dict[int, int]:
    """The first line with the same id, for each other line whose event was queued with it.

    Only a duplicate, which is not chained again, has the id of another event.
    """
    first, found = dict[str, int](), dict[int, int]()
    for each in receipts:
        if each.event_id is not None and each.status == Status.QUEUED:
            line = first.setdefault(each.event_id, each.line)
            if line != each.line:
                found[each.line] = line
    return found


class Checked(NamedTuple):
    """The result, what is wrong, if anything, and the workspace whose chain has the event."""

    result: Result
    detail: str = ""
    workspace_id: str | None = None


def check_receipt(api: Api, policy: Policy, kept: Kept) -> Checked:
    """The result for an event.

    Raises IndelibleError when the answer of the API does not decide it.
    """
    if kept.event_id is None:
        return Checked(Result.NOT_ACCEPTED)
    try:
        content = api.get(proof_path(kept.event_id))
    except Refused as error:
        return _result_of(error)
    try:
        proof = read_proof_file(content)
        workspace_id = verify_proof(proof, policy).checkpoint.workspace_id
        if proof.event is None or read_header(proof.event.record).id != kept.event_id:
            return Checked(Result.WRONG_PROOF, "it is not a proof of this event")
    except (Unreadable, WrongProof) as error:
        return Checked(Result.WRONG_PROOF, str(error))
    difference = _difference(kept, proof.event.record)
    result = Result.OTHER_CONTENT if difference else Result.PROVED
    return Checked(result, difference, workspace_id)


_NOT_COVERED = {"not_covered", "chain_damaged", NotReady.code}


def _result_of(refused: Refused) -> Checked:
    if refused.error_code == NotFound.code:
        return Checked(Result.MISSING, "the event is not in the chain, although it was accepted")
    if refused.error_code in _NOT_COVERED:
        return Checked(Result.NOT_COVERED, str(refused))
    raise refused


def _difference(kept: Kept, record: bytes) -> str:
    """What is different between the event that was sent and its record; empty if nothing is."""
    sent = _fields_of(kept.event)
    if sent is None:
        return "the event in the file is not one that can have been accepted"
    decoded: Mapping[str, Any] = msgspec.json.decode(record)
    chained = {name: decoded[name] for name in decoded.keys() & EVENT_FIELDS}
    if digest_content(sent) != digest_content(chained):
        names = [each for each in sorted({*sent, *chained}) if sent.get(each) != chained.get(each)]
        return f"the record has other values of {', '.join(names) or 'some fields'}"
    exact = ["idempotency_key", *(["occurred_at"] if kept.status == Status.QUEUED else [])]
    for name in exact:  # a repeated event may have another time, and a request's key is its own
        if name in sent and sent[name] != chained.get(name):
            return f"the record has another {name}"
    return ""


def _fields_of(event: object) -> Mapping[str, Any] | None:
    """The fields of an event as they are chained; None if it is not valid."""
    try:
        valid = validate(event)
    except ModuleNotFoundError:  # only the service has the package that explains invalid events
        return None
    if not isinstance(valid, ValidEvent):
        return None
    fields: Mapping[str, Any] = msgspec.json.decode(valid.fields)
    return fields
