"""A covered chain of events like those of an application, and proofs of any page of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, leaf_hash
from indelible.chain.segment import read_records
from indelible.checkpoints.consistency import Consistency
from indelible.checkpoints.proof_file import EventProof, ProofFile
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.proving.consistency import prove_consistency
from indelible.times import parse_time
from indelible.writing.build_segment import build_segment
from support.builders import SECOND, WORKSPACE, counted_entropy, event_id
from support.deployment import Deployment
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG
from support.proving import runs_of
from support.trees import slow_path, slow_root, split_of

NOW = parse_time("2026-11-27T10:00:00.000000Z")
"""The time of the page, in microseconds."""

PEOPLE = [
    ("user_2hG9kLm", "Sarah Chen"), ("user_9pK3mNq", "James Rivera"),
    ("user_5tR8wXz", "Amélie Dubois"), ("user_1qA4sDf", "Noor Haddad"), ("svc_billing", None),
    ("user_7yU2iOp", "Kenji Watanabe"),
]  # fmt: skip
DEEDS: list[tuple[str, str, str, str | None]] = [
    ("user.login", "session", "ses_4tY8wPz", None),
    ("document.shared", "document", "doc_8nXpQr3", "Q4 Financial Report"),
    ("invoice.paid", "invoice", "inv_2026_1184", None),
    ("user.login", "session", "ses_9kL2mQw", None),
    ("document.viewed", "document", "doc_3vBnM7k", "Board minutes, November"),
    ("api_key.revoked", "api_key", "key_6gH1jKl", "Continuous integration"),
    ("member.invited", "team", "team_5bR7cNx", "Engineering"),
]


def sample_fields(number: int) -> dict[str, object]:
    """The fields of an event as an application submits it."""
    actor_id, name = PEOPLE[number * 5 % len(PEOPLE)]
    action, resource, resource_id, resource_name = DEEDS[number * 3 % len(DEEDS)]
    fields: dict[str, object] = {
        "actor_id": actor_id,
        "action": action,
        "resource": resource,
        "resource_id": resource_id,
        "tenant_id": "org_acme",
        "ip_address": f"203.0.113.{number * 7 % 200 + 10}",
        "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15",
        "metadata": {"plan": "enterprise", "seats": number, "mfa": number % 2 == 0},
    }
    if name:
        fields["actor_name"] = name
    if resource_name:
        fields["resource_name"] = resource_name
    return fields


@dataclass(frozen=True)
class SampleLog:
    """The records of a chain, of which the first `size` are covered by a cosigned checkpoint.

    `growth` answers how the log and the chain have grown since they had these sizes.
    """

    records: list[bytes]
    checkpoint: ProofFile | None
    growth: Callable[[int, int], Consistency] | None = None

    @property
    def size(self) -> int:
        return self.checkpoint.checkpoint.size if self.checkpoint else 0

    @property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of the covered records, as they were covered."""
        return [leaf_hash(each) for each in self.records[: self.size]]

    def proof_file(self, index: int) -> bytes:
        """The proof file of the record at this index."""
        assert self.checkpoint
        path = tuple(slow_path(index, self.leaves))
        return replace(self.checkpoint, event=EventProof(index, path, self.records[index])).encoded

    def page_proof(self, indices: Sequence[int]) -> dict[str, object]:
        """The proof of a page with the records at these indices, as `include=proof` answers it."""
        records = [{"index": each, "record": self.records[each].decode()} for each in indices]
        if self.checkpoint is None:
            reason = {"code": "not_ready", "message": "The log covers no event of this workspace."}
            return {"checkpoint": None, "reason": reason, "records": records, "nodes": {}}
        covered = {each for each in indices if each < self.size}
        nodes = shared_nodes(covered, self.leaves) if covered else {}
        encoded = {name: b64encode(each).decode() for name, each in nodes.items()}
        text = self.checkpoint.encoded.decode()
        return {"checkpoint": text, "reason": None, "records": records, "nodes": encoded}


