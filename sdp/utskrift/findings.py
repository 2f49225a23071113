"""Findings of a preflight: refusals and warnings, each told once with the pages it is on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_TOLD: Final = 10
_MOST_RANGES: Final = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a printer or a mailbox would say of a document. Its text is `str(finding)`.

    Attributes:
        rule: the rule, and what was found.
        is_refusal: set where the document would not be taken; otherwise it is a warning.
        pages: the pages of a PDF it is on, counted from 1; empty where it is the whole document.
        line: the line of an HTML document.
    """

    rule: str
    is_refusal: bool
    pages: tuple[int, ...] = ()
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"line {self.line}: {self.rule}"
        return f"{_where(self.pages)}: {self.rule}" if self.pages else self.rule


class Findings:
    """Collector of findings, in the order in which they come; at most ten of each kind."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, bool], list[int]] = {}
        self._left_out: set[bool] = set()

    def add(self, rule: str, *, is_refusal: bool, page: int | None = None) -> None:
        """Note a finding, of one page or of the whole; pages are counted from 1, in order."""
        key = (rule, is_refusal)
        if key not in self._pages:
            told = sum(each is is_refusal for _, each in self._pages)
            if told >= _MOST_TOLD:
                self._left_out.add(is_refusal)
                return
        pages = self._pages.setdefault(key, [])
        if page is not None:
            pages.append(page)

    def told(self) -> tuple[Finding, ...]:
        """Return each finding once, and say where there were more."""
        found = [
            Finding(rule, is_refusal, tuple(pages))
            for (rule, is_refusal), pages in self._pages.items()
        ]
        return (*found, *(Finding("and more", each) for each in sorted(self._left_out)))


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
