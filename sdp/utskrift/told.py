"""Problems in plain words, each told once with the pages it is on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_TOLD: Final = 10
_MOST_RANGES: Final = 8


class Problems:
    """Collects what is wrong, in the order in which it was found."""

    def __init__(self) -> None:
        self._pages: dict[str, list[int]] = {}
        self._left_out = False

    def on_page(self, number: int, words: str) -> None:
        """Note what is wrong with a page; pages are counted from 1 and come in order."""
        if words not in self._pages and len(self._pages) >= _MOST_TOLD:
            self._left_out = True
            return
        self._pages.setdefault(words, []).append(number)

    def told(self) -> tuple[str, ...]:
        """Say each problem once."""
        said = [f"{_where(pages)}: {words}" for words, pages in self._pages.items()]
        return (*said, "and more") if self._left_out else tuple(said)


def _where(pages: Sequence[int]) -> str:
    ranges = _ranges(pages)
    shown = ", ".join(ranges[:_MOST_RANGES])
    if len(ranges) > _MOST_RANGES:
        shown = f"{shown} and others"
    return f"page {shown}" if len(pages) == 1 else f"pages {shown}"


def _ranges(pages: Sequence[int]) -> list[str]:
    breaks = [index for index, (one, other) in enumerate(pairwise(pages), 1) if other != one + 1]
    starts, ends = [0, *breaks], [*breaks, len(pages)]
    return [
        f"{pages[start]}" if end - start == 1 else f"{pages[start]}-{pages[end - 1]}"
        for start, end in zip(starts, ends, strict=True)
    ]
