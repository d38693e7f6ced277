"""The verdict of `indelible verify`, printed for people or for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..chain.hashes import EMPTY, Head
from ..export_file.manifest import Manifest
from ..verifying.breaks import Break, Step
from ..verifying.coverage import Coverage
from ..verifying.kept_head import KeptHead
from .coverage_words import say_coverage, say_warnings
from .output import counted, print_json, print_table, say

SHOWN_BREAKS = 20
"""Maximum breaks that are printed. The others are only counted."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a chain that a file holds.

    `records` counts the records in it. The manifest also counts records of which the file has only
    hashes.
    """

    manifest: Manifest
    records: int

    def as_json(self) -> dict[str, object]:
        """The part as JSON; the names are those of the manifest."""
        bounds = self.manifest.filters
        return {
            "first_sequence": self.manifest.first_sequence,
            "records_in_file": self.records,
            "from": bounds.get("from"),
            "to": bounds.get("to"),
            "filters": self.manifest.text_filters,
        }

    def say(self) -> None:
        """Print what the file leaves out, if anything."""
        manifest, filters = self.manifest, self.manifest.filters
        bounds = [f"{name} {filters[name]}" for name in ("from", "to") if name in filters]
        if bounds:
            first, last = manifest.first_sequence, manifest.head.sequence
            held = f"sequences {first} to {last}" if manifest.records else "no sequence"
            say(f"part of the chain: {held}, created {' '.join(bounds)}")
        if manifest.text_filters:
            named = ", ".join(f"{name} {text!r}" for name, text in manifest.text_filters.items())
            say(f"filtered: the file has only the hashes of records that do not match: {named}")


@dataclass(slots=True)
class Verdict:
    """The result of verifying so far. `part` is for files, `segments` for tables.

    `on_their_way` is the number of accepted events that may become the first of an empty chain.
    """

    records: int = 0
    segments: int = 0
    head: Head = EMPTY
    on_their_way: int = 0
    broken: int = 0
    shown: list[Break] = field(default_factory=list)
    """The first breaks; a broken chain may have more breaks than records."""

    part: Part | None = None
    coverage: Coverage | None = None
    """None for a table without checkpoints, and for a broken file."""

    def add_step(self, step: Step) -> None:
        """Add the result of one segment, or of one block of a file."""
        self.records += step.events
        self.head = step.head
        self.add(step.breaks)

    def add(self, breaks: Iterable[Break]) -> None:
        """Count breaks, and keep the first."""
        for each in breaks:
            self.broken += 1
            if len(self.shown) < SHOWN_BREAKS:
                self.shown.append(each)

    def compare(self, expected: KeptHead | None) -> None:
        """Add a break if the chain does not have the expected head."""
        if expected and (missed := expected.check()):
            self.add([missed])

    @property
    def head_text(self) -> str | None:
        """The head of a valid chain, as `--expect-head` reads it."""
        if self.broken or not (head := self.found_head):
            return None
        return f"{head.sequence}:{head.event_hash.hex()}"

    @property
    def found_head(self) -> Head | None:
        """The head of the chain. None without records: a file then only claims to have one."""
        return self.head if self.records and self.head.sequence else None


def print_verdict(workspace_id: str, verdict: Verdict, seconds: float, *, as_json: bool) -> None:
    """Print a verdict, as JSON or in sentences."""
    if as_json:
        print_json(verdict_as_json(workspace_id, verdict, seconds))
    else:
        _say(workspace_id, verdict, seconds)


def verdict_as_json(workspace_id: str, verdict: Verdict, seconds: float) -> dict[str, object]:
    """A verdict as `--json` prints it."""
    head = verdict.found_head
    return {
        "workspace_id": workspace_id,
        "valid": not verdict.broken,
        "records": verdict.records,
        "segments": verdict.segments,
        "on_their_way": verdict.on_their_way,
        "file": verdict.part.as_json() if verdict.part else None,
        "coverage": verdict.coverage.as_json() if verdict.coverage else None,
        "head": head and {"sequence": head.sequence, "event_hash": head.event_hash.hex()},
        "seconds": round(seconds, 3),
        "breaks_found": verdict.broken,
        "breaks": [
            {
                "type": each.type.value,
                "sequence": each.sequence,
                "event_id": each.event_id,
                "expected": each.expected,
                "actual": each.actual,
                "detail": each.detail,
            }
            for each in verdict.shown
        ],
    }


def _say(workspace_id: str, verdict: Verdict, seconds: float) -> None:
    read = counted(verdict.records, "record")
    if verdict.segments:
        read += f" in {counted(verdict.segments, 'segment')}"
    if verdict.part and verdict.part.records != verdict.records:
        read += f", {verdict.part.records:,} of them in the file"
    _say_result(workspace_id, verdict, read)
    if verdict.part:
        verdict.part.say()
    if verdict.broken:
        _say_covered(verdict)
        say_breaks(verdict)
        return
    if verdict.on_their_way:
        events = counted(verdict.on_their_way, "event")
        say(f"{events} accepted within the last hour, and none is chained yet")
    if verdict.head_text:
        say(f"head {verdict.head_text}")
    _say_covered(verdict)
    rate = verdict.records / seconds
    say(f"verified in {seconds:.1f} seconds, {rate:,.0f} records a second")


def _say_covered(verdict: Verdict) -> None:
    """Print up to where the chain is covered, and what was found that may be in order."""
    if verdict.coverage:
        say_coverage(verdict.coverage, verdict.head.sequence)
        say_warnings(verdict.coverage)


def _say_result(workspace_id: str, verdict: Verdict, read: str) -> None:
    """Print the verdict in a line. A chain that was restarted is never plainly valid."""
    if verdict.broken:
        say(f"{workspace_id} is broken in {counted(verdict.broken, 'place')}: {read}.", "bold red")
    elif verdict.coverage and verdict.coverage.epoch:
        say(f"{workspace_id} is valid since its restart: {read}.", "bold red")
    else:
        say(f"{workspace_id} is valid: {read}.", "green")


def say_breaks(verdict: Verdict) -> None:
    """Print the first breaks."""
    if verdict.broken > len(verdict.shown):
        say(f"The first {len(verdict.shown)} are:")
    print_table(
        ("type", "sequence", "event_id", "expected", "actual"),
        [
            (each.type.value, each.sequence, each.event_id, _expected(each), each.actual)
            for each in verdict.shown
        ],
    )


def _expected(found: Break) -> str | None:
    """What was expected, and what else is known of it."""
    return "; ".join(filter(None, (found.expected, found.detail))) or None
