"""Words for a body that is not JSON: where it stops being JSON, and what to write there."""

from __future__ import annotations

import json

_WORDS = {
    "Expecting value": (
        "a value is expected here: a string in double quotes, a number, true, false, null, an"
        " object or an array"
    ),
    "Expecting property name enclosed in double quotes": (
        "a name in double quotes is expected here, or no comma before the end of the object"
    ),
    "Illegal trailing comma before end of object": "leave out the comma before the end",
    "Illegal trailing comma before end of array": "leave out the comma before the end",
    "Expecting ',' delimiter": "a comma or the end of the object or array is expected here",
    "Expecting ':' delimiter": "a colon is expected here, after the name",
    "Extra data": "nothing may follow the JSON value",
    "Unterminated string starting at": "the string that begins here has no end",
    "Invalid control character at": (
        r"a line break or another control character in a string must be escaped, as \n is"
    ),
    "Invalid \\escape": r"JSON has no such escape; write a backslash as \\",
    "Invalid \\uXXXX escape": r"\u must have four hexadecimal digits after it",
}
"""Our words by the message of the standard library. Python 3.13 added the two about commas."""


def words_for(error: ValueError) -> str:
    """What a client reads about a text that the standard library does not accept as JSON."""
    if isinstance(error, UnicodeDecodeError):
        return f"The body is not UTF-8 at byte {error.start}. Send JSON in UTF-8."
    if not isinstance(error, json.JSONDecodeError):  # such as an integer of 5,000 digits
        return f"The body is not JSON: {error}."
    words = _WORDS.get(error.msg.rstrip(": "), error.msg)
    return f"The body is not JSON at line {error.lineno}, column {error.colno}: {words}."
