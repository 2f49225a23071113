"""Digdir's HTML policy: elements, attributes and styles that only show something.

The policy forbids what could run, fetch or ask for anything, and names nothing else. The lists
below hold all that HTML has and that does none of this.
"""

from __future__ import annotations

import re
from typing import Final

ELEMENTS: Final = frozenset(
    {"html", "head", "title", "meta", "base", "style", "body", "main", "article", "section"}
    | {"header", "footer", "nav", "aside", "hgroup", "address", "div", "span", "p", "br", "hr"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "a", "img", "figure", "figcaption", "center", "font"}
    | {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}
    | {"ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "blockquote", "q", "cite"}
    | {"b", "i", "u", "s", "strong", "em", "small", "big", "sub", "sup", "tt", "strike", "mark"}
    | {"del", "ins", "pre", "code", "kbd", "samp", "var", "abbr", "acronym", "dfn", "time", "wbr"}
    | {"bdi", "bdo", "ruby", "rb", "rp", "rt", "data", "label", "fieldset", "legend", "map"}
)

ATTRIBUTES: Final = frozenset(
    {"id", "class", "style", "title", "lang", "xml:lang", "dir", "role", "hidden", "tabindex"}
    | {"translate", "xmlns", "version", "name", "content", "charset", "http-equiv", "scheme"}
    | {"href", "target", "rel", "rev", "hreflang", "type", "src", "alt", "width", "height", "media"}
    | {"align", "valign", "border", "hspace", "vspace", "cellpadding", "cellspacing", "bgcolor"}
    | {"bordercolor", "colspan", "rowspan", "span", "scope", "headers", "abbr", "axis", "summary"}
    | {"nowrap", "rules", "frame", "char", "charoff", "color", "face", "size", "noshade", "clear"}
    | {"text", "link", "vlink", "alink", "start", "value", "reversed", "compact", "datetime"}
    | {"open", "topmargin", "leftmargin", "marginwidth", "marginheight", "for", "nohref"}
    | {"noresize"}
)
ATTRIBUTE_FAMILIES: Final = ("aria-", "data-")

INLINE_IMAGE: Final = re.compile(
    r"data:image/(?:png|gif|jpe?g);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE
)
LINK: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)

_STYLE_RULES: Final = frozenset({"media", "page", "supports"})
_STYLE_FUNCTIONS: Final = frozenset(
    {"", "and", "or", "not", "only", "is", "where", "has", "lang", "nth-child", "nth-last-child"}
    | {"nth-of-type", "nth-last-of-type", "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch"}
    | {"calc", "min", "max", "clamp", "minmax", "repeat", "fit-content", "counter", "counters"}
    | {"linear-gradient", "radial-gradient", "rect", "translate", "rotate", "scale", "var"}
)
_STYLE_TEXT: Final = re.compile(r"""/\*[\s\S]*?\*/|"[^"\n\r\f]*"|'[^'\n\r\f]*'""")
_STYLE_FUNCTION: Final = re.compile(r"(?<![@\w-])([\w-]*)\s*\(")
_STYLE_RULE: Final = re.compile(r"@([\w-]*)")


def allows_attribute(name: str) -> bool:
    """Tell if an attribute of this name only shows something, on any element."""
    return name in ATTRIBUTES or name.startswith(ATTRIBUTE_FAMILIES)


def only_shows(style: str) -> bool:
    """Tell if a style has known functions and rules alone: an address is always in another one."""
    bare = _STYLE_TEXT.sub(" ", style)
    return (
        "\\" not in style
        and _STYLE_FUNCTIONS.issuperset(map(str.lower, _STYLE_FUNCTION.findall(bare)))
        and _STYLE_RULES.issuperset(map(str.lower, _STYLE_RULE.findall(bare)))
    )
