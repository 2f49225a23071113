"""The elements, attributes and style functions that a document may have: those that only show."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke.html.markup import End, Markup, MarkupError, Start, Text

if TYPE_CHECKING:
    from typing_extensions import Buffer


ELEMENTS: Final = frozenset(
    {"html", "head", "title", "meta", "style", "body", "main", "article", "section", "header"}
    | {"footer", "nav", "aside", "hgroup", "address", "div", "span", "p", "br", "hr", "wbr"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "a", "img", "figure", "figcaption", "center", "font"}
    | {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}
    | {"ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "blockquote", "q", "cite"}
    | {"b", "i", "u", "s", "strong", "em", "small", "big", "sub", "sup", "tt", "strike", "mark"}
    | {"del", "ins", "pre", "code", "kbd", "samp", "var", "abbr", "acronym", "dfn", "time"}
    | {"bdi", "bdo", "ruby", "rb", "rp", "rt", "data"}
)
VOID: Final = frozenset({"br", "hr", "wbr", "img", "col", "meta"})
"""Those without an end tag."""

ATTRIBUTES: Final = frozenset(
    {"id", "class", "style", "title", "lang", "xml:lang", "dir", "role", "hidden", "tabindex"}
    | {"translate", "xmlns", "version", "name", "content", "charset", "http-equiv", "scheme"}
    | {"href", "target", "rel", "rev", "hreflang", "type", "src", "alt", "width", "height", "media"}
    | {"align", "valign", "border", "hspace", "vspace", "cellpadding", "cellspacing", "bgcolor"}
    | {"bordercolor", "colspan", "rowspan", "span", "scope", "headers", "abbr", "axis", "summary"}
    | {"nowrap", "rules", "frame", "char", "charoff", "color", "face", "size", "noshade", "clear"}
    | {"text", "link", "vlink", "alink", "start", "value", "reversed", "compact", "datetime"}
    | {"open", "topmargin", "leftmargin", "marginwidth", "marginheight"}
)
ATTRIBUTE_FAMILIES: Final = ("aria-", "data-")

STYLE_RULES: Final = frozenset({"media", "page", "supports"})
STYLE_FUNCTIONS: Final = frozenset(
    {"", "and", "or", "not", "only", "is", "where", "has", "lang", "nth-child", "nth-last-child"}
    | {"nth-of-type", "nth-last-of-type", "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch"}
    | {"calc", "min", "max", "clamp", "minmax", "repeat", "fit-content", "counter", "counters"}
    | {"linear-gradient", "radial-gradient", "rect", "translate", "rotate", "scale", "var"}
)


_LINK: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_INLINE_IMAGE: Final = re.compile(
    r"data:image/(?:png|gif|jpe?g);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE
)
_STYLE_TEXT: Final = re.compile(r"""/\*[\s\S]*?\*/|"[^"\n\r\f]*"|'[^'\n\r\f]*'""")
_STYLE_FUNCTION: Final = re.compile(r"(?<![@\w-])([\w-]*)\s*\(")
_STYLE_RULE: Final = re.compile(r"@([\w-]*)")
_HTML_TYPE: Final = re.compile(r"text/html\s*;\s*charset\s*=\s*utf-8", re.IGNORECASE)
_MOST_TOLD: Final = 10


class HtmlPolicy:
    """Reads an HTML document as it comes, and collects what breaks the policy.

    Attributes:
        problems: at most ten, each with its line.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="strict")
        self._markup = Markup()
        self._readable = True
        self._line = 1
        self._cells: list[bool] = []  # for each open td, whether anything is in it
        self._in_style = False

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
            self._tell("the text must be UTF-8")
        except MarkupError as error:
            self._readable = False
            self._line = error.line
            self._tell(str(error))

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
                if self._in_style and not _only_shows(content):
                    self._tell("<style> must not fetch anything")

    def _check_start(self, tag: Start) -> None:
        name = tag.name
        if name not in ELEMENTS:
            self._tell(f"<{name}> is not allowed: it could run, fetch or ask for something")
            return
        if tag.is_empty and name not in VOID:
            self._tell(f"<{name}/> is not allowed; write <{name}></{name}>")
        attributes = dict(tag.attributes)
        for attribute, value in tag.attributes:
            self._check_attribute(name, attribute, value)
        if name == "a" and "href" in attributes:
            self._check_link(attributes["href"], attributes.get("target", ""))
        self._in_style = name == "style"
        if name == "td":
            self._cells.append(False)

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        match tag, name:
            case _, _ if name not in ATTRIBUTES and not name.startswith(ATTRIBUTE_FAMILIES):
                self._tell(f"{name} on <{tag}> is not allowed: it could run or fetch something")
            case _, "style" if not _only_shows(value):
                self._tell(f"style on <{tag}> must not fetch anything")
            case "meta", "charset" if value.strip().lower() not in {"utf-8", "utf8"}:
                self._tell("charset on <meta> must be utf-8")
            case "meta", "http-equiv" if value.strip().lower() != "content-type":
                self._tell("http-equiv on <meta> is not allowed but for content-type")
            case "meta", "content" if "charset" in value.lower():
                if _HTML_TYPE.fullmatch(value.strip()) is None:
                    self._tell("content on <meta> must be text/html; charset=utf-8")
            case "hr", "align":
                self._tell("align on <hr> is not allowed")
            case "img", "src":
                if _INLINE_IMAGE.fullmatch(value) is None:
                    self._tell(
                        "src on <img> must be a PNG, GIF or JPEG as a data URL on a single line"
                    )
            case "a", "href":
                pass
            case _, "src" | "href":
                self._tell(f"{name} on <{tag}> is not allowed, since it points elsewhere")
            case _:
                pass

    def _check_link(self, address: str, target: str) -> None:
        if address.startswith("#"):
            return
        if _LINK.match(address) is None:
            self._tell("href on <a> must start with https://, http://, mailto:, tel: or #")
        elif target.lower() != "_blank":
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

    def _tell(self, rule: str) -> None:
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(f"line {self._line}: {rule}")


def _only_shows(style: str) -> bool:
    """Whether a style has known functions and rules alone: an address is always in another one."""
    bare = _STYLE_TEXT.sub(" ", style)
    return (
        "\\" not in style
        and STYLE_FUNCTIONS.issuperset(map(str.lower, _STYLE_FUNCTION.findall(bare)))
        and STYLE_RULES.issuperset(map(str.lower, _STYLE_RULE.findall(bare)))
    )
