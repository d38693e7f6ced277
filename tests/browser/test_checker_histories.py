"""Checkpoints that somebody saw one after the other are of one history, or the server lies."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from browser.checking import Checker
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.consistency import Consistency, PlacedEntry
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import ProofFile
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.checkpoints.workspace_map import map_root
from indelible.tlog.merkle import consistency_path
from support.notes import LOG
from support.proofs import RUN_TIME, a_checkpoint, a_proof_file, records_of_chain, rows_with
from support.trees import LEAVES, slow_root
from support.verdicts_of_proofs import is_consistent

_COMPARE = """async ({ files, answers, options }) => {
  const seen = checker.newSeenCheckpoints();
  const asked = [];
  const ask = async (log, workspace) => {
    asked.push([Number(log), Number(workspace)]);
    const waiting = answers[`${log}/${workspace}`] ?? [];
    const answer = waiting.length > 1 ? waiting.shift() : waiting[0];
    if (answer === undefined) throw new checker.NoAnswer("The audit log cannot be reached.");
    return JSON.parse(answer);
  };
  for (const file of files) await checker.compareWithSeen(seen, file, { ...options, ask });
  const joined = seen.all.filter((each) => each.isJoined).map((each) => Number(each.logSize));
  return { contradiction: seen.contradiction, whyOpen: seen.whyOpen, joined, asked };
}"""
_CONSISTENT = """async (all) => {
  const { checkConsistency } = await import("/merkle.js");
  const bytesOf = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  return all.map(([oldSize, size, oldRoot, root, path]) => {
    try {
      const hashes = path.map(bytesOf);
      checkConsistency(BigInt(oldSize), BigInt(size), bytesOf(oldRoot), bytesOf(root), hashes);
      return true;
    } catch {
      return false;
    }
  });
}"""


@dataclass(frozen=True)
class Runs:
    """A log with one run for each of these checkpoints, and the leaves of the newest chain."""

    checkpoints: tuple[WorkspaceCheckpoint, ...]

    def file(self, size: int) -> ProofFile:
        """The checkpoint file of the run with which the log had this size."""
        checkpoint = self.checkpoints[size - 1]
        return a_proof_file(checkpoint=checkpoint, earlier=self._leaves[: size - 1])

    def answer(self, log: int, workspace: int, size: int | None = None) -> str:
        """What the log answers, when it has this size, about how it has grown since."""
        size = size or len(self.checkpoints)
        leaves, covered = self._leaves[:size], self.checkpoints[size - 1].size
        records = [*map(leaf_hash, records_of_chain())][:covered]
        placed = PlacedEntry(b"", 0, ())
        found = Consistency(
            checkpoint=self.file(size).encoded.decode(),
            log=tuple(consistency_path(leaves, log)) if log <= size else None,
            workspace=tuple(consistency_path(records, workspace)) if workspace <= covered else None,
            first=placed,
            restarts=(),
        )
        return found.encoded.decode()

    @property
    def _leaves(self) -> list[bytes]:
        return [
            leaf_hash(RunEntry(RUN_TIME, map_root(rows_with(each))).encoded)
            for each in self.checkpoints
        ]


def covering(*sizes: int) -> Runs:
    """A log whose runs covered so many records of one chain."""
    return Runs(tuple(a_checkpoint(records_of_chain()[:each]) for each in sizes))


HONEST = covering(3, 5, 5, 8, 11)
FORGED = replace(HONEST.checkpoints[3], root=bytes(32))
"""The log grew only. But one of its runs covers another chain."""
REWRITTEN = Runs((*HONEST.checkpoints[:3], FORGED, HONEST.checkpoints[4]))
OTHER_LOG = covering(2, 4, 6, 8, 11)


def compared(
    checker: Checker, files: Sequence[ProofFile], answers: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    given = {
        "files": [each.encoded.decode() for each in files],
        "answers": answers,
        "options": {"keys": [LOG.key.text]},
    }
    found: dict[str, Any] = checker.page.evaluate(_COMPARE, given)
    return found


def answers_of(runs: Runs, size: int | None = None) -> dict[str, list[str]]:
    """What a log answers to the holder of the file of each run."""
    return {
        f"{n}/{each.size}": [runs.answer(n, each.size, size)]
        for n, each in enumerate(HONEST.checkpoints, 1)
    }


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (5, 1, 3), (2, 5, 5, 4, 2), (3, 1)])
def test_checkpoints_of_a_log_that_only_grew_are_of_one_history(
    checker: Checker, order: tuple[int, ...]
) -> None:
    found = compared(checker, [HONEST.file(each) for each in order], answers_of(HONEST))
    assert found["contradiction"] is None
    assert found["whyOpen"] is None
    assert {*order} <= {*found["joined"]}


def test_a_checkpoint_that_is_known_asks_for_nothing(checker: Checker) -> None:
    assert compared(checker, [HONEST.file(2)] * 3, {})["asked"] == []


def test_pages_of_the_newest_run_ask_once(checker: Checker) -> None:
    files = [HONEST.file(each) for each in (4, 5, 5, 5)]
    assert compared(checker, files, answers_of(HONEST))["asked"] == [[4, 8]]


def test_two_trees_of_one_size_are_two_histories_with_both_roots(checker: Checker) -> None:
    files = [HONEST.file(1), OTHER_LOG.file(1), HONEST.file(1)]
    found = compared(checker, files, {})["contradiction"]
    assert found["step"] == "two histories"
    assert found["files"] == [each.encoded.decode() for each in files[:2]]
    for each in files[:2]:
        root = each.note.text.decode().splitlines()[2]
        assert root in found["reason"]


def test_one_workspace_tree_of_two_roots_is_two_histories(checker: Checker) -> None:
    found = compared(checker, [HONEST.file(4), Runs((*HONEST.checkpoints[:4], FORGED)).file(5)], {})
    assert found["contradiction"]["step"] == "two histories"
    for each in (FORGED, HONEST.checkpoints[3]):
        assert b64encode(each.root).decode() in found["contradiction"]["reason"]


def test_a_smaller_chain_in_a_newer_run_is_two_histories(checker: Checker) -> None:
    shrunk = covering(3, 5, 5, 8, 4)
    found = compared(checker, [shrunk.file(4), shrunk.file(5)], {})["contradiction"]
    assert found["reason"].startswith("Records 5 to 8 are gone.")


@pytest.mark.parametrize(
    ("shown", "asked", "step"),
    [
        (OTHER_LOG, OTHER_LOG, "growth of the log"),
        (OTHER_LOG, HONEST, "two histories"),
        (HONEST, OTHER_LOG, "growth of the log"),
        (REWRITTEN, REWRITTEN, "growth of the workspace tree"),
        (REWRITTEN, HONEST, "two histories"),
    ],
)
def test_growth_that_cannot_be_shown_is_a_contradiction(
    checker: Checker, shown: Runs, asked: Runs, step: str
) -> None:
    """The first file is honest. The second is of another log, or of a chain that was rewritten."""
    files = [HONEST.file(2), shown.file(4)]
    found = compared(checker, files, answers_of(asked, 4))
    assert found["contradiction"]["step"] == step
    assert found["joined"] == [2]


def test_a_newest_checkpoint_that_nobody_signed_shows_no_growth(checker: Checker) -> None:
    forged = HONEST.answer(2, 5).replace(f"{LOG.name}\\n5\\n", f"{LOG.name}\\n6\\n")
    found = compared(checker, [HONEST.file(2), HONEST.file(5)], {"2/5": [forged]})
    assert found["contradiction"] is not None
    assert found["joined"] == [2]


@pytest.mark.parametrize("answer", [None, "7", '{"checkpoint": "x"}', '{"checkpoint": 5}'])
def test_without_a_readable_answer_it_stays_open(checker: Checker, answer: str | None) -> None:
    answers = {} if answer is None else {"2/5": [answer]}
    found = compared(checker, [HONEST.file(2), HONEST.file(4)], answers)
    assert found["contradiction"] is None
    assert found["whyOpen"]
    assert found["joined"] == [2]


def test_what_stayed_open_is_shown_by_a_later_answer(checker: Checker) -> None:
    files = [HONEST.file(each) for each in (2, 4, 5)]
    answers = answers_of(HONEST) | {"2/5": ["7", HONEST.answer(2, 5)]}
    found = compared(checker, files, answers)
    assert (found["whyOpen"], found["joined"]) == (None, [2, 4, 5])


def test_a_server_that_has_not_read_its_newest_run_is_asked_again(checker: Checker) -> None:
    answers = answers_of(HONEST) | {"2/5": [HONEST.answer(2, 5, 3), HONEST.answer(2, 5)]}
    found = compared(checker, [HONEST.file(2), HONEST.file(4)], answers)
    assert (found["contradiction"], found["whyOpen"]) == (None, None)
    assert found["asked"] == [[2, 5], [4, 8], [2, 5], [4, 8]]


def test_a_restarted_chain_may_have_other_records(checker: Checker) -> None:
    restarted = replace(a_checkpoint(records_of_chain()[:4]), epoch=1)
    runs = Runs((*HONEST.checkpoints[:4], restarted))
    found = compared(checker, [runs.file(4), runs.file(5)], {"4/8": [runs.answer(4, 8)]})
    assert (found["contradiction"], found["joined"]) == (None, [4, 5])


@cache
def growths() -> list[tuple[int, int, bytes, bytes, list[bytes]]]:
    """The growth of small trees, as it is and with every kind of change."""
    found = []
    for size in range(20):
        for old in range(size + 1):
            path = consistency_path(LEAVES[:size], old)
            roots = slow_root(LEAVES[:old]), slow_root(LEAVES[:size])
            found.append((old, size, *roots, path))
            found.append((old, size, bytes(32), roots[1], path))
            found.append((old, size, roots[0], bytes(32), path))
            found.append((old, size, *roots, [*path, bytes(32)]))
            found.append((old + 1, size, *roots, path))
            found.append((old, size + 1, *roots, path))
            found += [(old, size, *roots, path[:at] + path[at + 1 :]) for at in range(len(path))]
            found += [
                (old, size, *roots, [*path[:at], bytes(32), *path[at + 1 :]])
                for at in range(len(path))
            ]
    return found


def test_paths_of_growth_are_judged_as_python_judges_them(checker: Checker) -> None:
    given = [
        [old, size, *(b64encode(each).decode() for each in roots), encoded(path)]
        for old, size, *roots, path in growths()
    ]
    expected = [is_consistent(*each) for each in growths()]
    assert checker.page.evaluate(_CONSISTENT, given) == expected
    assert sum(expected) >= 210


def encoded(path: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in path]
