"""The page docs/recipes.md: its sections, its blocks, and the mappings in them."""

from __future__ import annotations

import hashlib
import re
import textwrap
from pathlib import Path
from types import ModuleType

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_IN_CONFIGURATION = {
    "vector": r"^    source: \|\n(.*?)\n\nsinks:",
    "logstash": r"^    code => '\n(.*?)\n    '$",
}
"""Where the mapping is, if it is inside of the configuration."""
_HEADINGS = {
    "vector": "Vector",
    "logstash": "Logstash",
    "fluent_bit": "Fluent Bit",
    "opentelemetry": "OpenTelemetry Collector",
    "cloudevents": "CloudEvents",
}
NAMES = tuple(_HEADINGS)


def blocks(name: str) -> list[str]:
    """The code blocks of a recipe, in order."""
    section = PAGE.split(f"\n## {_HEADINGS[name]}\n")[1].split("\n## ")[0]
    return [block for _, block in _BLOCK.findall(section)]


def mapping(name: str) -> str:
    """The mapping of a recipe, in the language of its tool."""
    if name in _IN_CONFIGURATION:
        found = re.search(_IN_CONFIGURATION[name], blocks(name)[0], re.MULTILINE | re.DOTALL)
        assert found, f"no mapping in the configuration of {name}"
        return textwrap.dedent(found[1])
    return blocks(name)[-1 if name == "cloudevents" else 1]


def digest(name: str) -> str:
    """The SHA-256 of the mapping, in hex. It identifies the mapping that made a body."""
    return hashlib.sha256(mapping(name).encode()).hexdigest()


def module(name: str, source: str) -> ModuleType:
    """A Python block of the page, as a module."""
    made = ModuleType(name)
    exec(compile(source, name, "exec"), made.__dict__)
    return made
