"""Reads the headers of MIME that a SOAP answer needs, and nothing cleverer.

Source: RFC 2045, 5.1. Comments and the encodings of RFC 2231 are refused; characters such as the
slash in `type=text/xml`, which should be quoted and often are not, are let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_LENGTH: Final = 2048
_TYPE: Final = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)[ \t]*", re.ASCII)
_PARAMETER: Final = re.compile(
    r""";[ \t]*(?:([\w!#$&^.+-]+)=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"(),\\]+))[ \t]*)?""", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case, and its parameters by their names in lower case."""

    kind: str
    parameters: Mapping[str, str]


def read_content_type(value: str) -> ContentType:
    """Read the value of a Content-Type header.

    Raises:
        UnreadableAnswerError: it is longer than 2048 characters, not ASCII, or of another form.
    """
    if len(value) > _MAX_LENGTH or not value.isascii():
        raise _unreadable()
    found = _TYPE.match(value)
    if found is None:
        raise _unreadable()
    kind, position = found[1].lower(), found.end()
    parameters = dict[str, str]()
    while position < len(value):
        found = _PARAMETER.match(value, position)
        if found is None:
            raise _unreadable()
        position = found.end()
        name, quoted, plain = found.groups()
        if name is None:
            continue
        if name.lower() in parameters:
            raise _unreadable()
        parameters[name.lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return ContentType(kind, parameters)


def read_headers(head: bytes) -> Mapping[str, str]:
    """Read the headers of a part, by their names in lower case.

    Raises:
        UnreadableAnswerError: a line is no header, or a header is there twice.
    """
    headers = dict[str, str]()
    lines = re.sub(rb"\r\n(?=[ \t])", b"", head).decode("latin-1").split("\r\n")
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        key = name.lower()
        if not colon or key in headers:
            raise UnreadableAnswerError("A part of the multipart answer has unreadable headers.")
        headers[key] = value.strip()
    return headers


def _unreadable() -> UnreadableAnswerError:
    return UnreadableAnswerError("The answer has no readable Content-Type.")
