"""A line chart as SVG: a few lines of our own instead of a library that draws anything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 50, 60
_COLOURS = ("#1f5fa8", "#c2410c")
_FONT = 'font-family="Helvetica, Arial, sans-serif"'


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through its points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over a linear axis, up a logarithmic one. `limit` is a place on the first to mark."""

    title: str
    across: str
    up: str
    lines: Sequence[Line]
    limit: tuple[float, str]


def draw(chart: Chart) -> str:
    """The chart as an SVG file."""
    heights = [y for line in chart.lines for _, y in line.points]
    low, high = math.floor(math.log10(min(heights))), math.ceil(math.log10(max(heights)))
    end = max([x for line in chart.lines for x, _ in line.points] + [chart.limit[0]]) * 1.05

    def across(x: float) -> float:
        return _LEFT + x / end * (_WIDTH - _LEFT - _RIGHT)

    def up(y: float) -> float:
        share = (math.log10(y) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 24, chart.title, size=16),
    ]
    floor = _HEIGHT - _BOTTOM
    for tick in _ticks(end):
        parts.append(_stroke(across(tick), _TOP, across(tick), floor, "#e5e7eb"))
        parts.append(_text(across(tick), floor + 20, f"{tick:,.10g}", anchor="middle"))
    for power in range(low, high + 1):
        parts.append(_stroke(_LEFT, up(10**power), _WIDTH - _RIGHT, up(10**power), "#e5e7eb"))
        parts.append(_text(_LEFT - 8, up(10**power) + 4, f"{10.0**power:g}", anchor="end"))
    parts.append(_text(_LEFT, _TOP - 10, chart.up))
    parts.append(_text(_WIDTH - _RIGHT, _HEIGHT - 14, chart.across, anchor="end"))
    x, label = chart.limit
    parts.append(_stroke(across(x), _TOP, across(x), floor, "#6b7280", dashed=True))
    parts.append(_text(across(x) - 6, floor - 10, label, anchor="end"))
    for number, line in enumerate(chart.lines):
        colour = _COLOURS[number]
        points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line.points)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(_stroke(_LEFT + 16, _TOP + 16 + 20 * number, _LEFT + 40, None, colour))
        parts.append(_text(_LEFT + 48, _TOP + 20 + 20 * number, line.name))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ticks(end: float) -> Iterator[float]:
    """Round numbers from 0 to the end, at most ten."""
    step = 10 ** math.floor(math.log10(end))
    for part in (5, 2):
        if end / (step / part) <= 10:
            step /= part
            break
    for number in range(int(end / step) + 1):
        yield number * step


def _text(x: float, y: float, text: str, *, size: int = 13, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size}" fill="#111827" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _stroke(
    x: float, y: float, to_x: float, to_y: float | None, colour: str, *, dashed: bool = False
) -> str:
    """A line; a thick one to the right without `to_y`."""
    end = y if to_y is None else to_y
    style = ' stroke-dasharray="5 4"' if dashed else ""
    width = 2 if to_y is None else 1
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{end:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{style}/>'
    )
