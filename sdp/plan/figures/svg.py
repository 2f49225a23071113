"""A small SVG canvas: shapes with colours and hatches, numbers with two decimals at most."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

DIGITAL: Final = "#0b6b4f"
PAPER: Final = "#c98a1b"
INK: Final = "#1c1c1c"
GREY: Final = "#5c5c5c"
LIGHT: Final = "#d9d9d9"
_FONT: Final = "font-family='system-ui, sans-serif'"


class Svg:
    """One figure. Colours never stand alone: paper is hatched, and everything has words.

    Args:
        name: unique on the page that the figure stands on; ids begin with it.
        size: width and height of the view box.
        title: what the figure is.
        desc: what it shows, for those who do not see it.
    """

    def __init__(self, name: str, size: tuple[float, float], title: str, desc: str) -> None:
        width, height = map(number, size)
        self._name = name
        self._parts = [
            (
                f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
                f"role='img' aria-labelledby='{name}-title {name}-desc'>"
            ),
            f"<title id='{name}-title'>{escape(title)}</title>",
            f"<desc id='{name}-desc'>{escape(desc)}</desc>",
            (
                f"<defs><pattern id='{name}-hatch' width='6' height='6' "
                "patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>"
                f"<rect width='6' height='6' fill='{PAPER}'/>"
                "<line x1='0' y1='0' x2='0' y2='6' stroke='white' stroke-width='2.4'/>"
                "</pattern></defs>"
            ),
            f"<rect width='{width}' height='{height}' fill='white'/>",
        ]

    @property
    def hatch(self) -> str:
        """The fill of what is on paper: hatched, so that it is told apart without colour."""
        return f"url(#{self._name}-hatch)"

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 14,
        anchor: str = "start",
        weight: str = "normal",
        fill: str = INK,
    ) -> None:
        """Write words."""
        self._parts.append(
            f"<text x='{number(x)}' y='{number(y)}' {_FONT} font-size='{size}' "
            f"font-weight='{weight}' text-anchor='{anchor}' fill='{fill}'>{escape(words)}</text>"
        )

    def rect(
        self,
        at: tuple[float, float],
        size: tuple[float, float],
        fill: str,
        *,
        stroke: str = "none",
        told: str = "",
    ) -> None:
        """Draw a rectangle; `told` is shown where a pointer rests on it."""
        (x, y), (width, height) = at, size
        self._parts.append(
            f"<rect x='{number(x)}' y='{number(y)}' width='{number(max(width, 0))}' "
            f"height='{number(max(height, 0))}' fill='{fill}' stroke='{stroke}'>"
            f"{_told(told)}</rect>"
        )

    def line(
        self,
        begin: tuple[float, float],
        end: tuple[float, float],
        *,
        stroke: str = GREY,
        width: float = 1,
        dashes: str = "",
    ) -> None:
        """Draw a line."""
        dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
        self._parts.append(
            f"<line x1='{number(begin[0])}' y1='{number(begin[1])}' x2='{number(end[0])}' "
            f"y2='{number(end[1])}' stroke='{stroke}' stroke-width='{number(width)}'{dashed}/>"
        )

    def curve(
        self, points: Iterable[tuple[float, float]], stroke: str, *, dashes: str = ""
    ) -> None:
        """Draw a line through points."""
        dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
        written = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._parts.append(
            f"<polyline points='{written}' fill='none' stroke='{stroke}' "
            f"stroke-width='2.5'{dashed}/>"
        )

    def path(self, steps: str, fill: str, *, stroke: str = "white", told: str = "") -> None:
        """Draw a closed path."""
        self._parts.append(
            f"<path d='{steps}' fill='{fill}' stroke='{stroke}' stroke-width='0.7'>"
            f"{_told(told)}</path>"
        )

    def circle(self, at: tuple[float, float], radius: float, *, fill: str = "none") -> None:
        """Draw a circle."""
        self._parts.append(
            f"<circle cx='{number(at[0])}' cy='{number(at[1])}' r='{number(radius)}' "
            f"fill='{fill}' stroke='{LIGHT}'/>"
        )

    def done(self) -> str:
        """Return the figure."""
        return "\n".join([*self._parts, "</svg>\n"])


def number(value: float) -> str:
    """Write a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def nice_steps(top: float, *, count: int = 4) -> list[float]:
    """Return rising round numbers from one step to at least `top`, some four of them."""
    raw = max(top, 1) / count
    power = 1.0
    while power * 10 <= raw:
        power *= 10
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw)
    return [step * at for at in range(1, count + 2) if step * (at - 1) < top]


def _told(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""
