"""Digipost's own list of elements and attributes.

A letter that breaks it comes back as a Feil after it was sent. Source: the behaviour of
`no.digipost:digipost-html-validator` 1.1.5, which `make interop` compares with this module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from sdp.dokumentpakke.html.digipost_styles import style_attribute_is_taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ELEMENTS: Final = frozenset(
    {"html", "head", "title", "meta", "base", "style", "body", "a", "label", "p", "pre", "code"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "i", "b", "u", "strong", "em", "small", "big", "cite"}
    | {"samp", "sub", "sup", "strike", "center", "blockquote", "hr", "br", "font", "map", "span"}
    | {"div", "img", "ul", "ol", "li", "dd", "dt", "dl", "table", "caption", "colgroup", "col"}
    | {"thead", "tbody", "tfoot", "tr", "td", "th", "fieldset", "legend", "figure", "figcaption"}
    | {"header", "nav", "section", "aside", "article", "footer", "hgroup", "main"}
    | {"abbr", "acronym", "address", "dfn", "kbd", "q", "var", "tt"}
)
_DROPPED_WITHOUT_ATTRIBUTES: Final = frozenset({"font", "img"})


class _Value(NamedTuple):
    """Rule for the value of an attribute: a pattern, and the same in words."""

    pattern: re.Pattern[str]
    rule: str


def _value(pattern: str, rule: str, flags: re.RegexFlag = re.NOFLAG) -> _Value:
    return _Value(re.compile(pattern, flags), rule)


_COLOURS_OF_HTML: Final = (
    "aqua|black|blue|fuchsia|gray|grey|green|lime|maroon|navy|olive|purple|red|silver|teal|white"
    "|yellow"
)
_NUMBER: Final = _value(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", "must be a number without a unit")
_PERCENT: Final = _value("[0-9]+%?", "must be a whole number without a unit, or a percentage")
_COLOUR: Final = _value(
    f"(?:{_COLOURS_OF_HTML}|#[0-9a-fA-F]{{3}}(?:[0-9a-fA-F]{{3}})?)",
    "must be one of the 17 colours of HTML, in lower case, or as #fff or #ffffff",
)
_ALIGN: Final = _value(
    "center|left|right|justify|char", "must be center, left, right or justify", re.IGNORECASE
)
_VALIGN: Final = _value(
    "baseline|bottom|middle|top", "must be baseline, bottom, middle or top", re.IGNORECASE
)
_NAME: Final = _value(r"[a-zA-Z0-9\-_$]+", "must be letters, digits, - or _")
_ID: Final = _value(r"[a-zA-Z0-9:\-_.]+", "must be letters from a to z, digits, : - _ or .")
_ANY: Final = _value(r"[\s\S]*", "")

_EVERYWHERE: Final[Mapping[str, _Value]] = {
    "id": _ID,
    "class": _value(r"[a-zA-Z0-9\s,\-_]+", "must be letters from a to z, digits, - or _"),
    "lang": _value("[a-zA-Z]{2,20}", "must be a language without a region, such as nb"),
    "title": _value(r"[\w\s\-',:\[\]!./\\()&]*", "must not hold quotes, brackets < > or symbols"),
}
_CELLS: Final = ("td", "th")
_GROUPS: Final = ("thead", "tbody", "tfoot", "tr", "colgroup", "col")
_PLACES: Final[Iterable[tuple[tuple[str, ...], tuple[str, ...], _Value]]] = (
    (("p", "table", "img", "hr", *_CELLS, *_GROUPS), ("align",), _ALIGN),
    ((*_CELLS, *_GROUPS), ("valign",), _VALIGN),
    ((*_CELLS, *_GROUPS), ("charoff",), _PERCENT),
    ((*_CELLS, *_GROUPS), ("char",), _value(r"[\s\S]?", "must be a single character")),
    (("label",), ("for",), _ID),
    (("font",), ("color",), _COLOUR),
    (("font",), ("face",), _value(r"[\w;, \-]+", "must be names of fonts without quotes")),
    (("font",), ("size",), _NUMBER),
    (
        ("a",),
        ("href",),
        _value(
            r"[\w\\.#@$%+&;\-~,?=/! {}]+"
            r"|\s*(?:(?:ht|f)tps?://|mailto:)[^\W_][\w .#@$%+&;:\-~,?=/!(){}]*\s*",
            "must be http://, https:// or mailto: in lower case, without quotes, * and brackets",
        ),
    ),
    (("a",), ("target", "rel", "nohref"), _ANY),
    (("a",), ("name",), _NAME),
    (
        ("img",),
        ("src",),
        _value("data:image/(?:gif|jpg|jpeg|png);base64.+", "must be a data URL in lower case"),
    ),
    (("img",), ("alt",), _ANY),
    (("table",), ("border", "cellpadding", "cellspacing"), _NUMBER),
    (("table", *_CELLS), ("bgcolor",), _COLOUR),
    (("table",), ("noresize",), _value("(?:noresize)?", "must be noresize", re.IGNORECASE)),
    (("table", "tr", "img", "hr", "colgroup", "col", *_CELLS), ("width",), _PERCENT),
    (("table", "tr", "img", "hr", *_CELLS), ("height",), _PERCENT),
    (_CELLS, ("abbr",), _value(r"[\w,'.\s\-()]*", "must be plain words")),
    (_CELLS, ("axis", "headers"), _NAME),
    (
        _CELLS,
        ("scope",),
        _value("(?:row|col)(?:group)?", "must be row, col, rowgroup or colgroup", re.IGNORECASE),
    ),
    (_CELLS, ("nowrap",), _ANY),
    (_CELLS, ("colspan", "rowspan"), _NUMBER),
    (("colgroup", "col"), ("span",), _PERCENT),
    (("style",), ("type",), _value("text/css", "must be text/css")),
    (("base",), ("target",), _value("_blank", "must be _blank")),
    (
        ("meta",),
        ("http-equiv",),
        _value("content-type", "must be content-type", re.IGNORECASE),
    ),
    (("meta",), ("charset",), _ANY),
    (("meta",), ("name",), _value("viewport", "must be viewport", re.IGNORECASE)),
    (
        ("meta",),
        ("content",),
        _value(
            r"text/html;[ ]*charset=(?:[uU][tT][fF]-?8|[iI][sS][oO]-8859-1)"
            r"|(?:[, ;\t]*(?:width|height|initial-scale|minimum-scale|maximum-scale|user-scalable"
            r"|target-densityDpi)[ ]{0,3}=[ ]{0,3}"
            r"(?:device-width|device-height|device-dpi|yes|no|[0-9.\-]{1,4})){1,6}",
            "must be a content type or a viewport",
        ),
    ),
)
_ATTRIBUTES: Final[Mapping[tuple[str, str], _Value]] = {
    (tag, name): value for tags, names, value in _PLACES for tag in tags for name in names
}


def attribute_problem(tag: str, name: str, value: str) -> str | None:
    """Say why an attribute is not taken; None if it is."""
    if name == "style":
        return (
            None
            if style_attribute_is_taken(value)
            else f"style on <{tag}> holds nothing that is taken"
        )
    found = _ATTRIBUTES.get((tag, name)) or _EVERYWHERE.get(name)
    if found is None:
        return f"{name} on <{tag}> is not taken"
    if found.pattern.fullmatch(value) is None:
        return f"{name} on <{tag}> {found.rule}"
    return None


def element_problem(tag: str, names: Collection[str]) -> str | None:
    """Say why an element with attributes of these names is not taken; None if it is."""
    if tag not in ELEMENTS:
        return f"<{tag}> is not taken"
    if tag in _DROPPED_WITHOUT_ATTRIBUTES and not names:
        return f"<{tag}> without attributes is not taken"
    if tag == "a" and "rel" in names and "href" not in names:
        return "rel on <a> without href is not taken"
    return None
