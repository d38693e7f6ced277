"""Proofs of pages, as GET /v1/events answers them, made without the code that makes them there."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

from browser.checking import policy_text
from indelible.chain.hashes import leaf_hash
from indelible.tlog.merkle import root_of
from support.builders import WORKSPACE
from support.proofs import POLICY, a_checkpoint, a_proof_file


def nodes_beside(leaves: Sequence[bytes], indexes: Iterable[int]) -> dict[str, str]:
    """The hashes that these leaves do not give, by `<level>/<n>`."""
    nodes, level, width = {}, 0, 1
    known = {*indexes}
    while width < len(leaves):
        for beside in {each ^ 1 for each in known} - known:
            if below := leaves[beside * width : (beside + 1) * width]:
                nodes[f"{level}/{beside}"] = b64encode(root_of(below)).decode()
        known, level, width = {each >> 1 for each in known}, level + 1, width * 2
    return nodes


def page_proof(
    records: Sequence[bytes], indexes: Sequence[int], size: int | None = None
) -> dict[str, Any]:
    """The proof of these records of a chain, of which `size` are covered, or all."""
    covered = records[:size]
    leaves = [*map(leaf_hash, covered)]
    return {
        "checkpoint": a_proof_file(checkpoint=a_checkpoint(covered)).encoded.decode(),
        "reason": None,
        "records": [{"index": each, "record": records[each].decode()} for each in indexes],
        "nodes": nodes_beside(leaves, [each for each in indexes if each < len(leaves)]),
    }


def page_options(proof: Any, **options: Any) -> dict[str, Any]:
    """The options of `checkPage` for somebody who wants both witnesses."""
    expected = {"workspaceId": WORKSPACE}
    return {"proof": proof, "expected": expected, "policy": policy_text(POLICY), **options}
