"""Traffic written for people to read: XML and JSON indented, JWS unpacked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lxml import etree

from sdp.testmiljo.validators.jose import Token, TokenProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

_JWS = re.compile(r"[\w-]{10,}\.[\w-]{2,}\.[\w-]{10,}")
_DEEPEST = 3
_LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Section:
    """One readable part of a request, an answer or a document."""

    title: str
    text: str = field(repr=False)


def sections(content_type: str, content: bytes) -> tuple[Section, ...]:
    """Write content in as many readable parts as it takes; none for nothing.

    Args:
        content_type: with its parameters; wrong ones are lived with.
        content: as many of the bytes as there are.
    """
    return tuple(_sections(_header(content_type), content)) if content else ()


def unpacked(title: str, text: str) -> tuple[Section, ...]:
    """Unpack each JWS that stands in a text, such as a header."""
    return tuple(_unpacked(title, text, _DEEPEST))


def _sections(header: EmailMessage, content: bytes) -> Iterator[Section]:
    kind = header.get_content_type()
    if header.get_content_maintype() == "multipart":
        yield from _parts(header, content)
    elif kind == "application/x-www-form-urlencoded":
        fields = parse_qsl(_decoded(content))
        yield Section(kind, "\n".join(f"{name} = {value}" for name, value in fields))
        for name, value in fields:
            yield from _unpacked(name, value, _DEEPEST)
    elif kind in ("application/jose", "application/jwt"):
        yield from _unpacked(kind, _decoded(content), _DEEPEST)
    elif kind == "application/json" or kind.endswith("+json"):
        yield from _json(kind, content)
    elif kind.endswith(("/xml", "+xml")):
        yield Section(kind, _xml(content))
    elif header.get_content_maintype() == "text":
        yield Section(kind, _cut(_decoded(content)))
    else:
        yield Section(kind, f"{len(content)} bytes, not shown.")


def _parts(header: EmailMessage, content: bytes) -> Iterator[Section]:
    boundary = header.get_boundary("")
    if not boundary:
        yield Section("multipart", "The request names no boundary.")
        return
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    for part in (b"\r\n" + content).split(delimiter)[1:]:
        if part.startswith(b"--"):
            return
        head, _, inside = part.partition(b"\r\n\r\n")
        of_part = BytesHeaderParser(policy=HTTP).parsebytes(head.lstrip() + b"\r\n\r\n")
        name = of_part.get_param("name", header="content-disposition")
        title = f"part {name}: " if isinstance(name, str) else "part: "
        for section in _sections(_header(of_part.get("Content-Type", "text/plain")), inside):
            yield Section(title + section.title, section.text)


def _json(kind: str, content: bytes) -> Iterator[Section]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        yield Section(f"{kind}, which cannot be read", _cut(_decoded(content)))
        return
    yield from _value(kind, value, _DEEPEST)


def _value(title: str, value: Any, deepest: int) -> Iterator[Section]:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    yield Section(title, _cut(text))
    yield from _unpacked(title, text, deepest)


def _unpacked(title: str, text: str, deepest: int) -> Iterator[Section]:
    if deepest == 0:
        return
    for found in _JWS.findall(text):
        try:
            token = Token.read(found)
            claims = token.claims()
        except TokenProblem:
            continue
        header = json.dumps(token.header, ensure_ascii=False, indent=2)
        yield Section(f"{title}, header of the JWS", header)
        yield from _value(f"{title}, content of the JWS", claims, deepest - 1)


def _xml(content: bytes) -> str:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return _cut(_decoded(content))
    return _cut(etree.tostring(root, pretty_print=True, encoding="unicode"))


def _header(content_type: str) -> EmailMessage:
    header = EmailMessage(policy=HTTP)
    header["Content-Type"] = content_type or "application/octet-stream"
    return header


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}\n… and {len(text) - _LONGEST_TEXT} characters more"
