"""Addresses on the web that a citizen may be sent to."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from sdp.domain._tekst import tekst

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
