"""JSON texts in which names may be given twice."""

from __future__ import annotations

import json

from hypothesis import strategies as st

CHARACTERS = st.sampled_from(['"', "\\", ":", ",", "{", "a", "b", "u0022", "/", "é", "🦉", "\0"])
"""What could confuse a reader that only counts. Few, so that names are often the same."""

NUMBERS = ["0", "-0", "1", "-1.50", "1e3", "0.1", "18446744073709551615", "18446744073709551616"]
SPACES = st.sampled_from(["", "", " ", "\n", "\t \r"])


def _escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))


@st.composite
def _strings(draw: st.DrawFn) -> str:
    """A string as JSON, with any of its characters escaped."""
    parts = draw(st.lists(CHARACTERS, max_size=2))
    return (
        '"'
        + "".join(
            "".join(map(_escape, part)) if draw(st.booleans()) else json.dumps(part)[1:-1]
            for part in parts
        )
        + '"'
    )


@st.composite
def _objects(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    pairs = draw(st.lists(st.tuples(_strings(), values), max_size=4))
    space = draw(SPACES)
    return "{" + ",".join(f"{space}{name}{space}:{space}{value}" for name, value in pairs) + "}"


def _arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")


JSON_TEXTS = st.recursive(
    _strings() | st.sampled_from(["null", "true", *NUMBERS]),
    lambda values: _arrays(values) | _objects(values),
    max_leaves=12,
)
OBJECT_TEXTS = _objects(JSON_TEXTS)
