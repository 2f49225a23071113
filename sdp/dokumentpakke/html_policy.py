"""What an HTML document may hold, checked while it is packed. Source: the HTML policy of the docs.

Mailboxes refuse what could run, fetch or ask for anything. Nothing of the content is repeated in
what is said about it.
"""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Buffer

_Attributes = list[tuple[str, str | None]]

_ACTIVE: Final = frozenset({"script", "noscript", "template", "svg", "math", "canvas"})
_FETCHING: Final = frozenset(
    {"iframe", "frame", "frameset", "object", "embed", "applet", "link", "base", "portal"}
    | {"audio", "video", "source", "track", "picture"}
)
_ASKING: Final = frozenset(
    {"form", "input", "button", "select", "option", "optgroup", "textarea", "fieldset", "label"}
    | {"output", "datalist", "keygen", "isindex"}
)
_FORBIDDEN_ELEMENTS: Final = {
    **dict.fromkeys(_ACTIVE, "is not allowed, since it can run or hide code"),
    **dict.fromkeys(_FETCHING, "is not allowed, since it fetches something from elsewhere"),
    **dict.fromkeys(_ASKING, "is not allowed, since forms are not"),
}
_FETCHING_ATTRIBUTES: Final = frozenset(
    {"srcset", "background", "poster", "data", "action", "formaction", "ping", "srcdoc", "cite"}
    | {"longdesc", "usemap", "manifest", "xlink:href", "codebase", "classid", "archive", "lowsrc"}
)
_LINK: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_INLINE_IMAGE: Final = re.compile(
    r"data:image/(?:png|gif|jpe?g);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE
)
_FETCHING_STYLE: Final = re.compile(
    r"url\s*\(|@import|expression\s*\(|-moz-binding|\\", re.IGNORECASE
)
_MOST_TOLD: Final = 10


class HtmlPolicy(HTMLParser):
    """Reads an HTML document as it comes, and collects what breaks the policy.

    Attributes:
        problems: at most ten, each with its line.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="strict")
        self._readable = True
        self._cells: list[bool] = []  # for each open td, whether anything is in it
        self._style: list[str] | None = None  # the text of an open style sheet

    def take(self, piece: Buffer) -> None:
        """Read more of the document."""
        if self._readable:
            self._feed(bytes(piece), final=False)

    def finish(self) -> None:
        """Read what is left."""
        if self._readable:
            self._feed(b"", final=True)
            if self._style is not None:
                self._tell("<style> must be ended")
            self._end_cells()

    def handle_starttag(self, tag: str, attrs: _Attributes) -> None:
        """Check one element and its attributes."""
        self._fill_cell()
        if tag in _FORBIDDEN_ELEMENTS:
            self._tell(f"<{tag}> {_FORBIDDEN_ELEMENTS[tag]}")
        attributes = {name: value or "" for name, value in attrs}
        for name, value in attributes.items():
            self._check_attribute(tag, name, value, attributes)
        if tag == "style":
            self._style = []
        if tag == "td":
            self._cells.append(False)

    def handle_startendtag(self, tag: str, attrs: _Attributes) -> None:
        """Check an element that ends where it starts."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        self._end_style()
        if tag == "td" and self._cells:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self._end_cells()

    def handle_data(self, data: str) -> None:
        """Note that there is text, and check style sheets."""
        if data and (not data.isspace() or "\xa0" in data):
            self._fill_cell()
        if self._style is not None:
            self._style.append(data)

    def handle_pi(self, data: str) -> None:
        """Refuse processing instructions, but for the declaration of XHTML."""
        if not data.startswith("xml "):
            self._tell("processing instructions are not allowed")

    def _check_attribute(
        self, tag: str, name: str, value: str, attributes: Mapping[str, str]
    ) -> None:
        match tag, name:
            case _, _ if name.startswith("on"):
                self._tell(f"{name} on <{tag}> is not allowed, since it runs code")
            case _, _ if name in _FETCHING_ATTRIBUTES:
                self._tell(f"{name} on <{tag}> is not allowed, since it points elsewhere")
            case _, "style" if _FETCHING_STYLE.search(value):
                self._tell(f"style on <{tag}> must not fetch anything")
            case "meta", "http-equiv" if value.strip().lower() != "content-type":
                self._tell("http-equiv on <meta> is not allowed but for content-type")
            case "hr", "align":
                self._tell("align on <hr> is not allowed")
            case "img", "src":
                if _INLINE_IMAGE.fullmatch(value) is None:
                    self._tell(
                        "src on <img> must be a PNG, GIF or JPEG as a data URL on a single line"
                    )
            case "a", "href":
                self._check_link(value, attributes)
            case _, "src" | "href":
                self._tell(f"{name} on <{tag}> is not allowed, since it points elsewhere")
            case _:
                pass

    def _check_link(self, target: str, attributes: Mapping[str, str]) -> None:
        if target.startswith("#"):
            return
        if _LINK.match(target) is None:
            self._tell("href on <a> must start with https://, http://, mailto:, tel: or #")
        elif attributes.get("target", "").lower() != "_blank":
            self._tell('<a> with href must have target="_blank"')

    def _fill_cell(self) -> None:
        if self._cells:
            self._cells[-1] = True

    def _end_cell(self) -> None:
        if not self._cells.pop():
            self._tell("<td> must not be empty; put &nbsp; in it")

    def _end_cells(self) -> None:
        while self._cells:
            self._end_cell()

    def _end_style(self) -> None:
        if self._style is not None and _FETCHING_STYLE.search("".join(self._style)):
            self._tell("<style> must not fetch anything")
        self._style = None

    def _feed(self, data: bytes, *, final: bool) -> None:
        try:
            self.feed(self._decoder.decode(data, final))
            if final:
                self.close()
        except UnicodeDecodeError:
            self._readable = False
            self._tell("the text must be UTF-8")
        except AssertionError:  # what the parser of older Pythons raises on a broken declaration
            self._readable = False
            self._tell("the markup cannot be read")

    def _tell(self, rule: str) -> None:
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(f"line {self.getpos()[0]}: {rule}")
