"""Export files of a chain that a log covers, wholly or up to some segment."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from indelible.chain.segment import Segment
from indelible.export_file.checkpoint import FileCheckpoint
from indelible.export_file.lines import record_lines
from indelible.export_file.manifest import Manifest, read_manifest
from indelible.exporting.range import make_manifest
from indelible.filters import Filters
from indelible.proving.export_checkpoint import with_checkpoint

from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.deployment import Deployment
from support.proving import a_deployment, runs_of


def a_covered_chain(chain: list[Segment], covered: int | None = None) -> Deployment:
    """A deployment with this chain, of which the first `covered` segments are covered, or all."""
    deployment = a_deployment()
    deployment.append(chain[:covered])
    deployment.note(WORKSPACE, *(each.first_sequence for each in chain[:covered]))
    deployment.run()
    deployment.append([] if covered is None else chain[covered:])
    return deployment


def covered_manifest(deployment: Deployment, filters: Filters | None = None) -> Manifest:
    """The manifest of an export of the chain as it is now, with its checkpoint."""
    now = deployment.now
    manifest = make_manifest(deployment.ledger, WORKSPACE, filters or Filters(), now)
    return with_checkpoint(runs_of(deployment), deployment.bucket, deployment.ledger, manifest, now)


def lines_after(manifest: Manifest, chain: list[Segment], filters: Filters) -> list[bytes]:
    """The lines of the file that begins with this manifest."""
    matches = filters.matches if filters.texts else None
    first, last = manifest.first_sequence, manifest.head.sequence
    parts = [record_lines(each, first, last, matches).text for each in chain]
    return [manifest.as_line(), *b"".join(parts).splitlines(keepends=True)]


def covered_lines(deployment: Deployment, filters: Filters | None = None) -> list[bytes]:
    """The lines of an export of the chain as it is now."""
    chosen = filters or Filters()
    chain = deployment.ledger.chain(WORKSPACE)
    return lines_after(covered_manifest(deployment, chosen), chain, chosen)


def checkpoint_in(lines: list[bytes]) -> FileCheckpoint:
    """The checkpoint in a file."""
    found = read_manifest(lines[0]).checkpoint
    assert isinstance(found, FileCheckpoint)
    return found


def with_checkpoint_changed(lines: list[bytes], **changes: Any) -> list[bytes]:
    """The file with other values in its checkpoint."""
    manifest = json.loads(lines[0])
    manifest["checkpoint"] |= changes
    return [json.dumps(manifest).encode() + b"\n", *lines[1:]]


CHAIN = a_chain(700, 7)
"""A hundred segments of seven records."""


@cache
def covered(segments: int | None = None) -> Deployment:
    """The chain, of which so many segments are covered."""
    return a_covered_chain(CHAIN, segments)


def between(first: int, last: int) -> Filters:
    """The records of these sequences, by their times."""
    return Filters({}, NOON + first * SECOND, NOON + last * SECOND)
