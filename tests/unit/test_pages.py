"""docs/cost.md and docs/capacity.md say what is measured, and fit the code and the template."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from support.handlers import ROOT
from support.template import read_template

from bench.pages import checkpoints
from bench.pages.__main__ import pages
from bench.pages.capacity import THROTTLE_RATE, ceilings, lags, saturation, used
from bench.pages.check import differences, differences_of_runs
from bench.pages.cost import kept_bytes, log_bytes, milliseconds, per_million, total
from bench.pages.cost_page import TARGETS, cost_page
from bench.pages.each_month import ALARMS, always
from bench.pages.inputs import BATCHES, KINDS, Facts, Invocation, Path, read_facts
from bench.pages.markdown import dollars
from bench.pages.svg import Chart, Line, draw
from bench.pages.waiting import MANY, ONE
from bench.runs import CountedRun

FACTS: Facts = read_facts()


def test_the_page_of_costs_is_as_the_facts_make_it() -> None:
    # `python -m bench.pages` writes it again.
    assert (ROOT / "docs" / "cost.md").read_text() == cost_page(FACTS)


@pytest.mark.slow
def test_the_page_of_capacity_and_its_pictures_are_as_the_facts_make_them() -> None:
    for name, text in pages().items():
        assert (ROOT / "docs" / name).read_text() == text, f"run python -m bench.pages for {name}"


def test_what_was_measured_still_holds() -> None:
    # In a process of its own, because it loads the functions.
    command = [sys.executable, "-m", "bench.pages", "--check"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_difference_in_calls_or_units_is_found() -> None:
    path = FACTS.path("none", 100)
    more = replace(path.writer, write_units=path.writer.write_units * 1.1)
    calls = replace(path.ingest, calls={**path.ingest.calls, "DeleteItem": 1.0})
    changed = {"none 100": replace(path, writer=more, ingest=calls)}
    found = differences(FACTS.paths, changed)
    assert [each.split()[2] for each in found] == ["ingest", "writer.write_units"]
    assert differences(FACTS.paths, {"none 100": path}) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_million_events_cost_at_most_what_is_aimed_at(kind: str) -> None:
    assert total(FACTS, kind, 100) <= TARGETS[kind]


def test_checkpoints_cost_at_most_what_is_aimed_at() -> None:
    idle, one = (
        checkpoints.calls_kms_and_lambda(checkpoints.month(FACTS, name))
        for name in ("idle", "1 workspace")
    )
    segment, event = checkpoints.a_million(FACTS)
    assert idle <= checkpoints.MOST_IDLE
    assert one <= checkpoints.MOST_OF_ONE
    assert segment <= checkpoints.MOST_A_MILLION_SEGMENTS
    assert event <= checkpoints.MOST_A_MILLION_EVENTS
    rows = rows_to_reach("performance.md")
    assert ["≤ 1.10", f"{idle:.3f}", "met"] in rows
    for most, here in (("2.60", one), ("0.15", segment), ("0.03", event)):
        assert [f"≤ {most}", dollars(here), "met"] in rows


def test_a_run_costs_what_a_sum_by_hand_says() -> None:
    """64 tiles are put in two rounds. An idle month has 43,833 runs, each for a minute."""
    calls = {"Query": 1.0, "GetObject": 2.0, "PutObject": 66.0, "ReceiveMessage": 2.0, "Sign": 1.0}
    run = CountedRun(1, 1, calls, 1, 64, 0, 0, 0, 3, 5, 324, 1, cpu_ms=0.579 * 2)
    items = checkpoints.of_run(FACTS, run)
    assert items["KMS"] == pytest.approx(15e-6)
    assert items["S3: puts"] == pytest.approx(66 * 5e-6)
    assert items["S3: gets"] == pytest.approx(2 * 0.4e-6)
    assert items["DynamoDB"] == pytest.approx(3 * 0.625e-6 + 5 * 0.125e-6)
    assert items["SQS: growth notes"] == pytest.approx(3 * 0.4e-6)
    assert checkpoints.milliseconds(FACTS, run) == pytest.approx(8 + 40 + 160 + 20 + 20 + 2)
    assert items["Lambda"] == pytest.approx(0.2e-6 + 0.250 * 1.33334e-5)
    assert items["EventBridge Scheduler"] == pytest.approx(1e-6)
    assert items["CloudWatch Logs"] == pytest.approx(1_000 * 0.5e-9)
    key = checkpoints.month(replace(FACTS, runs={"always": run}), "always")["KMS"]
    assert key == pytest.approx(1 + 2_630_000 / 60 * 15e-6)


def test_a_difference_in_the_calls_of_a_run_is_found() -> None:
    idle = FACTS.runs["idle"]
    changed = replace(idle, calls={**idle.calls, "GetItem": 1.0}, log_bytes=2 * idle.log_bytes)
    found = differences_of_runs(FACTS.runs, {"idle": changed})
    assert [each.split()[1] for each in found] == ["calls", "log_bytes"]
    assert differences_of_runs(FACTS.runs, {"idle": idle}) == []


def rows_to_reach(page: str) -> list[list[str]]:
    """Figures, targets and verdicts of a page's section, without their names."""
    section = (ROOT / "docs" / page).read_text().partition("## To reach\n")[2].partition("\n## ")[0]
    return [row.strip("| ").split(" | ")[-3:] for row in section.splitlines() if " | " in row]


