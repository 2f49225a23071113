"""The picture of `sdp reach`: a bar for each way, and below one for each reason."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLOURS: Final = {
    "digital": "#1b7f5c",
    "print": "#c77c11",
    "not at all": "#b3261e",
    "held back": "#6d28d9",
    "unknown": "#6b7280",
}
WAYS: Final = tuple(_COLOURS)
"""Every way, in the order they are told."""

_WIDTH, _TEXT_WIDTH, _ROW, _TOP, _BAR, _GAP = 1080, 560, 34, 56, 18, 22
_FONT: Final = "font-family='system-ui, sans-serif'"


def draw(ways: Mapping[str, int], counts: Sequence[tuple[str, str, int]]) -> str:
    """Draw how many people are reached each way as an SVG picture with a text alternative.

    Args:
        ways: how many, by way.
        counts: the way, why, and how many; in the order they are drawn.
    """
    total = sum(ways.values())
    told = [(way, ways[way]) for way in WAYS if ways.get(way)]
    below = _TOP + _ROW * len(told) + _GAP
    height = below + _ROW * len(counts) + 12
    bars = [
        _bar(_TOP + _ROW * at, way, way.capitalize(), people, total, weight="bold")
        for at, (way, people) in enumerate(told)
    ]
    bars += [
        _bar(below + _ROW * at, way, f"{way}: {why}", people, total)
        for at, (way, why, people) in enumerate(counts)
    ]
    spoken = "; ".join(
        [f"{way}: {people}" for way, people in told]
        + [f"{way}, {why}: {people}" for way, why, people in counts]
    )
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' role='img'>",
            f"<title>How {total} people are reached</title>",
            f"<desc>{escape(spoken)}</desc>",
            f"<rect width='{_WIDTH}' height='{height}' fill='white'/>",
            f"<text x='16' y='32' {_FONT} font-size='20'>How {total} people are reached</text>",
            *bars,
            "</svg>\n",
        ]
    )


def _bar(top: int, way: str, words: str, people: int, total: int, *, weight: str = "normal") -> str:
    share = people / total
    length = max(1, round(share * (_WIDTH - _TEXT_WIDTH - 140)))
    middle = top + _BAR - 4
    end = _TEXT_WIDTH + length + 8
    font = f"{_FONT} font-size='13' font-weight='{weight}'"
    return (
        f"<text x='16' y='{middle}' {font}>{escape(words)}</text>"
        f"<rect x='{_TEXT_WIDTH}' y='{top}' width='{length}' height='{_BAR}' rx='2' "
        f"fill='{_COLOURS[way]}'/>"
        f"<text x='{end}' y='{middle}' {font}>{people} ({share:.1%})</text>"
    )
