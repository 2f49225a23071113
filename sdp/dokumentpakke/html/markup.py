"""Strict HTML tokenizer for markup that every parser reads in the same way.

A mailbox shows a letter in a browser. Where parsers differ (broken comments, duplicate attributes,
other encodings), a validator could see another document than the citizen does. Such markup is
refused.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE: Final = r"[ \t\n\f\r]"
_NAME: Final = r"[A-Za-z][A-Za-z0-9:._-]*+"
_ATTRIBUTE: Final = re.compile(
    rf"""{_SPACE}++([A-Za-z_:][A-Za-z0-9:._-]*+)
    (?:{_SPACE}*+={_SPACE}*+(?:"([^"]*+)"|'([^']*+)'|([^ \t\n\f\r"'=<>`]++)))?+""",
    re.VERBOSE,
)
_MARKUP: Final = re.compile(
    rf"""
    <(?P<start>{_NAME})(?P<attributes>(?:{_ATTRIBUTE.pattern})*+){_SPACE}*+(?P<empty>/?)>
    | </(?P<end>{_NAME}){_SPACE}*+>
    | <!--\[if{_SPACE}(?:[^\]<>])*+\]>(?P<conditional>(?:(?!--|<!)[\s\S])*+)<!\[endif\]-->
    | <!--(?!-?>|\[)(?:(?!--!?{_SPACE}*+>|<!--)[\s\S])*+-->
    | <!(?i:doctype)[^<>]*+>
    | <\?xml{_SPACE}[^<>?]*+\?>
    """,
    re.VERBOSE,
)
_BEGINNING: Final = re.compile(r"<(?:[A-Za-z/?!]|\Z)")
# No parser takes this for the beginning of a tag.
_BARE: Final = re.compile(r"<(?=[ \t\n\f\r0-9=-])")
_RAW: Final = frozenset({"style", "title"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
LONGEST: Final = 16 * 1024 * 1024
"""Characters in one tag, comment or style sheet; an image may be in it as a data URL."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag. Names are in lower case, character references resolved.

    Attributes:
        is_conditional: set in a conditional comment, which most parsers skip.
    """

    line: int
    name: str
    attributes: tuple[tuple[str, str], ...]
    is_empty: bool
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Text, in as many pieces as it comes in; that of a style sheet or title is in one."""

    line: int
    content: str


Token = Start | End | Text


class MarkupError(ValueError):
    """The document is not of this kind. The text says why, and repeats nothing of it."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class Markup:
    """Takes a document in pieces, and gives its tags and texts as they are whole."""

    def __init__(self, line: int = 1) -> None:
        self._line = line
        self._buffer = ""
        self._wanted = 0  # look again when there is so much, so that no byte is read many times
        self._raw: str | None = None

    def read(self, piece: str, *, final: bool = False) -> Iterator[Token]:
        """Read on.

        Raises:
            MarkupError: parsers may differ about what this is.
        """
        if _CONTROL.search(piece) is not None:
            raise MarkupError(self._line, "control characters are not allowed")
        self._buffer += piece
        if not final and len(self._buffer) < self._wanted:
            return
        self._wanted = 0
        while self._buffer:
            token = self._raw_text() if self._raw else self._text_or_markup()
            if token is None:
                break
            yield from token
        if final and (self._buffer or self._raw):
            raise self._unreadable()
        if len(self._buffer) > LONGEST:
            raise MarkupError(self._line, f"a tag or text of more than {LONGEST} characters")
        self._wanted = min(2 * len(self._buffer), LONGEST + 1)

    def _text_or_markup(self) -> tuple[Token, ...] | None:
        until = self._buffer.find("<")
        if until != 0:
            return (Text(self._line, self._take(until if until > 0 else len(self._buffer))),)
        if _BARE.match(self._buffer) is not None:
            return (Text(self._line, self._take(1)),)
        found = _MARKUP.match(self._buffer)
        if found is None:
            if _BEGINNING.match(self._buffer) is None:
                raise self._unreadable()
            return None
        line = self._line
        self._take(found.end())
        if found["start"]:
            return (self._started(line, found),)
        if found["conditional"]:
            return _fragment(line, found["conditional"])
        return (End(line, found["end"].lower()),) if found["end"] else ()

    def _started(self, line: int, found: re.Match[str]) -> Start:
        name = found["start"].lower()
        attributes = tuple(
            (each[1].lower(), html.unescape(each[2] or each[3] or each[4] or ""))
            for each in _ATTRIBUTE.finditer(found["attributes"])
        )
        if len(dict(attributes)) != len(attributes):
            raise MarkupError(line, f"an attribute is given twice on <{name}>")
        if name in _RAW:
            self._raw = name
        return Start(line, name, attributes, bool(found["empty"]))

    def _raw_text(self) -> tuple[Token, ...] | None:
        until = self._buffer.find("<")
        end = f"</{self._raw}>"
        if until < 0 or len(self._buffer) < until + len(end):
            return None
        if self._buffer[until : until + len(end)].lower() != end:
            raise self._unreadable()
        text = Text(self._line, self._take(until))
        self._take(len(end))
        name, self._raw = end[2:-1], None
        return text, End(self._line, name)

    def _take(self, length: int) -> str:
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        self._line += taken.count("\n")
        return taken

    def _unreadable(self) -> MarkupError:
        if self._raw:
            why = f"<{self._raw}> must be ended, and must not hold a <"
        elif self._buffer.startswith("<?"):
            why = "processing instructions are not allowed"
        else:
            why = "the markup cannot be read; a < in the text is written &lt;"
        return MarkupError(self._line, why)


def _fragment(line: int, content: str) -> tuple[Token, ...]:
    """Read what a conditional comment holds: a comment to most parsers, and markup to the rest."""
    tokens = Markup(line).read(content, final=True)
    return tuple(
        replace(token, is_conditional=True) if isinstance(token, Start) else token
        for token in tokens
    )
