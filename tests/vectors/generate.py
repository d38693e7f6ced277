"""Makes the golden chains of this folder, with the standard library alone.

    python tests/vectors/generate.py

It is a second implementation of docs' chain format, not a user of the first: it imports nothing of
`indelible`. Run it only for a new format; a vector that has been published never changes.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent
WORKSPACE = "ws_4kT9mQ2vXbN7cRd1"


def main() -> None:
    """Write every vector."""
    for name, (about, events) in VECTORS.items():
        vector = {"about": about, "format": 1, "workspace_id": WORKSPACE, "records": chain(events)}
        text = json.dumps(vector, indent=2, ensure_ascii=True) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def chain(events: list[tuple[str, str, dict[str, object]]]) -> list[dict[str, object]]:
    """The records of a chain of events, each a (received_at, created_at, fields)."""
    previous = bytes(32)
    records: list[dict[str, object]] = []
    for sequence, (received_at, created_at, fields) in enumerate(events, start=1):
        own = {
            "format": 1,
            "workspace_id": WORKSPACE,
            "sequence": sequence,
            "id": f"019ab2c3-7d00-7000-8000-{sequence:012x}",
            "created_at": created_at,
            "received_at": received_at,
            "salt": sha256(f"salt {sequence}".encode()).hexdigest()[:32],
        }
        text = json.dumps(fields | own, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        record = text.encode()
        leaf = sha256(b"\x00" + record).digest()
        event = sha256(b"\x02" + previous + leaf).digest()
        records.append(
            {
                "input": {**own, "fields": fields},
                "record": text,
                "record_hex": record.hex(),
                "leaf_hash": leaf.hex(),
                "previous_event_hash": previous.hex() if sequence > 1 else None,
                "event_hash": event.hex(),
            }
        )
        previous = event
    return records


AT = "2026-11-23T20:23:08.000000Z"
VECTORS: dict[str, tuple[str, list[tuple[str, str, dict[str, object]]]]] = {
    "reference": (
        "The reference request: three events received together, a microsecond apart in the chain.",
        [
            (AT, "2026-11-23T20:23:08.000000Z", {
                "actor_id": "user_2hG9kLm", "actor_name": "Sarah Chen",
                "action": "document.created", "resource_id": "doc_8nXpQr3",
                "resource_name": "Q4 Financial Report",
            }),
            (AT, "2026-11-23T20:23:08.000001Z", {
                "actor_id": "user_2hG9kLm", "actor_name": "Sarah Chen",
                "action": "document.shared", "resource_id": "doc_8nXpQr3",
                "resource_name": "Q4 Financial Report",
                "targets": [{"type": "team", "id": "team_5bR7cNx", "name": "Engineering"}],
            }),
            (AT, "2026-11-23T20:23:08.000002Z", {
                "actor_id": "user_9pK3mNq", "actor_name": "James Rivera",
                "action": "comment.added", "resource_id": "doc_8nXpQr3",
                "metadata": {"comment_id": "cmt_7xL2bRw", "body": "Looks good, approved."},
            }),
        ],
    ),
    "text": (
        "Text that is easy to write in two ways: escapes, controls, emoji, keys beyond the BMP.",
        [
            (AT, AT, {
                "actor_id": "\u0000\u0001\t\n\r\"\\/", "action": "caf\u00e9 \u2028\U0001f989",
            }),
            (AT, "2026-11-23T20:23:08.000001Z", {
                "actor_id": "e\u0301 is not \u00e9", "action": "sort",
                "metadata": {"\U0001f989": 4, "\uffff": 3, "\u00e9": 2, "a": 1, "Z": 0, "": -1},
            }),
        ],
    ),
    "numbers": (
        "Numbers at the edges of 64 bits, and floating-point ones.",
        [
            (AT, AT, {
                "actor_id": "a", "action": "n", "version": 18446744073709551615,
                "metadata": {
                    "integers": [-9223372036854775808, 9007199254740993, 0, -1],
                    "floats": [0.1, -0.0, 1.0, 0.0001, 9007199254740993.0, 5e-324],
                    "others": [True, False, None, {}, []],
                },
            }),
        ],
    ),
    "times": (
        "received_at may go back; created_at never does.",
        [
            ("2026-11-23T20:23:08.123000Z", "2026-11-23T20:23:08.123000Z",
             {"actor_id": "a", "action": "first"}),
            ("2026-11-23T20:23:07.000000Z", "2026-11-23T20:23:08.123001Z",
             {"actor_id": "a", "action": "late", "occurred_at": "1969-07-20T20:17:40.000000Z"}),
            ("9999-12-31T23:59:58.000000Z", "9999-12-31T23:59:58.000000Z",
             {"actor_id": "a", "action": "far"}),
        ],
    ),
}  # fmt: skip

if __name__ == "__main__":
    main()
