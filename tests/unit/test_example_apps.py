"""The comparison of the example applications with the chain finds everything that can be wrong."""

from __future__ import annotations

import pytest

from tools.local.example_apps import differences

RECORDED = [1, 2, 3, 5, 6]
UNSURE = {4, 7}


@pytest.mark.parametrize("chained", [RECORDED, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]])
def test_a_number_of_which_record_had_not_returned_may_be_there_or_not(chained: list[int]) -> None:
    assert differences(RECORDED, UNSURE, chained) == []


@pytest.mark.parametrize(
    ("chained", "found"),
    [
        ([1, 2, 3, 6], ["5 is lost"]),
        ([1, 2, 3, 5, 5, 6], ["5 is there 2 times"]),
        ([1, 2, 3, 4, 4, 5, 6], ["4 is there 2 times"]),
        ([1, 2, 3, 5, 6, 8], ["8 was not recorded"]),
        ([1, 2, 5, 3, 6], ["3 comes after 5"]),
        ([1, 2, 3, 5, 6, 2], ["2 is there 2 times", "2 comes after 6"]),
    ],
)
def test_whatever_is_lost_doubled_foreign_or_out_of_order_is_found(
    chained: list[int], found: list[str]
) -> None:
    assert differences(RECORDED, UNSURE, chained) == found
