"""Pages of events and their proofs as `EventPage` in openapi.yaml has them."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from ..reading.event_view import record_text
from ..times import format_time
from .responses import public_message

if TYPE_CHECKING:
    from ..proving.page_proof import PageProof
    from ..reading.event_page import EventPage, ListPosition
    from .parameters import PageRequest, SigningKey


def public_page(
    page: EventPage, request: PageRequest[ListPosition], key: SigningKey, proof: PageProof | None
) -> dict[str, object]:
    """The page that the request has asked for, with its proof if there is one."""
    shown: dict[str, object] = {
        "data": page.events,
        "pagination": {
            "has_more": page.next is not None,
            "next_cursor": request.next_cursor(page.next, key),
            "total": page.total,
            "searched_to": None if page.searched_to is None else format_time(page.searched_to),
        },
    }
    return shown | {"proof": _public_proof(proof)} if proof else shown


def _public_proof(proof: PageProof) -> dict[str, object]:
    reason = proof.reason and {"code": proof.reason.code, "message": public_message(proof.reason)}
    return {
        "checkpoint": proof.file and proof.file.encoded.decode(),
        "reason": reason,
        "records": [
            {"index": sequence - 1, "record": record_text(record)}
            for sequence, record in proof.records.items()
        ],
        "nodes": {
            f"{level}/{number}": b64encode(found).decode()
            for (level, number), found in proof.nodes.items()
        },
    }
