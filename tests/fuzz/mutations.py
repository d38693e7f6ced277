"""Mutations of valid inputs: of their bytes, their JSON trees, and the order of their lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

MARK = "zQx7"
"""A mark in every string of content, so that content can be recognised in a log."""

RAW = {
    "<deep array>": "[" * 10_000 + "]" * 10_000,
    "<deep object>": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "<unclosed>": "[" * 10_000,
    "<33 levels>": "[" * 31 + "]" * 31,
    "<infinite>": "1e400",
    "<NaN>": "NaN",
    "<-Infinity>": "-Infinity",
    "<tiny>": "-1e-400",
    "<digits>": "1" + "0" * 5_000,
    "<fraction>": "0." + "1" * 400,
    "<18 digits>": "0.123456789012345678",
    "<17 digits>": "0.12345678901234567",
    "<exponent>": "-1.50e+300",
    "<zero>": "-0.0e-999",
    "<64 bits>": "18446744073709551616",
    "<surrogate>": f'"{MARK}\\ud800"',
    "<nul>": '"\\u0000"',
    "<control>": f'"{MARK}\n\x1b[2K"',
    "<twice>": '{"a":1,"a":2}',
    "<comment>": "/**/1",
    "<long>": f'"{MARK * 40_000}"',
    "<wide>": "{" + ",".join(f'"{n}":{n}' for n in range(51)) + "}",
    "<many>": "[" + ",".join(["1e15"] * 20_000) + "]",
}
"""JSON texts, and near-JSON that no encoder writes, by their placeholder."""

HOSTILE: list[Any] = [
    *RAW, None, True, False, 0, -1, 1.5, 2**53 + 1, 2**63, -(2**63) - 1, "", " ", "\u2028", [], {},
    [[]], {"": None}, {"type": MARK}, "a" * 513, "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-01:00", "2026-11-23T20:23:60Z", "2026-11-23T24:00:00Z",
    "2026-03-02T10:15:30.123456789+02:00", "2026-03-02T10:15:30.1234560000Z",
    "2026-03-02t10:15:30,1234567z", "2026-03-02T10:15:30", 1772446530123,
    f'{MARK}\n{{"level":"ERROR","message":"forged"}}', f"{MARK}\x1b[31m\r",
    f"{MARK}\u202e", f"{MARK}%s%n{{0}}${{jndi:ldap://x}}", "__class__", "../../../etc/passwd",
]  # fmt: skip

AGAIN = ["<again>", "<again, escaped>"]
"""Prefixes of a name that the object already has. `text_of` removes them."""

TOKENS = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\\u0000",
    b"\\ud800", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"-", b"1e400", b"NaN", b"null",
    b"\x1f\x8b\x08\x00", b"{" * 1_000, b"[" * 1_000, b"0" * 64, b"f" * 64,
]  # fmt: skip


def text_of(value: object) -> str:
    """A tree as JSON or near-JSON: each placeholder is replaced by its raw text."""
    text = json.dumps(value)
    for name, raw in RAW.items():
        text = text.replace(json.dumps(name), raw)
    text = re.sub(f"{AGAIN[1]}([a-z])", lambda match: f"\\u{ord(match[1]):04x}", text)
    return re.sub("|".join(AGAIN), "", text)


def without_spaces(text: str) -> str:
    """The JSON text without white space between its parts, as our writers write it."""
    return re.sub(r'(["\]}\d]|true|false|null)([,:]) ', r"\1\2", text)


def mutate_tree(draw: st.DrawFn, value: Any) -> Any:
    """The tree with one change; it may be changed in place."""
    places = [*_places(value)]
    if not places or draw(st.integers(0, 30)) == 0:
        return draw(st.sampled_from(HOSTILE))
    inside, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(["replace", "replace", "remove", "repeat", "rename", "move"])):
        case "replace":
            inside[key] = draw(st.sampled_from(HOSTILE))
        case "remove":
            del inside[key]
        case "repeat" if isinstance(inside, list):
            inside[key:key] = [inside[key]] * draw(st.sampled_from([1, 2, 97, 98, 200]))
        case "repeat" if isinstance(inside, dict):
            again = draw(st.sampled_from(AGAIN)) + key
            inside[again] = draw(st.sampled_from([inside[key], *HOSTILE]))
        case "move":
            other, place = draw(st.sampled_from(places))
            other[place] = json.loads(json.dumps(inside[key]))
        case _ if isinstance(inside, dict):
            name = draw(st.sampled_from([*HOSTILE, *(each for _, each in places)]))
            inside[str(name)] = inside.pop(key)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree, as a container and the index or name in it."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(inner)


def mutate_bytes(draw: st.DrawFn, plain: bytes, others: list[bytes]) -> bytes:
    """The bytes with one change; parts may be taken from `others`."""
    start = draw(st.integers(0, len(plain)))
    end = draw(st.integers(start, min(len(plain), start + 200)))
    match draw(st.sampled_from(["flip", "insert", "remove", "repeat", "cut", "splice"])):
        case "flip" if start < len(plain):
            changed = bytes([plain[start] ^ draw(st.integers(1, 255))])
            return plain[:start] + changed + plain[start + 1 :]
        case "insert":
            return plain[:start] + draw(st.sampled_from(TOKENS)) + plain[start:]
        case "remove":
            return plain[:start] + plain[end:]
        case "repeat":
            times = draw(st.integers(2, 50))
            return plain[:start] + plain[start:end] * times + plain[end:]
        case "splice":
            other = draw(st.sampled_from(others))
            return plain[:start] + other[draw(st.integers(0, len(other))) :]
    return plain[:start]


def mutate_order(draw: st.DrawFn, items: list[bytes], other: Sequence[bytes]) -> list[bytes]:
    """Remove, repeat or move some adjacent items, or end with some of the others."""
    start = draw(st.integers(0, len(items)))
    end = draw(st.integers(start, len(items)))
    match draw(st.sampled_from(["remove", "repeat", "move", "splice", "cut"])):
        case "remove":
            return items[:start] + items[end:]
        case "repeat":
            return items[:end] + items[start:]
        case "move":
            return items[:start] + items[end:] + items[start:end]
        case "splice":
            at = draw(st.one_of(st.just(min(start, len(other))), st.integers(0, len(other))))
            return [*items[:start], *other[at:]]
    return items[:start]
