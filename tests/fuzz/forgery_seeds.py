"""The corpus of the forgery target: what an attacker with write access would try."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.chain.hashes import leaf_hash

from .forgery_inputs import LEAVES, LINKS, RECORDS, TIMES, Forgery

_CHAIN, _FORK = RECORDS[0], RECORDS[1]


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and inputs."""
    last = {"head": {"sequence": 12, "event_hash": LINKS[0][12].hex()}}
    nobody = {"filters": {"actor_id": "nobody"}}
    salted = [*_CHAIN[:4], _CHAIN[4].replace(b'"salt":"', b'"salt":"0'), *_CHAIN[5:]]
    moved = [each.replace(b"ws_test", b"ws_other") for each in _CHAIN]
    leaves = [*map(leaf_hash, _CHAIN)]
    forgeries = {
        "as-exported": Forgery(_CHAIN),
        "another-salt": Forgery(salted),
        "another-salt-and-the-kept-head": Forgery(salted, changes=last),
        "spliced": Forgery([*_CHAIN[:6], *_FORK[6:]]),
        "spliced-and-the-kept-head": Forgery([*_CHAIN[:6], *_FORK[6:]], changes=last),
        "another-workspace": Forgery(moved, changes={"workspace_id": "ws_other"}),
        "another-workspace-left-out": Forgery(
            moved, 1, left_out=frozenset(range(12)), leaves=leaves, changes=nobody
        ),
        "one-left-out": Forgery(_CHAIN, left_out=frozenset({4}), changes=nobody),
        "one-left-out-unasked": Forgery(_CHAIN, left_out=frozenset({4})),
        "beginning-cut-off": Forgery(_CHAIN[6:], 7, LINKS[0][6]),
        "beginning-asked-for": Forgery(_CHAIN[6:], 7, LINKS[0][6], changes={"from": TIMES[6]}),
        "end-cut-off": Forgery(_CHAIN[:6]),
        "end-asked-for": Forgery(_CHAIN[:6], changes={"to": TIMES[5]}),
        "empty": Forgery([]),
        "covered": Forgery(_CHAIN, covered=LEAVES[0]),
        "covered-and-cut-off": Forgery(_CHAIN[:6], changes={"to": TIMES[5]}, covered=LEAVES[0]),
        "covered-another-salt": Forgery(salted, covered=LEAVES[0]),
        "covered-another-chain": Forgery(_FORK, covered=LEAVES[0]),
        "covered-by-a-stranger": Forgery(
            salted, covered=tuple(map(leaf_hash, salted)), is_ours=False
        ),
        "covered-beginning-asked-for": Forgery(
            _CHAIN[6:], 7, LINKS[0][6], changes={"from": TIMES[6]}, covered=LEAVES[0]
        ),
    }
    for name, forgery in forgeries.items():
        yield f"{name}.ndjson.gz", forgery.make()
