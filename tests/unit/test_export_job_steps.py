"""Making the file of an export: the same file, whatever interrupts it."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.segment import Segment
from indelible.errors import Conflict, Unavailable
from indelible.exporting.job import Export, ExportStatus
from support.builders import NOON, SECOND, a_chain, a_queued_event
from support.examples import examples
from unit.export_driver import SMALL, ExportDriver

FORMATS = ["csv", "ndjson"]


def a_varied_chain(n: int = 60, per_segment: int = 4) -> list[Segment]:
    """Events whose texts do not compress away, a third of them by Ünal."""
    actors = ["user_1", "Ünal", "user_3"]
    events = [
        a_queued_event(i, NOON + i * SECOND, actor_id=actors[i % 3], metadata={"note": noise(i)})
        for i in range(1, n + 1)
    ]
    return a_chain(n, per_segment, events)


def noise(i: int) -> str:
    return "".join(chr(0x100 + (i * 7919 + j * 104_729) % 5_000) for j in range(60))


CHAIN = a_varied_chain()


def made_in_one_go(file_format: str) -> tuple[ExportDriver, Export]:
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start({"format": file_format})
    workshop.step(export)
    assert workshop.state(export).status is ExportStatus.COMPLETED
    return workshop, export


def records_in(file: bytes, file_format: str) -> int:
    if file_format == "csv":
        return file.count(b"\r\n") - 1
    return len(gzip.decompress(file).splitlines()) - 1


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_holds_every_event_and_says_how_large_it_is(file_format: str) -> None:
    workshop, export = made_in_one_go(file_format)
    finished = workshop.state(export)
    assert workshop.faults.calls.count("upload_part") > 3
    assert records_in(workshop.file(export), file_format) == 60
    assert finished.total_rows == 60
    assert finished.file_size == len(workshop.file(export))
    assert finished.progress is None


@pytest.mark.parametrize("file_format", FORMATS)
def test_only_events_that_are_meant_are_rows(file_format: str) -> None:
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start({"format": file_format, "filters": {"actor_id": "Ünal"}})
    assert workshop.finish(export).total_rows == 20
    if file_format == "csv":
        assert records_in(workshop.file(export), file_format) == 20
    else:
        _, *lines = map(json.loads, gzip.decompress(workshop.file(export)).splitlines())
        assert len(lines) == 60, "the others are there with their leaf hash"
        assert sum("record" in line for line in lines) == 20


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_last_record_is_in_the_file_when_it_is_a_segment_of_its_own(file_format: str) -> None:
    workshop = ExportDriver(a_varied_chain(7, 1), SMALL)
    export = workshop.start({"format": file_format})
    assert workshop.finish(export).total_rows == 7
    assert records_in(workshop.file(export), file_format) == 7


@pytest.mark.parametrize("file_format", FORMATS)
@given(chunks=st.lists(st.integers(1, 4), min_size=1))
@settings(max_examples=examples(30))
def test_a_file_is_the_same_however_often_time_runs_out(
    file_format: str, chunks: list[int]
) -> None:
    reference, original = made_in_one_go(file_format)
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start({"format": file_format})
    for each in chunks:
        workshop.step(export, each)
    workshop.finish(export)
    assert workshop.file(export) == reference.file(original)


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_is_the_same_whichever_call_fails(file_format: str, fault: str) -> None:
    reference, original = made_in_one_go(file_format)
    calls = list(reference.faults.calls)
    assert {"find", "begin", "ascending", "upload_part", "save", "complete"} <= set(calls)
    for index, method in enumerate(calls):
        workshop = ExportDriver(CHAIN, SMALL)
        export = workshop.start({"format": file_format})
        workshop.faults.plan(method, *[None] * calls[:index].count(method), fault)
        finished = workshop.finish(export)
        assert workshop.faults.planned[method] == [], "the fault did not take place"
        assert finished.status is ExportStatus.COMPLETED
        assert finished.total_rows == 60
        assert workshop.file(export) == reference.file(original)


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("method", ["get", "put", "save", "ascending"])
def test_a_file_is_the_same_whatever_fails_between_steps(method: str, fault: str) -> None:
    reference, original = made_in_one_go("csv")
    for index in range(12):
        workshop = ExportDriver(CHAIN, SMALL)
        export = workshop.start()
        workshop.faults.plan(method, *[None] * index, fault, fault)
        finished = workshop.finish(export, chunks=1)
        assert finished.status is ExportStatus.COMPLETED
        assert workshop.file(export) == reference.file(original)


@pytest.mark.parametrize("chunks", [1, 3, None])
@pytest.mark.parametrize("file_format", FORMATS)
def test_two_who_work_on_one_export_cannot_spoil_it(file_format: str, chunks: int | None) -> None:
    """The second does some or all of the work between any two calls of the first."""
    reference, original = made_in_one_go(file_format)
    for moment in range(1, len(reference.faults.calls) + 1):
        workshop = ExportDriver(CHAIN, SMALL)
        export = workshop.start({"format": file_format})
        come = partial(workshop.step, export, chunks)
        workshop.before(moment, come)
        with suppress(Conflict, Unavailable):
            workshop.step(export)
        assert workshop.faults.interrupt is None
        finished = workshop.finish(export)
        assert finished.status is ExportStatus.COMPLETED
        assert finished.total_rows == 60
        assert workshop.file(export) == reference.file(original)


def test_whoever_saves_second_stops_and_says_so() -> None:
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start()
    workshop.step(export, chunks=1)
    workshop.before("save", lambda: workshop.step(export, chunks=2))
    with pytest.raises(Conflict):
        workshop.step(export)
    assert workshop.state(export).status is ExportStatus.PROCESSING


def test_what_was_read_before_a_failure_is_kept() -> None:
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start({"filters": {"actor_id": "nobody"}})
    reads = [None] * 6
    workshop.faults.plan("ascending", *reads, "before", "before")
    paused = workshop.step(export)
    assert paused is not None
    assert paused.status is ExportStatus.PROCESSING
    assert paused.progress is not None
    assert paused.progress.next_sequence > 24
    with pytest.raises(Unavailable):
        workshop.step(export)
    assert workshop.finish(export).total_rows == 0


def test_a_finished_export_is_left_alone() -> None:
    workshop, export = made_in_one_go("csv")
    workshop.faults.calls.clear()
    assert workshop.step(export) is None
    assert workshop.faults.calls == ["find"]


def test_events_that_come_later_are_not_in_the_file() -> None:
    workshop = ExportDriver(CHAIN[:8])
    export = workshop.start({"format": "ndjson"})
    workshop.step(export, chunks=1)
    workshop.ledger.load(CHAIN)
    assert workshop.finish(export).total_rows == 32
    manifest, *lines = gzip.decompress(workshop.file(export)).splitlines()
    assert len(lines) == json.loads(manifest)["records"] == 32


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_chain_without_events_makes_a_file_without_events(file_format: str) -> None:
    workshop = ExportDriver([])
    export = workshop.start({"format": file_format})
    assert workshop.finish(export).total_rows == 0
    assert records_in(workshop.file(export), file_format) == 0


def test_a_part_is_uploaded_as_soon_as_it_is_large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory holds a part and a chunk, however long the chain."""
    workshop = ExportDriver(a_varied_chain(400), SMALL)
    sizes: list[int] = []
    upload_part = workshop.files.upload_part

    def noting(name: str, upload_id: str, number: int, body: bytes) -> str:
        sizes.append(len(body))
        return upload_part(name, upload_id, number, body)

    monkeypatch.setattr(workshop.files, "upload_part", noting)
    assert workshop.finish(workshop.start()).total_rows == 400
    largest_chunk = sum(sizes) / 400 * 2 * SMALL.chunk_records
    assert max(sizes) < SMALL.part_bytes + largest_chunk
