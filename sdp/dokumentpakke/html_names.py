"""The elements, attributes and style functions that a document may have: those that only show."""

from __future__ import annotations

from typing import Final

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
