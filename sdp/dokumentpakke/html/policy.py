"""HTML policy of the mailboxes: a document checked against both lists, while it is packed.

Digdir's policy and Digipost's validator must both be held, and a problem names the one that it
breaks. Nothing of the content is repeated in a problem.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke.html import digdir, digipost
from sdp.dokumentpakke.html.digipost import style_sheet_problems
from sdp.dokumentpakke.html.markup import End, Markup, MarkupError, Start, Text

if TYPE_CHECKING:
    from typing_extensions import Buffer

VOID: Final = frozenset({"br", "hr", "wbr", "img", "col", "meta", "base"})
"""Elements without an end tag."""

_HTML_TYPE: Final = re.compile(r"text/html\s*;\s*charset\s*=\s*utf-8", re.IGNORECASE)
_MOST_TOLD: Final = 10
_DIGDIR: Final = "Digdir's policy"
_DIGIPOST: Final = "Digipost's validator"
_BOTH: Final = f"{_DIGDIR} and {_DIGIPOST}"


class HtmlPolicy:
    """Reads an HTML document as it comes, and collects what breaks either list.

    Attributes:
        found: at most ten problems, each as its line and the rule with the list that it breaks.
    """

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="strict")
        self._markup = Markup()
        self._readable = True
        self._line = 1
        self._cells: list[bool] = []  # for each open td, whether anything is in it
        self._in_style = False
        self._has_blank_base = False
        self._seen_by_digipost = True

    @property
    def problems(self) -> list[str]:
        """The problems in words."""
        return [f"line {line}: {rule}" for line, rule in self.found]

    def take(self, piece: Buffer) -> None:
        """Read more of the document."""
        self._read(bytes(piece), final=False)

    def finish(self) -> None:
        """Read what is left."""
        self._read(b"", final=True)
        self._end_cells()

    def _read(self, data: bytes, *, final: bool) -> None:
        if not self._readable:
            return
        try:
            for token in self._markup.read(self._decoder.decode(data, final), final=final):
                self._check(token)
        except UnicodeDecodeError:
            self._readable = False
            self._tell("the text must be UTF-8", _BOTH)
        except MarkupError as error:
            self._readable = False
            self._line = error.line
            self._tell(str(error), _DIGDIR)

    def _check(self, token: Start | End | Text) -> None:
        self._line = token.line
        match token:
            case Start():
                self._fill_cell()
                self._check_start(token)
            case End(name="td") if self._cells:
                self._end_cell()
            case End(name="tr" | "table"):
                self._end_cells()
            case End():
                self._in_style = False
            case Text(content=content):
                if not content.isspace() or "\xa0" in content:
                    self._fill_cell()
                if self._in_style:
                    self._check_style_sheet(content)

    def _check_start(self, tag: Start) -> None:
        name, attributes = tag.name, dict(tag.attributes)
        if name not in digdir.ELEMENTS:
            rule = f"<{name}> is not allowed: it could run, fetch or ask for something"
            self._tell(rule, _DIGDIR if tag.is_conditional else _BOTH)
            return
        self._seen_by_digipost = not tag.is_conditional
        if tag.is_empty and name not in VOID:
            self._tell(f"<{name}/> is not allowed; write <{name}></{name}>", _DIGDIR)
        self._tell_digipost(digipost.element_problem(name, attributes))
        for attribute, value in tag.attributes:
            self._check_attribute(name, attribute, value)
        if name == "base" and attributes.get("target", "").lower() == "_blank":
            self._has_blank_base = True
        if name == "a" and "href" in attributes:
            self._check_link(attributes["href"], attributes.get("target"))
        self._in_style = name == "style"
        if name == "td":
            self._cells.append(False)

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        problem = _digdir_problem(tag, name, value)
        if problem is not None:
            self._tell(problem, _DIGDIR)
        elif tag in digipost.ELEMENTS:
            self._tell_digipost(digipost.attribute_problem(tag, name, value))

    def _check_link(self, address: str, target: str | None) -> None:
        if address.startswith("#") or address.lower().startswith("mailto:"):
            return
        if digdir.LINK.match(address) is None:
            self._tell("href on <a> must start with https://, http://, mailto: or #", _DIGDIR)
        elif (target or "").lower() != "_blank" and not (target is None and self._has_blank_base):
            self._tell('<a> with href must have target="_blank"', _DIGDIR)

    def _check_style_sheet(self, content: str) -> None:
        if not digdir.only_shows(content):
            self._tell("<style> must not fetch anything", _DIGDIR)
            return
        for problem in style_sheet_problems(content):
            self._tell_digipost(problem)

    def _fill_cell(self) -> None:
        if self._cells:
            self._cells[-1] = True

    def _end_cell(self) -> None:
        if not self._cells.pop():
            self._tell("<td> must not be empty; put &nbsp; in it", _DIGDIR)

    def _end_cells(self) -> None:
        while self._cells:
            self._end_cell()

    def _tell(self, rule: str, source: str) -> None:
        if len(self.found) < _MOST_TOLD:
            self.found.append((self._line, f"{rule} ({source})"))

    def _tell_digipost(self, rule: str | None) -> None:
        if rule is not None and self._seen_by_digipost:
            self._tell(rule, _DIGIPOST)


def _digdir_problem(tag: str, name: str, value: str) -> str | None:
    """Say why Digdir's policy forbids an attribute; None if it does not."""
    match tag, name:
        case _, _ if not digdir.allows_attribute(name):
            return f"{name} on <{tag}> is not allowed: it could run or fetch something"
        case _, "style" if not digdir.only_shows(value):
            return f"style on <{tag}> must not fetch anything"
        case "meta", "charset" if value.strip().lower() not in {"utf-8", "utf8"}:
            return "charset on <meta> must be utf-8"
        case "meta", "http-equiv" if value.strip().lower() != "content-type":
            return "http-equiv on <meta> is not allowed but for content-type"
        case "meta", "content" if (
            "charset" in value.lower() and _HTML_TYPE.fullmatch(value.strip()) is None
        ):
            return "content on <meta> must be text/html; charset=utf-8"
        case "hr", "align":
            return "align on <hr> is not allowed"
        case "img", "src" if digdir.INLINE_IMAGE.fullmatch(value) is None:
            return "src on <img> must be a PNG, GIF or JPEG as a data URL on a single line"
        case ("img", "src") | ("a", "href"):
            return None
        case _, "src" | "href":
            return f"{name} on <{tag}> is not allowed, since it points elsewhere"
        case _:
            return None
