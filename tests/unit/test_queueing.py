"""The simulated queue agrees with what is known of queues, and keeps the rules of SQS FIFO."""

from __future__ import annotations

import itertools
import statistics
from random import Random

import pytest

from bench.pages.queueing import Done, Message, System, arrivals, percentiles, simulate

SEED = 20_261_123


def lag_of(done: list[Done]) -> float:
    return statistics.mean(each.ended - each.at for each in done)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("groups", [1, 50])
def test_one_environment_without_batches_is_the_queue_m_d_1(load: float, groups: int) -> None:
    # Pollaczek and Khinchine, for deliveries of one second. Groups change nothing here.
    system = System(environments=1, taken=1, seconds=lambda _: 1.0)
    done = simulate(system, arrivals(Random(SEED), load, groups, 60_000))
    assert lag_of(done) == pytest.approx(1 + load / (2 * (1 - load)), rel=0.05)


def test_as_many_environments_as_messages_leave_nobody_waiting() -> None:
    system = System(environments=10_000, taken=10, seconds=lambda _: 0.5)
    messages = [Message(number / 7, number) for number in range(1_000)]
    assert {round(d.ended - d.at, 9) for d in simulate(system, messages)} == {0.5}


def busy_system() -> list[Done]:
    system = System(environments=3, taken=4, seconds=lambda taken: 0.5 + 0.1 * taken)
    return simulate(system, arrivals(Random(SEED), 9.0, 8, 5_000))


def test_every_message_is_delivered_once_and_in_the_order_of_its_group() -> None:
    done = busy_system()
    assert sorted((d.at, d.group) for d in done) == sorted(
        (m.at, m.group) for m in arrivals(Random(SEED), 9.0, 8, 5_000)
    )
    for group in range(8):
        own = [d for d in done if d.group == group]
        assert [d.at for d in own] == sorted(d.at for d in own)
        assert all(d.began >= d.at for d in own)


def deliveries(done: list[Done]) -> dict[tuple[float, int], list[Done]]:
    found: dict[tuple[float, int], list[Done]] = {}
    for each in done:
        found.setdefault((each.began, each.group), []).append(each)
    return found


def test_a_group_has_one_delivery_at_a_time_of_at_most_so_many_messages() -> None:
    made = deliveries(busy_system())
    assert max(len(each) for each in made.values()) == 4
    for group in range(8):
        own = sorted((began, each[0].ended) for (began, g), each in made.items() if g == group)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(own))


def test_never_more_deliveries_at_once_than_environments() -> None:
    spans = [(began, each[0].ended) for (began, _), each in deliveries(busy_system()).items()]
    changes = sorted([(end, -1) for _, end in spans] + [(begin, 1) for begin, _ in spans])
    at_once = [*itertools.accumulate(change for _, change in changes)]
    assert max(at_once) == 3


def test_what_is_in_the_system_is_the_rate_times_the_lag() -> None:
    # Little's law, with the number in the system looked at every second.
    system = System(environments=20, taken=10, seconds=lambda taken: 1 + 0.05 * taken)
    done = simulate(system, arrivals(Random(SEED), 40.0, 100, 80_000))
    end = max(d.at for d in done)
    present = sum((min(d.ended, end) - d.at) for d in done) / end
    looked = [second + 0.5 for second in range(200, int(end) - 200, 50)]
    counted = statistics.mean(sum(d.at <= t < d.ended for d in done) for t in looked[:30])
    assert present == pytest.approx(40 * lag_of(done), rel=0.02)
    assert counted == pytest.approx(present, rel=0.1)


def test_many_groups_use_every_environment_fully_however_long_a_group_pauses() -> None:
    # Three deliveries of half a second at a time. A pause of ten seconds holds only its own group.
    system = System(environments=3, taken=4, seconds=lambda _: 0.5, pause=lambda _: 10.0)
    done = simulate(system, [Message(0.0, number) for number in range(600)])
    assert max(d.ended for d in done) == pytest.approx(600 / 3 * 0.5)


def test_a_group_pauses_between_two_of_its_deliveries() -> None:
    system = System(environments=9, taken=2, seconds=lambda _: 1.0, pause=lambda taken: taken / 4)
    messages = [Message(0.0, 0), Message(0.1, 0), Message(0.2, 0), Message(0.3, 0)]
    messages += [Message(1.1, 1), Message(9.0, 0)]
    done = simulate(system, messages)
    # After one message it pauses for 0.25 s, after two for 0.5 s, and then it waits for nothing.
    assert [(d.group, d.began) for d in done] == [
        (0, 0.0), (1, 1.1), (0, 1.25), (0, 1.25), (0, 2.75), (0, 9.0)
    ]  # fmt: skip


def test_batches_raise_what_one_group_can_take() -> None:
    # At most ten messages a second: 8 a second leave a finite queue, 12 an endless one.
    system = System(environments=1, taken=10, seconds=lambda _: 1.0)
    below, above = (
        simulate(system, arrivals(Random(SEED), rate, 1, 20_000)) for rate in (8.0, 12.0)
    )
    assert percentiles(below, [0.99])[0] < 4
    assert above[-1].ended - above[-1].at == pytest.approx(20_000 * (1 / 10 - 1 / 12), rel=0.05)


def test_the_group_whose_oldest_message_has_waited_longest_comes_first() -> None:
    system = System(environments=1, taken=1, seconds=lambda _: 1.0)
    messages = [Message(0.0, 0), Message(0.1, 0), Message(0.5, 1), Message(2.0, 2)]
    done = simulate(system, messages)
    assert [(d.group, d.began) for d in done] == [(0, 0.0), (0, 1.0), (1, 2.0), (2, 3.0)]


def test_a_delivery_begins_when_the_one_before_ends_without_what_arrives_then() -> None:
    system = System(environments=1, taken=10, seconds=lambda _: 1.0)
    done = simulate(system, [Message(0.0, 0), Message(0.5, 0), Message(1.0, 0)])
    assert [d.began for d in done] == [0.0, 1.0, 2.0]
