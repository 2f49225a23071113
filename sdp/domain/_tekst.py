"""Text as the schemas limit it, counted in Unicode code points and never altered."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: str) -> str:
    """Refuse characters that XML 1.0 cannot carry (section 2.2 of that recommendation)."""
    found = _NOT_XML.search(value)
    if found is None:
        return value
    raise ValueError(f"must not contain U+{ord(found[0]):04X}, a character XML cannot carry")


def tekst(minimum: int, maximum: int | None = None) -> AfterValidator:
    """Text that XML can carry, of this many characters."""

    def check(value: str) -> str:
        length = len(value)
        if minimum <= length and (maximum is None or length <= maximum):
            return xml_text(value)
        if maximum is None:
            raise ValueError("must not be empty")
        least = f"{minimum} to" if minimum else "at most"
        raise ValueError(f"must be {least} {maximum} characters; it is {length}")

    return AfterValidator(check)


def form(pattern: str, rule: str) -> AfterValidator:
    """Text that matches the whole of `pattern`; `rule` says so in words."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(rule)

    return AfterValidator(check)


Fritekst = Annotated[str, tekst(0)]
"""Text of any length, which may be empty."""

Utfylt = Annotated[str, tekst(1)]
"""Text of any length but none."""

Spraakkode = Annotated[
    str, form("[A-Za-z]{2}", "must be a language code of two letters (ISO 639-1)")
]
"""A language code. sdp-felles.xsd: Spraakkode."""
