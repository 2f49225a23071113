"""Parts of a document: sections of paragraphs, lists, tables and figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_DESC: Final = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `ordered` where the order matters."""

    items: Sequence[str]
    ordered: bool = False
    kind: str = "items"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption. Numbers stand to the right; the last row may be a sum."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    has_sum: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """An SVG figure, which holds its own title and description."""

    svg: str
    kind: str = "figure"

    @property
    def title(self) -> str:
        """The title that the figure holds."""
        found = _TITLE.search(self.svg)
        return unescape(found[1]) if found else ""

    @property
    def desc(self) -> str:
        """The description that the figure holds."""
        found = _DESC.search(self.svg)
        return unescape(found[1]) if found else ""


Block = Paragraph | Items | Facts | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A section with a heading, and an id to link to."""

    id: str
    heading: str
    blocks: Sequence[Block]
