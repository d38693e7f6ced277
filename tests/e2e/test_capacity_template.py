"""The promises of template.yaml about backlog, dead letters and concurrency; no stack is needed."""

import re
from typing import Any

import pytest
from e2e.template import RESOURCES, TEMPLATE, of_type
from indelible.message import MAX_MESSAGE_BYTES
from indelible.writing.dead_letter import KEPT_SECONDS
from simulation.world import MOST_RECEIVES, VISIBILITY_SECONDS

DAY = 24 * 3600
ON_A_SCHEDULE = {"CheckpointFunction", "WatcherFunction"}
"""One invocation at a time is all they need, and a second one does no harm."""

FUNCTIONS = sorted(of_type("AWS::Serverless::Function").keys() - ON_A_SCHEDULE)


def alarm(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = RESOURCES[name]["Properties"]
    return properties


def test_a_dead_letter_raises_an_alarm_long_before_it_is_lost() -> None:
    found = alarm("OldestDeadLetterAlarm")
    assert found["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert found["Dimensions"][0]["Value"] == {"Fn::GetAtt": "DeadLetterQueue.QueueName"}
    assert found["Threshold"] == 3 * DAY
    assert RESOURCES["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"] == KEPT_SECONDS


def test_a_backlog_raises_an_alarm_long_before_sqs_stops_looking_behind_it() -> None:
    """SQS looks at the first 120,000 messages of a FIFO queue."""
    found = alarm("BacklogAlarm")
    assert found["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert found["Dimensions"][0]["Value"] == {"Fn::GetAtt": "Queue.QueueName"}
    assert found["Threshold"] == 50_000


def test_every_message_of_the_queue_fits_the_dead_letter_queue_with_its_reason() -> None:
    most = RESOURCES["Queue"]["Properties"]["MaximumMessageSize"]
    assert MAX_MESSAGE_BYTES < most <= 1024 * 1024 - 4_096
    assert "MaximumMessageSize" not in RESOURCES["DeadLetterQueue"]["Properties"]


def test_the_simulator_has_the_queue_of_the_template() -> None:
    queue = RESOURCES["Queue"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_RECEIVES
    assert queue["VisibilityTimeout"] == VISIBILITY_SECONDS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_concurrency_is_reserved_only_when_a_parameter_says_so(function: str) -> None:
    name = function.removesuffix("Function")
    parameter = TEMPLATE["Parameters"][f"{name}Concurrency"]
    assert RESOURCES[function]["Properties"]["ReservedConcurrentExecutions"] == {
        "Fn::If": [f"Reserves{name}", {"Ref": f"{name}Concurrency"}, {"Ref": "AWS::NoValue"}]
    }
    assert TEMPLATE["Conditions"][f"Reserves{name}"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": f"{name}Concurrency"}, ""]}]
    }
    assert parameter["Default"] == ""
    pattern = re.compile(parameter["AllowedPattern"])
    assert all(pattern.search(each) for each in ("", "5", "10", "100", "1000"))
    assert not any(pattern.search(each) for each in ("0", "-1", "007", "ten", "5 0", "1e3"))


def test_a_queue_starts_no_more_invocations_than_are_reserved_for_its_function() -> None:
    """Lambda would refuse the rest, and each refusal counts as a receive of their messages."""
    writer = RESOURCES["WriterFunction"]["Properties"]["Events"]["Messages"]["Properties"]
    assert writer["ScalingConfig"] == {
        "Fn::If": [
            "ReservesWriter",
            {"MaximumConcurrency": {"Ref": "WriterConcurrency"}},
            {"Ref": "AWS::NoValue"},
        ]
    }
    writers = re.compile(TEMPLATE["Parameters"]["WriterConcurrency"]["AllowedPattern"])
    assert not any(writers.search(each) for each in ("1", "1001", "9999"))
    exports = RESOURCES["ExporterFunction"]["Properties"]["Events"]["Exports"]["Properties"]
    exporters = re.compile(TEMPLATE["Parameters"]["ExporterConcurrency"]["AllowedPattern"])
    most = exports["ScalingConfig"]["MaximumConcurrency"]
    assert exporters.search(str(most))
    assert not exporters.search(str(most - 1))