def test_the_table_of_targets_says_what_the_page_of_costs_says() -> None:
    rows = rows_to_reach("performance.md")
    for kind in KINDS:
        reached = dollars(total(FACTS, kind, 100))
        assert [f"≤ {TARGETS[kind]:.2f}", reached, "met"] in rows


def test_the_table_of_targets_says_what_the_comparison_says() -> None:
    rows = rows_to_reach("performance.md")
    compared = rows_to_reach("comparison.md")[2:]
    assert len(compared) == 7
    for figure, target, verdict in compared:
        assert [target, figure, verdict] in rows


def test_what_is_counted_of_the_template_is_what_it_has() -> None:
    template = read_template()
    alarms = [r for r in template["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == ALARMS
    of_checkpoints = [each for each in alarms if each.get("Condition") == "HasCheckpoints"]
    assert len(of_checkpoints) == checkpoints.ALARMS
    assert template["Parameters"]["ThrottleRate"]["Default"] == THROTTLE_RATE
    memory = template["Globals"]["Function"]["MemorySize"] / 1_024
    assert memory == FACTS.assumed["memory_gb"].value


def a_path() -> Path:
    """100 events a request, with round numbers: 1,000 bytes of log, functions of 10 and 18 ms."""
    ingest = Invocation({"GetItem": 1}, 4, 8, log_bytes=324, log_lines=1, cpu_ms=0.579 * 1.5)
    writer = Invocation({"SendMessage": 1, "Query": 1}, 12, 2, 324, 1, cpu_ms=0)
    return Path(100, 70_000, 500, 9_000, 10, ingest, writer, packed=writer)


def test_a_million_events_cost_what_a_sum_by_hand_says() -> None:
    items = per_million(FACTS, a_path())
    # 10,000 requests and deliveries; sending or receiving 70,000 bytes is two calls.
    assert items["API Gateway"] == pytest.approx(0.035)
    assert items["data out"] == pytest.approx(10_000 * 1_000 * 0.09e-9)
    assert items["Lambda: ingest"] == pytest.approx(10_000 * (0.2e-6 + 0.010 * 1.33334e-5))
    assert items["Lambda: writer"] == pytest.approx(10_000 * (0.2e-6 + 0.018 * 1.33334e-5))
    assert per_million(FACTS, a_path(), busy=True)["SQS"] == pytest.approx(
        (10_000 * 2 + 1_000 * (11 + 1)) * 0.5e-6
    )
    assert items["SQS"] == pytest.approx(10_000 * (2 + 2 + 1) * 0.5e-6)
    assert items["DynamoDB: writes"] == pytest.approx(10_000 * (4 + 12) * 0.625e-6)
    assert items["DynamoDB: reads"] == pytest.approx(10_000 * (8 + 2) * 0.125e-6)
    assert items["X-Ray"] == pytest.approx(20_000 * 0.05 * 5e-6)
    # Ten segments an invocation of the indexer, and one for each 4,096 records.
    blocks = 1e6 / 4_096
    index = 1_000 * (0.2e-6 + 0.030 * 1.33334e-5) + blocks * (0.2e-6 + 0.120 * 1.33334e-5)
    units = FACTS.index.write_units * 0.625 + FACTS.index.read_units * 0.125
    assert items["index"] == pytest.approx(index + units)
    logged = 10_000 * (1_000 + 480 + 1_000) + (1_000 + blocks) * 650
    assert items["CloudWatch Logs"] == pytest.approx(logged * 0.5e-9)


def test_an_event_takes_its_part_of_the_items_and_of_what_is_beside_each() -> None:
    assert kept_bytes(FACTS, a_path()) == (9_000 + 10 * 100) / 100 + FACTS.index.stored_bytes


def test_ten_messages_a_delivery_are_never_dearer_and_larger_requests_are_cheaper() -> None:
    for kind in KINDS:
        assert total(FACTS, kind, 100, busy=True) < total(FACTS, kind, 100)
        by_batch = [total(FACTS, kind, batch) for batch in BATCHES]
        assert by_batch == sorted(by_batch, reverse=True)


def test_a_stack_without_events_pays_what_is_charged_always() -> None:
    # An idle log with its schedule and its lines, the watcher, and the metrics of both.
    log = 1.095 + 0.044 + 0.029 + 0.087 + 4 * 0.30
    fees = 34 * 0.10 + 3 + 2 * 0.40 + log
    assert always(FACTS) == pytest.approx((fees + 0.20, fees + 0.60), abs=0.002)


def test_calls_follow_each_other_and_inserts_run_four_at_a_time() -> None:
    run = Invocation({"GetItem": 2, "SendMessage": 1, "BatchExecuteStatement": 5}, 0, 0, 0, 0, 0)
    assert milliseconds(FACTS, run) == 2 * 8 + 10 + 2 * 8


def test_a_log_has_lambdas_lines_and_something_beside_each_line() -> None:
    run = Invocation({}, 0, 0, log_bytes=1_000, log_lines=2, cpu_ms=0)
    assert log_bytes(FACTS, run) == 1_000 + 2 * 26 + 650


def test_a_workspace_ends_at_the_chains_partition_and_with_small_requests_at_the_loop() -> None:
    small, large = ceilings(FACTS, 1), ceilings(FACTS, 100)
    assert large["partition of the chain"] < large["the writer's loop, ten messages a delivery"]
    assert small["the writer's loop, ten messages a delivery"] < small["partition of the chain"]


def test_twice_the_load_uses_twice_the_quotas() -> None:
    once, twice = used(FACTS, 1_000, 100), used(FACTS, 2_000, 100)
    assert twice == pytest.approx({name: 2 * share for name, share in once.items()})


def test_one_workspace_has_one_delivery_at_a_time() -> None:
    assert ONE.environments == 1
    assert MANY.workspaces > MANY.environments


def test_one_workspace_is_saturated_at_the_least_of_what_aws_sets() -> None:
    for batch in BATCHES:
        one = saturation(FACTS, replace(ONE, batch=batch))
        ways = ceilings(FACTS, batch)
        assert one == pytest.approx(
            min(ways["the writer's loop, ten messages a delivery"], ways["partition of the chain"])
        )


def test_many_workspaces_wait_for_environments_that_work_without_pause() -> None:
    # 100 environments, 21.3 ms a delivery of one message of 100 events.
    each = milliseconds(FACTS, FACTS.path("none", 100).writer) / 1_000
    assert saturation(FACTS, MANY, 1) == pytest.approx(100 * 100 / each)
    # At 80 % of that a message waits for its own workspace's pause at most, which is rare.
    median, slow = lags(FACTS, MANY, 0.8 * 100 * 100 / each, 20_000)
    assert median == pytest.approx(each)
    assert slow < each + 0.040 + each


def test_as_many_environments_as_workspaces_are_held_up_by_the_pause_only() -> None:
    alike = replace(MANY, environments=MANY.workspaces)
    one = saturation(FACTS, ONE)
    assert saturation(FACTS, alike) == pytest.approx(MANY.workspaces * one)


def test_a_chart_escapes_its_words_and_marks_its_limit() -> None:
    lines = [Line("a < b", [(1.0, 0.1), (2.0, 10.0)])]
    drawn = draw(Chart("A & B", "x", "y", lines, (3.0, "end")))
    assert "a &lt; b" in drawn
    assert "<title>A &amp; B</title>" in drawn
    assert drawn.count("stroke-dasharray") == 1
