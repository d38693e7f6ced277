"""The proxy does every harm, and lets a client through in time."""

from __future__ import annotations

from itertools import groupby, islice

import pytest
from support.harmful_proxy import MOST_IN_A_ROW, Harm, every_harm


@pytest.mark.parametrize("seed", range(20))
def test_every_harm_is_done_and_a_few_in_a_row(seed: int) -> None:
    done = list(islice(every_harm(seed, unharmed=2), 60))
    assert set(done) == {*Harm, None}
    runs = [(harm, len(list(each))) for harm, each in groupby(done, lambda harm: harm is not None)]
    assert max(length for is_harm, length in runs if is_harm) <= MOST_IN_A_ROW
    assert min(length for is_harm, length in runs[:-1] if not is_harm) == 2


def test_the_same_seed_does_the_same_harm() -> None:
    assert list(islice(every_harm(7), 50)) == list(islice(every_harm(7), 50))
    assert list(islice(every_harm(7), 50)) != list(islice(every_harm(8), 50))
