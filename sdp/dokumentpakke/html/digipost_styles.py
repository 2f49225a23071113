"""Digipost's own list of styles: properties, values and selectors.

A style attribute may hold more than is taken, which is left out in silence; it is refused where
nothing is left. A style element is refused where anything in it is not taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
