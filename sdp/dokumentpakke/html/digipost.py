"""Digipost's own lists of elements, attributes and styles.

A letter that breaks them comes back as a Feil after it was sent. Source: the behaviour of
`no.digipost:digipost-html-validator` 1.1.5, which `make interop` compares with this module.

A style attribute may hold more than is taken, which is left out in silence; it is refused where
nothing is left. A style element is refused where anything in it is not taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


_SIDES: Final = ("top", "right", "bottom", "left")
_CORNERS: Final = ("top-left", "top-right", "bottom-left", "bottom-right")
_OF_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "background-attachment": frozenset({"fixed", "local", "scroll"}),
    "background-repeat": frozenset(
        {"no-repeat", "repeat", "repeat-x", "repeat-y", "round", "space"}
    ),
    "border-collapse": frozenset({"collapse", "separate"}),
    "caption-side": frozenset({"bottom", "top"}),
    "direction": frozenset({"ltr", "rtl"}),
    "empty-cells": frozenset({"hide", "show"}),
    "font-style": frozenset({"italic", "normal", "oblique"}),
    "font-variant": frozenset({"normal", "small-caps"}),
    "font-weight": frozenset(
        {"bold", "bolder", "lighter", "normal", *(str(n) for n in range(100, 1000, 100))}
    ),
    "list-style-position": frozenset({"inside", "outside"}),
    "table-layout": frozenset({"auto", "fixed"}),
    "text-align": frozenset({"center", "justify", "left", "right"}),
    "text-decoration": frozenset({"blink", "line-through", "none", "overline", "underline"}),
    "text-overflow": frozenset({"clip", "ellipsis"}),
    "text-transform": frozenset({"capitalize", "lowercase", "none", "uppercase"}),
    "unicode-bidi": frozenset({"bidi-override", "embed", "normal"}),
    "white-space": frozenset({"normal", "nowrap", "pre", "pre-line", "pre-wrap"}),
    "word-wrap": frozenset({"anywhere", "break-word", "normal"}),
}
_INLINE: Final = frozenset(
    {"background", "background-color", "background-image", "background-position", "border"}
    | {f"border-{side}{part}" for side in _SIDES for part in ("", "-color", "-style", "-width")}
    | {f"border-{part}" for part in ("color", "style", "width", "spacing", "radius")}
    | {f"border-{corner}-radius" for corner in _CORNERS}
    | {
        f"{space}{side}"
        for space in ("margin", "padding")
        for side in ("", *map("-{}".format, _SIDES))
    }
    | {"box-shadow", "color", "font", "font-family", "font-size", "font-stretch", "height", "width"}
    | {"max-height", "max-width", "min-height", "min-width", "letter-spacing", "line-height"}
    | {"list-style", "list-style-image", "list-style-type", "outline", "outline-color", "quotes"}
    | {"outline-style", "outline-width", "text-indent", "text-shadow", "text-wrap", "word-spacing"}
    | {"vertical-align", "page-break-before", "page-break-after", "page-break-inside"}
    | {*_SIDES, *_OF_KEYWORDS}
)
_WITHOUT_NEGATIVES: Final = (
    *("margin", "padding", "width", "max-", "min-", "font-size", "line-height"),
)
_COLOURS: Final = (
    "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue "
    "blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk "
    "crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkkhaki darkmagenta "
    "darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue "
    "darkslategray darkturquoise darkviolet deeppink deepskyblue dimgray dodgerblue firebrick "
    "floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green "
    "greenyellow honeydew hotpink indianred indigo inherit ivory khaki lavender lavenderblush "
    "lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgreen "
    "lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightsteelblue "
    "lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue "
    "mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen "
    "mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite "
    "navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen "
    "paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple red "
    "rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver "
    "skyblue slateblue slategray snow springgreen steelblue tan teal thistle tomato "
    "transparent turquoise violet wheat white whitesmoke yellow yellowgreen"
)
_COLOUR_NAMES: Final = frozenset(_COLOURS.split())
_WORD: Final = re.compile(r"#?[\w%.+-]+\(?|\"[^\"]*\"|'[^']*'")
_TAKEN_FUNCTIONS: Final = ("rgb(", "rgba(", "hsl(", "hsla(", "image(", "gradient(")

# Java's \w and \s are those of ASCII.
_SHEET: Final = re.compile(r"(?:[.#\-\w\s:\[\],]++\{[^}]++\}\s*+)*+", re.ASCII)
_RULE: Final = re.compile(r"([.#\-\w\s:\[\],]++)\{([^}]++)\}", re.ASCII)
_DECLARATION: Final = re.compile(r"(?<![\w\- ])([\w\- ]*+):([\w. ,%#\-:\"'()!\\]*+);", re.ASCII)
_FORBIDDEN: Final = ("javascript", "expression", "url(", "http://", "https://", "/*", "*/")
_FLEX_ENDS: Final = "flex-start|flex-end|center"
_BLOCK: Final[Mapping[str, re.Pattern[str]]] = {
    "clear": re.compile(r"[\s\S]*"),
    "float": re.compile(r"[\s\S]*"),
    "content": re.compile(r"[\s\S]*"),
    "display": re.compile("block|inline-block|inline|flex"),
    "flex-direction": re.compile("(?:row|column)(?:-reverse)?"),
    "flex-wrap": re.compile("nowrap|wrap|wrap-reverse"),
    "justify-content": re.compile(f"{_FLEX_ENDS}|space-between|space-around|space-evenly"),
    "align-items": re.compile(f"{_FLEX_ENDS}|baseline|stretch"),
    "align-self": re.compile(f"{_FLEX_ENDS}|auto|baseline|stretch"),
    "gap": re.compile("[0-9]+(?:%|px|em|rem)?"),
    "flex": re.compile(
        r"[+-]?[\d.]+(?:\s+[+-]?[\d.]+(?:\s+(?:0|auto|content|\d*\.?\d+(?:%|px|em|rem)?))?)?"
    ),
}


def style_sheet_problems(content: str) -> Iterator[str]:
    """Say what is not taken of the content of a `<style>`."""
    sheet = content.strip()
    if _SHEET.fullmatch(sheet) is None:
        yield "<style> must be rules alone, with plain selectors: no comments, no @, no * > + ~ ( )"
        return
    for rule in _RULE.finditer(sheet):
        selector, declarations = rule[1].strip(), rule[2].strip()
        if not selector:
            yield "<style> has a rule without a selector"
        elif any(word in declarations.lower() for word in _FORBIDDEN):
            yield "<style> must not hold url(, addresses, comments or scripts"
        else:
            yield from _declaration_problems(declarations)


def _declaration_problems(declarations: str) -> Iterator[str]:
    found = _DECLARATION.findall(declarations)
    for written, value in found:
        name = written.strip()
        if name in _BLOCK:
            if _BLOCK[name].fullmatch(value.strip().lower()) is None:
                yield f"{name} in <style> has a value that is not taken"
        elif name not in _INLINE:
            yield "<style> has a property that is not taken"
    if declarations and not found:
        yield "a rule in <style> must have plain values, each ended by a ;"


def style_attribute_is_taken(style: str) -> bool:
    """Tell if anything of a style attribute is taken."""
    declarations = (declaration.partition(":") for declaration in style.split(";"))
    return any(
        name.strip().lower() in _INLINE
        and any(_word_is_taken(name.strip().lower(), word) for word in _words(value.lower()))
        for name, _, value in declarations
    )


def _words(value: str) -> Iterator[str]:
    """Cut a value into words; a function that is dropped takes the rest with it."""
    for word in _WORD.findall(value):
        if word.endswith("(") and not word.endswith(_TAKEN_FUNCTIONS):
            return
        yield word


def _word_is_taken(name: str, word: str) -> bool:
    if word.endswith("("):
        return True
    if name in _OF_KEYWORDS:
        return word in {*_OF_KEYWORDS[name], "inherit"}
    if name.startswith(_WITHOUT_NEGATIVES) and word.startswith("-"):
        return False
    if name.endswith("color"):
        return word.startswith("#") or word in _COLOUR_NAMES
    return True


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
