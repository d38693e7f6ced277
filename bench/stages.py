"""Times the stages of verifying, each by itself over the same events: where the time goes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

from indelible.chain.hashes import GENESIS, event_hashes, leaf_hashes
from indelible.chain.record import read_headers
from indelible.chain.segment import MAX_RECORDS_BYTES, Segment, record_parts
from indelible.codec import decompressed_pieces
from indelible.export_file.blocks import read_blocks
from indelible.export_file.read_lines import read_record_lines

from .figures import Figure
from .offline import export, whole_segments
from .rounds import Case, Timing, unprepared
from .verifying import EVENTS

_SEGMENTS, _FILE = "verify 1000", "offline"
"""The cases of verifying the same events as a whole."""


def _pieces(segments: list[Segment]) -> Iterator[bytes]:
    for each in segments:
        yield from decompressed_pieces(each.codec, each.records, MAX_RECORDS_BYTES, "a segment")


def _for_each(work: Callable[[list[bytes]], object], parts: Iterable[list[bytes]]) -> None:
    for each in parts:
        work(each)


def _exhaust(work: Callable[[], Iterable[object]]) -> None:
    for _ in work():
        pass


def cases() -> dict[str, Case]:
    """Return the timed stages. A unit is an event."""
    segments, file = whole_segments(), export()
    parts = [*chain.from_iterable(map(record_parts, segments))]
    leaves, blocks = [*map(leaf_hashes, parts)], [*read_blocks(io.BytesIO(file))]
    stages: dict[str, Callable[[], object]] = {
        "segments: decompress": partial(_exhaust, partial(_pieces, segments)),
        "segments: decompress and cut": partial(
            _exhaust, lambda: chain.from_iterable(map(record_parts, segments))
        ),
        "file: decompress": partial(_exhaust, lambda: read_blocks(io.BytesIO(file))),
        "file: cut the lines": partial(_exhaust, lambda: map(read_record_lines, blocks[1:])),
        "leaf hashes": partial(_for_each, leaf_hashes, parts),
        "links": partial(_for_each, partial(event_hashes, GENESIS), leaves),
        "headers": partial(_for_each, read_headers, parts),
    }
    return {name: unprepared(EVENTS, run) for name, run in stages.items()}


def figures(timings: dict[str, Timing]) -> list[Figure]:
    """Return µs per event of each stage, and what is left of the whole: the comparisons."""
    spent = {name: (timing.median * 1e6, timing.best * 1e6) for name, timing in timings.items()}
    both = {
        "the leaf hash of each record": spent["leaf hashes"],
        "the link of each record": spent["links"],
        "JSON, UTF-8 and header of each record": spent["headers"],
    }
    whole, pieces = spent["segments: decompress and cut"], spent["segments: decompress"]
    cut = whole[0] - pieces[0], whole[1] - pieces[1]
    in_segments = {"decompressing": pieces, "cutting into records": cut, **both}
    unpacked, lines = spent["file: decompress"], spent["file: cut the lines"]
    in_file = {"decompressing": unpacked, "cutting into lines": lines, **both}
    return [
        *_group("verifying segments of 1,000, by stage", in_segments, spent[_SEGMENTS]),
        *_group("verifying an export file, by stage", in_file, spent[_FILE]),
    ]


def _group(
    name: str, stages: dict[str, tuple[float, float]], whole: tuple[float, float]
) -> list[Figure]:
    medians, bests = zip(*stages.values(), strict=True)
    rest = whole[0] - sum(medians), whole[1] - sum(bests)
    every = {**stages, "the rest: order, times, comparisons": rest, "the whole": whole}
    return [Figure(name, stage, "µs per event", *spent) for stage, spent in every.items()]
