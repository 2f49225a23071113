"""Field types shared by domain values: text, instants and web addresses.

Text is limited as the schemas limit it, counted in Unicode code points, and never altered.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator

from sdp.gate.identifiers import canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: str) -> str:
    """Refuse characters that XML 1.0 cannot carry (section 2.2 of that recommendation)."""
    found = _NOT_XML.search(value)
    if found is None:
        return value
    raise ValueError(f"must not contain U+{ord(found[0]):04X}, a character XML cannot carry")


def is_blank(value: object) -> bool:
    """Tell whether a text has nothing to read in it; None and other values are not blank text."""
    return isinstance(value, str) and all(unicodedata.category(c)[0] in "ZC" for c in value)


def check_length(minimum: int, maximum: int | None = None) -> Callable[[str], str]:
    """Make a check of text that XML can carry, of this many characters."""

    def check(value: str) -> str:
        length = len(value)
        if minimum <= length and (maximum is None or length <= maximum):
            return xml_text(value)
        if maximum is None:
            raise ValueError("must not be empty")
        least = f"{minimum} to" if minimum else "at most"
        raise ValueError(f"must be {least} {maximum} characters; it is {length}")

    return check


def tekst(minimum: int, maximum: int | None = None) -> AfterValidator:
    """Text that XML can carry, of this many characters."""
    return AfterValidator(check_length(minimum, maximum))


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


_MINUTE = timedelta(minutes=1)
_WIDEST = timedelta(hours=14)


def aware(moment: datetime) -> datetime:
    """Return the moment unchanged.

    Raises:
        ValueError: it has no time zone, or one that xsd:dateTime cannot carry.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("must say its time zone, such as datetime(..., tzinfo=UTC)")
    if offset % _MINUTE or abs(offset) > _WIDEST:
        raise ValueError("must have a UTC offset of whole minutes, at most 14 hours")
    return moment


Tidspunkt = Annotated[datetime, AfterValidator(aware)]
"""An aware datetime; its `isoformat()` is valid as RFC 3339 and as xsd:dateTime."""


_NOT_IN_AN_ADDRESS = re.compile(r'[\s\x00-\x20\x7f<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})')


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if _NOT_IN_AN_ADDRESS.search(value):
        raise ValueError("must not contain spaces or other characters that belong percent-encoded")
    try:
        parts = urlsplit(value)
        known = parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise ValueError("must name a host")
    return value


HttpLenke = Annotated[str, tekst(1), AfterValidator(_http)]
"""An http or https address. Source: sdp-manifest.xsd, HttpLenke."""


def _uuid(value: object) -> object:
    return canonical_uuid(value) if isinstance(value, UUID | str) else value


Uuid = Annotated[str, BeforeValidator(_uuid, json_schema_input_type=UUID | str)]
"""The canonical text of a UUID, which may be given as a `UUID` or as text in its plain form."""