def shared_nodes(covered: set[int], leaves: Sequence[bytes]) -> dict[str, bytes]:
    """The roots of the largest subtrees in which no record of the page is, as level/number.

    A subtree at the right edge has the level of the one beside it.
    """
    nodes: dict[str, bytes] = {}

    def walk(start: int, stop: int, level: int) -> None:
        if not any(start <= each < stop for each in covered):
            nodes[f"{level}/{start >> level}"] = slow_root(leaves[start:stop])
        elif stop - start > 1:
            width = split_of(stop - start)
            beneath = width.bit_length() - 1
            walk(start, start + width, beneath)
            walk(start + width, stop, beneath)

    walk(0, len(leaves), (len(leaves) - 1).bit_length())
    return nodes


def a_log(
    events: Sequence[dict[str, object]],
    covered: int | None = None,
    *,
    seconds: int = 600,
    has_witness: bool = True,
    until: int = NOW - 60 * SECOND,
) -> SampleLog:
    """A chain of these events, the last of them at `until`, one about every so many seconds.

    The first `covered` of them are covered, by default all. Zero is none.
    """
    covered = len(events) if covered is None else covered
    times = _times(len(events), seconds, until)
    return logs_of_runs(events, [covered], times, has_witness=has_witness)[0]


def logs_of_runs(
    events: Sequence[dict[str, object]],
    runs: Sequence[int],
    times: Sequence[int] | None = None,
    *,
    has_witness: bool = True,
) -> list[SampleLog]:
    """One chain of these events after each run, of which the n-th covers the first `runs[n]`."""
    times = times or _times(len(events), 600, NOW - 60 * SECOND)
    queued = [
        QueuedEvent(event_id(n, at), at, fields)
        for n, (at, fields) in enumerate(zip(times, events, strict=True), 1)
    ]
    entropy, head = counted_entropy(), EMPTY
    witness = MemoryWitness(time=NOW // SECOND - 90)
    deployment = Deployment(witnesses=[witness] if has_witness else [])
    deployment.now = NOW - 200 * SECOND
    records, logs = list[bytes](), list[SampleLog]()
    for number, stop in enumerate((*runs, len(queued)), 1):
        while len(records) < stop:
            segment = build_segment(WORKSPACE, head, queued[len(records) : stop], entropy)
            head = segment.head
            records += read_records(segment)
            if number <= len(runs):
                deployment.append([segment])
                deployment.note(WORKSPACE, segment.first_sequence)
        if number <= len(runs):
            logs.append(_log_after_run(deployment, records) if stop else SampleLog(records, None))
    return logs


def _log_after_run(deployment: Deployment, records: list[bytes]) -> SampleLog:
    """The log after another run. Its records are all that the list will have."""
    deployment.run()
    newest = runs_of(deployment).get(deployment.now)
    growth = partial(prove_consistency, newest, deployment.bucket, deployment.ledger, WORKSPACE)
    return SampleLog(records, make_checkpoint_file(newest, WORKSPACE), growth)


def _times(count: int, seconds: int, until: int) -> list[int]:
    """Times that grow unevenly, as those of people at work do. The last ones are close together."""
    times, at = list[int](), until
    for n in range(count):
        times.append(at)
        at -= (17 + (n * n * 31 + n * 7) % (2 * seconds) * min(n, 12) // 12) * SECOND
    return times[::-1]


def sample_events(count: int) -> list[dict[str, object]]:
    """So many events of an application."""
    return [sample_fields(each) for each in range(1, count + 1)]


def page_time() -> datetime:
    """The time of the page, for the browser's clock."""
    return datetime.fromtimestamp(NOW / SECOND, UTC)


LOG_KEYS = {
    "data": [{"vkey": LOG.key.text, "first_size": 1}],
    "witnesses": [{"name": FIRST.name, "vkey": FIRST.witness_key.text}],
}
"""What `GET /v1/log-keys` answers for this log."""
