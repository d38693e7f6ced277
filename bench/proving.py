"""Measures proofs from a chain of a million covered records: calls, bytes, and time to verify."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from indelible.checkpoints.object_keys import run_key, workspace_tile_key
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.checkpoints.published_run import read_published_run
from indelible.checkpoints.state import decode_state
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.growth import encode_note
from indelible.tlog.keys import NOTES, VerifierKey
from indelible.tlog.merkle import check_consistency, root_of
from indelible.tlog.policy import policy_of
from indelible.tlog.tile_proofs import consistency_path
from indelible.tlog.tiles import TILE_BYTES, TILE_WIDTH, decode_edge, split_hashes, tile_path
from indelible.verifying.proof import verify_proof

from .aws import ENVIRONMENT, WORKSPACE
from .cloud import Cloud
from .deployment import Deployment, workspace_ids
from .figures import Figure
from .handlers import Context, Handler, invocation, load
from .long_chain import EVENTS, PER_SEGMENT, long_chain

COLD_TARGET, WARM_TARGET, HANDLER_TARGET, BYTES_TARGET = 9, 6, 20.0, 6_144
VERIFY_TARGET = 2.0
WORKSPACES = 100
_ROUNDS = 15
_RUNS_OF_A_LOG = 1_000_000
_GROUP = f"proofs, out of {EVENTS:,} events"


def measure_proofs() -> list[Figure]:
    """Cover the chain that `make bench` reads from, then prove events of it with the handler."""
    cloud, seconds = _covered()
    return [
        Figure(
            "covering, one chain",
            f"{EVENTS:,} records, without botocore",
            "records/s",
            EVENTS / seconds,
            note=f"segments of {PER_SEGMENT}, at most 50,000 records a run",
        ),
        *_proofs(cloud),
        *_consistency(cloud),
    ]


def _covered() -> tuple[Cloud, float]:
    """The chain covered whole, beside 99 workspaces; and the processor seconds that it took."""
    deployment = Deployment(Cloud(table=long_chain().store))
    deployment.now = time.time_ns() // 1_000 - 60 * 60_000_000
    deployment.grow(dict.fromkeys(workspace_ids(WORKSPACES - 1), 1))
    deployment.run(http=False)
    deployment.cloud.send_note(encode_note({WORKSPACE: [EVENTS - PER_SEGMENT + 1]}))
    seconds = 0.0
    while (state := _state(deployment.cloud)) is None or state.size < EVENTS:
        seconds += deployment.run(http=False)
    deployment.grow({workspace_ids(1)[0]: 1})  # so that the newest run is a minute old
    deployment.now = time.time_ns() // 1_000 - 60_000_000
    deployment.run(0, http=False)
    return deployment.cloud, seconds


def _newest(cloud: Cloud) -> int:
    return sum(key.startswith("run/") for key in cloud.objects)


def _state(cloud: Cloud) -> WorkspaceState | None:
    run = read_published_run(cloud.objects[run_key(_newest(cloud))])
    state = decode_state(cloud.states[run.state_version])
    return next((each for each in state.workspaces if each.workspace_id == WORKSPACE), None)


def _proofs(cloud: Cloud) -> list[Figure]:
    handler, ids = load("proofs"), long_chain().ids
    path = f"/v1/events/{ids[len(ids) // 3]}/proof"
    with cloud.answering():
        cold = _counted(cloud, handler, path)
        warm = _counted(cloud, handler, path)
        taken = [_timed(lambda: _send(handler, path)) for _ in range(_ROUNDS)]
        file = _send(handler, path)
    note = f"{WORKSPACES} workspaces"
    return [
        Figure(
            _GROUP, "an event", "AWS calls", warm.total(), target=WARM_TARGET, note=_names(warm)
        ),
        Figure(_GROUP, "  cold", "AWS calls", cold.total(), target=COLD_TARGET, note=_names(cold)),
        Figure(
            _GROUP,
            "  handler",
            "ms",
            statistics.median(taken),
            min(taken),
            target=HANDLER_TARGET,
            note=note,
        ),
        *_file_figures(cloud, file.encode()),
    ]


def _file_figures(cloud: Cloud, file: bytes) -> list[Figure]:
    proof = read_proof_file(file)
    public = cloud.key.public_key().public_bytes_raw()
    policy = policy_of(VerifierKey(ENVIRONMENT["LOG_ORIGIN"], NOTES, public))
    verify_proof(proof, policy)
    taken = [_timed(lambda: verify_proof(read_proof_file(file), policy)) for _ in range(_ROUNDS)]
    return [
        Figure(
            _GROUP,
            "  file",
            "bytes",
            len(file) + _more_of_a_long_log(proof),
            target=BYTES_TARGET,
            note=f"{len(file):,} here; the log is counted with a million runs",
        ),
        Figure(
            _GROUP,
            "  verifying it offline",
            "ms",
            statistics.median(taken),
            min(taken),
            target=VERIFY_TARGET,
            note="one signature, no witness",
        ),
    ]


def _more_of_a_long_log(proof: ProofFile) -> int:
    """Bytes that the path of a log of a million runs adds: a line of base64 for each hash."""
    most = (_RUNS_OF_A_LOG - 1).bit_length()
    return (most - len(proof.log_path)) * len("A" * 44 + "\n")


def _consistency(cloud: Cloud) -> list[Figure]:
    """Prove that the tree has only grown since its first segment, from tiles alone."""
    state = _state(cloud)
    assert state is not None
    reads = list[str]()

    def read_object(level: int, number: int) -> bytes:
        reads.append(workspace_tile_key(WORKSPACE, state.epoch, tile_path(level, number)))
        return cloud.objects[reads[-1]]

    def read_tile(level: int, number: int, width: int) -> bytes:
        if width == TILE_WIDTH:
            return read_object(level, number)[:TILE_BYTES]
        full = state.size // TILE_WIDTH
        edge = decode_edge(read_object(0, full - 1)[TILE_BYTES:], full * TILE_WIDTH)
        return edge.rows[level]

    def prove() -> list[bytes]:
        reads.clear()
        return consistency_path(PER_SEGMENT, state.size, read_tile, state.tree)

    path = prove()
    old = _root_of_first_segment(read_object)
    taken = [_timed(prove) for _ in range(_ROUNDS)]
    checked = [
        _timed(lambda: check_consistency(PER_SEGMENT, state.size, old, state.tree.root, path))
        for _ in range(_ROUNDS)
    ]
    note = f"from {PER_SEGMENT} records to {state.size:,}, no record is read"
    return [
        Figure(_GROUP, "consistency of two checkpoints", "tiles", len(reads), note=note),
        Figure(_GROUP, "  proving it", "ms", statistics.median(taken), min(taken)),
        Figure(_GROUP, "  checking it", "ms", statistics.median(checked), min(checked)),
    ]


def _root_of_first_segment(read_object: Callable[[int, int], bytes]) -> bytes:
    return root_of(split_hashes(read_object(0, 0)[:TILE_BYTES])[:PER_SEGMENT])


def _counted(cloud: Cloud, handler: Handler, path: str) -> Counter[str]:
    cloud.forget()
    _send(handler, path)
    return Counter(cloud.calls)


def _names(calls: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(calls.items()))


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1_000


def _send(handler: Handler, path: str) -> str:
    answer: dict[str, Any] = handler(_invocation(path), Context())
    if answer["statusCode"] != 200:
        raise ValueError(f"{path} was answered with {answer['statusCode']}: {answer['body']}")
    return str(answer["body"])


def _invocation(path: str) -> dict[str, Any]:
    """The invocation for a proof: the route has the event's id in its middle."""
    made = invocation("GET", path)
    event_id = path.split("/")[3]
    made["resource"], made["pathParameters"] = "/v1/events/{event_id}/proof", {"event_id": event_id}
    return made
