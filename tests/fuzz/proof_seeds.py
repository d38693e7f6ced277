"""The corpus of the proof target: what the runs of one small log put, prove and answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indelible.covering.growth import encode_note
from support.builders import WORKSPACE
from support.notes import FIRST, LOG, SECOND, THIRD

from .checkpoints import STRANGER
from .proof import NOTE
from .proof_log import HELD, OTHER, the_log


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and inputs."""
    for kind, contents in _contents().items():
        for name, content in contents.items():
            yield f"{kind}-{name}", kind.encode() + b"\n" + content


def _contents() -> dict[str, dict[str, bytes]]:
    log = the_log()
    deployment = log.deployment
    note = {WORKSPACE: [1, 6, 10], OTHER: [1], HELD: [1]}
    return {
        "proof": dict(_proofs()),
        "answer": {name: each.encoded for name, each in log.answers.items()},
        "policy": dict(_policies()),
        "witness": dict(_witness_answers()),
        "state": {**deployment.states.versions},
        "run": {str(each.number): each.encoded for each in deployment.runs},
        "growth": {"none": encode_note({}), "some": encode_note(note)},
    }


def _proofs() -> Iterator[tuple[str, bytes]]:
    log = the_log()
    for name, file in log.files.items():
        yield f"of-{name}", file.encoded
    for name, index in (("grown", 0), ("grown", 10), ("other", 1), ("grown-again", 5)):
        yield f"of-event-{index}-of-{name}", log.event_file(name, index).encoded
    old, note = log.files["first"], log.files["first"].note
    yield (
        "by-a-stranger",
        replace(
            old, note=replace(note, signatures=(STRANGER.sign(note.text), *note.signatures[1:]))
        ).encoded,
    )
    yield "not-cosigned", replace(old, note=replace(note, signatures=note.signatures[:1])).encoded


def _policies() -> Iterator[tuple[str, bytes]]:
    log = f"log {LOG.key.text} https://log.example\n"
    witnesses = "".join(
        f"witness w{n} {each.witness_key.text}\n" for n, each in enumerate((FIRST, SECOND, THIRD))
    )
    yield "log-alone", f"# nobody else\n{log}quorum none\n".encode()
    yield "one", f"{log}{witnesses}quorum w2\n".encode()
    yield "all", f"{log}{witnesses}group g all w0 w1 w2\nquorum g\n".encode()
    yield (
        "nested",
        (
            f"log {STRANGER.key.text}\n{log}{witnesses}"
            "group a any w1 w2\ngroup g 2 a w0\nquorum g\n"
        ).encode(),
    )


def _witness_answers() -> Iterator[tuple[str, bytes]]:
    own, other = NOTE.signatures[1], NOTE.signatures[2]
    yield "cosigned", b"200 text/plain\n" + own.line
    yield "cosigned-by-two", b"200 text/plain\n" + other.line + own.line
    yield "of-another-note", b"200 text/plain\n" + FIRST.cosign(b"another\n", 1).line
    yield "other-size", b"409 text/x.tlog.size\n41\n"
    yield "wrong-proof", b"422 text/plain\nno\n"
