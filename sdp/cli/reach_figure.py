"""The picture of `sdp reach`: bars, one for each way and reason."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLOURS = {"digital": "#1b7f5c", "print": "#c77c11", "not at all": "#b3261e"}
_OTHER = "#6b7280"
_WIDTH, _TEXT_WIDTH, _ROW, _TOP, _BAR = 960, 460, 34, 56, 18
_FONT = "font-family='system-ui, sans-serif'"


def draw(counts: Sequence[tuple[str, str, int]]) -> str:
    """Draw how many people are reached each way as an SVG picture with a text alternative.

    Args:
        counts: the way, why, and how many; in the order they are drawn.
    """
    total = sum(people for _, _, people in counts)
    height = _TOP + _ROW * len(counts) + 12
    bars = [_bar(index, count, total) for index, count in enumerate(counts)]
    spoken = "; ".join(f"{way}, {why}: {people}" for way, why, people in counts)
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


def _bar(index: int, count: tuple[str, str, int], total: int) -> str:
    way, why, people = count
    top = _TOP + _ROW * index
    share = people / total
    length = max(1, round(share * (_WIDTH - _TEXT_WIDTH - 140)))
    words = f"{way}: {why}"
    middle = top + _BAR - 4
    end = _TEXT_WIDTH + length + 8
    return (
        f"<text x='16' y='{middle}' {_FONT} font-size='13'>{escape(words)}</text>"
        f"<rect x='{_TEXT_WIDTH}' y='{top}' width='{length}' height='{_BAR}' rx='2' "
        f"fill='{_COLOURS.get(way, _OTHER)}'/>"
        f"<text x='{end}' y='{middle}' {_FONT} font-size='13'>{people} ({share:.1%})</text>"
    )
