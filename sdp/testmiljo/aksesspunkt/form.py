"""Takes the form of a letter apart: the signed business message, and the package.

The parser works on any buffer with `find`, a memory-mapped file as a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt import names
from sdp.testmiljo.aksesspunkt.problems import invalid
from sdp.testmiljo.checks.mime import spans
from sdp.testmiljo.names import CMS_TYPE

if TYPE_CHECKING:
    from sdp.testmiljo.checks.mime import Buffer

_MAX_HEADER_BYTES = 16 * 1024
_MAX_MESSAGE_BYTES = 1024 * 1024
_TYPES = {"forretningsmelding": names.JWT_TYPE, "dokumentpakke": CMS_TYPE}


@dataclass(frozen=True, slots=True)
class Form:
    """The two files of a letter."""

    forretningsmelding: bytes = field(repr=False)
    dokumentpakke: bytes = field(repr=False)


def read_form(content_type: str, body: Buffer) -> Form:
    """Find the two files.

    Raises:
        HttpRejection: 400; the request is no such form (RFC 7578).
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise invalid("the request must be multipart/form-data, with its boundary")
    found: dict[str, bytes] = {}
    for start, end in spans(body, boundary.encode("latin-1", "replace")):
        name, content = _part(body, start, end)
        if name in found:
            raise invalid(f"the form holds {name} twice")
        found[name] = content
    if found.keys() != _TYPES.keys():
        raise invalid(f"the form must hold {' and '.join(_TYPES)}, and nothing else")
    if len(found["forretningsmelding"]) > _MAX_MESSAGE_BYTES:
        raise invalid(f"the forretningsmelding is larger than {_MAX_MESSAGE_BYTES} bytes")
    return Form(**found)


def _part(body: Buffer, start: int, end: int) -> tuple[str, bytes]:
    blank = body.find(b"\r\n\r\n", start, min(end, start + _MAX_HEADER_BYTES))
    if blank < 0:
        raise invalid("a part of the form has no end to its headers")
    headers = BytesHeaderParser().parsebytes(body[start : blank + 4])
    name = headers.get_param("name", header="Content-Disposition")
    if headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise invalid("a part of the form has no Content-Disposition with its name")
    if name not in _TYPES:
        raise invalid(f"the form must hold {' and '.join(_TYPES)}, and nothing else")
    if headers.get_content_type() != _TYPES[name]:
        raise invalid(f"{name} must have the Content-Type {_TYPES[name]}")
    if headers.get_filename() is None:
        raise invalid(f"{name} must be sent as a file, with a filename")
    return name, body[blank + 4 : end]
