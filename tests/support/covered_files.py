"""Export files of a chain that a log covers, wholly or up to some segment."""

from __future__ import annotations

from indelible.chain.segment import Segment
from indelible.export_file.lines import record_lines
from indelible.export_file.manifest import Manifest
from indelible.exporting.range import make_manifest
from indelible.filters import Filters
from indelible.proving.export_checkpoint import with_checkpoint

from support.builders import WORKSPACE
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
