"""Each deliberate bug is caught by a promise that it must break."""

from __future__ import annotations

import pytest

from .checks import check
from .delivery_bugs import DELIVERY_BUGS
from .ingest_bugs import INGEST_BUGS
from .mutation import Mutation
from .operator_bugs import OPERATOR_BUGS
from .promises import Promise
from .request_bugs import REQUEST_BUGS
from .stage import Stage
from .story import tell
from .writer_bugs import WRITER_BUGS

MOST_SEEDS = 1_000
BUGS = [*WRITER_BUGS, *DELIVERY_BUGS, *INGEST_BUGS, *REQUEST_BUGS, *OPERATOR_BUGS]


def caught_by(stage: Stage, mutation: Mutation) -> int | None:
    """The first seed that breaks one of the promises that the bug must break."""
    with mutation.applied():
        for seed in range(MOST_SEEDS):
            broken = {violation.promise for violation in check(tell(stage, seed))}
            if broken & mutation.breaks:
                return seed
    return None


@pytest.mark.parametrize("mutation", BUGS, ids=str)
def test_a_bug_is_caught(stage: Stage, mutation: Mutation) -> None:
    assert caught_by(stage, mutation) is not None


def test_every_promise_is_broken_by_a_bug() -> None:
    """This shows that each check of a promise can fail."""
    assert {promise for mutation in BUGS for promise in mutation.breaks} == {*Promise}


def test_no_bug_stays_applied_after_its_test() -> None:
    sound = [mutation.function.__code__ for mutation in BUGS]
    for mutation, code in zip(BUGS, sound, strict=True):
        with mutation.applied():
            assert mutation.function.__code__ != code
    assert [mutation.function.__code__ for mutation in BUGS] == sound
