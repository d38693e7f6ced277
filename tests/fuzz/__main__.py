"""The fuzzers' command line; see docs/fuzzing.md."""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import sys
import traceback
from pathlib import Path

from . import (
    export,
    export_inputs,
    export_seeds,
    forgery,
    forgery_inputs,
    forgery_seeds,
    ingest,
    ingest_inputs,
    ingest_seeds,
    proof,
    proof_inputs,
    proof_seeds,
    stored,
    stored_inputs,
    stored_seeds,
)
from .campaign import Target, run
from .corpus import FOLDER

FINDINGS = Path(".local/fuzz")
_TARGETS = {
    "ingest": Target("ingest", ingest_inputs.inputs(), ingest.check),
    "export": Target("export", export_inputs.inputs(), export.check),
    "forgery": Target("forgery", forgery_inputs.inputs(), forgery.check),
    "proof": Target("proof", proof_inputs.inputs(), proof.check),
    "stored": Target("stored", stored_inputs.inputs(), stored.check),
}
_SEEDS = {
    "ingest": ingest_seeds.seeds,
    "export": export_seeds.seeds,
    "forgery": forgery_seeds.seeds,
    "proof": proof_seeds.seeds,
    "stored": stored_seeds.seeds,
}


def main() -> int:
    """Fuzz, replay, or write the corpus; returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=_TARGETS)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, help="of the first round; random by default")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="only these inputs")
    parser.add_argument("--write-corpus", action="store_true", help="make the seeds anew")
    arguments = parser.parse_args()
    target = _TARGETS[arguments.target]
    if arguments.write_corpus:
        return write_corpus(target.name)
    if arguments.replay:
        for file in arguments.replay:
            target.check(file.read_bytes())
        return 0
    return fuzz(target, arguments.seconds, arguments.seed or random.randrange(2**32))


def write_corpus(name: str) -> int:
    """Write the seeds; files of findings stay unchanged."""
    for file, content in _SEEDS[name]():
        (FOLDER / name / file).write_bytes(content)
    return 0


def fuzz(target: Target, seconds: float, seed: int) -> int:
    """Run a campaign and print its result."""
    print(f"{target.name}: {seconds:g} s, seed {seed}", flush=True)
    result = run(target, seconds, seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{target.name}: {result.inputs} inputs, {result.inputs / result.seconds:.0f} a second, "
        f"slowest {result.slowest * 1_000:.0f} ms, peak memory {peak:.0f} MiB"
    )
    if result.finding is None or result.error is None:
        return 0
    FINDINGS.mkdir(parents=True, exist_ok=True)
    file = FINDINGS / f"{target.name}-{hashlib.sha256(result.finding).hexdigest()[:12]}"
    file.write_bytes(result.finding)
    traceback.print_exception(result.error)
    print(f"A promise was broken. Replay: PYTHONPATH=tests .venv/bin/python -m fuzz {target.name}"
          f" --replay {file}")  # fmt: skip
    return 1


if __name__ == "__main__":
    sys.exit(main())
