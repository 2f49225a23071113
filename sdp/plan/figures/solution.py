"""The solution: from the agency's systems to the mailbox, by the connection that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.plan.figures.svg import DIGITAL, GREY, INK, Svg

if TYPE_CHECKING:
    from sdp.plan.connection import Connection
    from sdp.plan.texts import Texts

_BOX: Final = (320.0, 64.0)
_LEFT: Final = 20.0
_TOP: Final = 60.0
_ROW: Final = 104.0
_WIDTH: Final = 760.0


def solution(connection: Connection, texts: Texts) -> str:
    """Draw the boxes that a letter goes through, from top to bottom, and who runs each."""
    boxes = texts(f"connect.boxes.{connection}").split(" | ")
    title = texts("connect.figure", name=texts(f"connect.name.{connection}"))
    figure = Svg("solution", (_WIDTH, _TOP + _ROW * len(boxes) + 10), title, "; ".join(boxes))
    figure.text(_LEFT, 34, title, size=20, weight="bold")
    for at, told in enumerate(boxes):
        name, _, who = told.partition(": ")
        y = _TOP + _ROW * at
        ours = at == 0 or (at == 1 and connection == "egen")
        figure.rect(
            (_LEFT, y), _BOX, "#e2f1ec" if ours else "white", stroke=DIGITAL if ours else INK
        )
        figure.text(_LEFT + _BOX[0] / 2, y + 38, name, size=16, anchor="middle", weight="bold")
        figure.text(_LEFT + _BOX[0] + 24, y + 38, who, size=15, fill=GREY)
        if at < len(boxes) - 1:
            x, begin, end = _LEFT + _BOX[0] / 2, y + _BOX[1], y + _ROW
            figure.line((x, begin), (x, end - 8), stroke=INK, width=2)
            figure.path(f"M{x - 7:g} {end - 10:g}L{x + 7:g} {end - 10:g}L{x:g} {end:g}Z", INK)
    return figure.done()
