"""MIME of SOAP answers: the envelope, plain or as the root of a multipart.

Source: RFC 2045, 5.1, RFC 2046, 5.1, and RFC 2387. Comments and the encodings of RFC 2231 are
refused; characters such as the slash in `type=text/xml`, which should be quoted and often are not,
are let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.ebms import names
from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_PARTS: Final = 10
_MAX_HEADER_BYTES: Final = 16 * 1024
_SOAP_TYPES: Final = frozenset({names.SOAP_TYPE, "text/xml", "application/xml"})
_PLAIN_ENCODINGS: Final = frozenset({"binary", "8bit", "7bit"})
_MAX_LENGTH: Final = 2048
_TYPE: Final = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)[ \t]*", re.ASCII)
_PARAMETER: Final = re.compile(
    r""";[ \t]*(?:([\w!#$&^.+-]+)=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"(),\\]+))[ \t]*)?""", re.ASCII
)


def soap_part(content_type: str, content: bytes) -> bytes | None:
    """Find the SOAP envelope in an answer, plain or as the root of a multipart.

    Returns:
        The envelope, or None where the content type says that there is none.

    Raises:
        UnreadableAnswerError: it says that there is one, and it cannot be found.
    """
    if not content_type.strip():
        return None
    told = read_content_type(content_type)
    if told.kind in _SOAP_TYPES:
        return content
    if told.kind != "multipart/related":
        return None
    return _root(content, told.parameters.get("boundary", ""), told.parameters.get("start"))


def _root(content: bytes, boundary: str, start: str | None) -> bytes:
    if not boundary:
        raise UnreadableAnswerError("The multipart answer names no boundary.")
    for headers, part in _parts(content, b"--" + boundary.encode("ascii")):
        if start is None or _bare(headers.get("content-id", "")) == _bare(start):
            if _is_soap(headers):
                return part
            break
    raise UnreadableAnswerError("The multipart answer has no SOAP envelope as its root.")


def _is_soap(headers: Mapping[str, str]) -> bool:
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding not in _PLAIN_ENCODINGS or "content-type" not in headers:
        return False
    return read_content_type(headers["content-type"]).kind in _SOAP_TYPES


def _parts(content: bytes, delimiter: bytes) -> Iterator[tuple[Mapping[str, str], bytes]]:
    # A line break in front lets the first delimiter be found like the others.
    _, *parts = (b"\r\n" + content).split(b"\r\n" + delimiter, _MAX_PARTS + 1)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise UnreadableAnswerError(
            "The multipart answer has no closing boundary, or too many parts."
        )
    return (_part(part) for part in parts[:-1])


def _part(part: bytes) -> tuple[Mapping[str, str], bytes]:
    head, blank, content = part.partition(b"\r\n\r\n")
    rest_of_boundary, _, headers = head.partition(b"\r\n")
    if not blank or len(head) > _MAX_HEADER_BYTES or rest_of_boundary.strip():
        raise UnreadableAnswerError("A part of the multipart answer has no end to its headers.")
    return read_headers(headers), content


def _bare(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">")


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
