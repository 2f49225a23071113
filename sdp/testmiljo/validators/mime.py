"""MIME parts of a request: one SOAP envelope, and perhaps one attachment.

The parser works on any buffer with `find`, bytes or a memory-mapped file, so that a large
attachment is not read through the line-based parser of the standard library.
"""

from __future__ import annotations

import mmap
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.headers import ContentType, PartHeaders
from sdp.testmiljo.validators.rejection import policy, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    Buffer = bytes | mmap.mmap

_MOST_IN_MEMORY = 256 * 1024
_MAX_HEADER_BYTES = 16 * 1024
_MAX_PARTS = 10
_MAX_ENVELOPE_BYTES = 4 * 1024 * 1024


class Spool:
    """Body of one request as it arrives: in memory while it is small, then in a nameless file."""

    def __init__(self) -> None:
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def write(self, chunk: bytes) -> None:
        """Add what has come."""
        if self._file is None and len(self._memory) + len(chunk) > _MOST_IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            self._file.write(self._memory)
            self._memory.clear()
        if self._file is None:
            self._memory += chunk
        else:
            self._file.write(chunk)

    @contextmanager
    def content(self) -> Iterator[Buffer]:
        """Hand out all that has come, while a block runs. Something must have come."""
        if self._file is None:
            yield bytes(self._memory)
            return
        self._file.flush()
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content

    def close(self) -> None:
        """Forget all that has come."""
        if self._file is not None:
            self._file.close()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart message. `content_id` stands without its angle brackets."""

    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """A request taken apart, with its attachments by content id."""

    envelope: bytes
    attachments: dict[str, Part]


def take_apart(content_type: str, body: Buffer) -> SoapRequest:
    """Find the envelope and the attachments.

    Raises:
        HttpRejection: the request is not what its Content-Type says.
        EbmsRejection: it is well formed and composed in a way the profile does not allow.
    """
    told = ContentType.read(content_type)
    match told.media_type:
        case names.SOAP_TYPE:
            return SoapRequest(_bounded_envelope(body[:]), {})
        case "multipart/related":
            return _related(told.parameters, body)
        case _:
            raise unreadable("the Content-Type is neither SOAP 1.2 nor multipart/related")


def _related(parameters: Mapping[str, str], body: Buffer) -> SoapRequest:
    boundary = parameters.get("boundary")
    if not boundary:
        raise unreadable("the multipart request names no boundary")
    if parameters.get("type") != names.SOAP_TYPE:
        raise policy(f'multipart/related must say type="{names.SOAP_TYPE}"')
    root, *others = _parts(body, boundary.encode("latin-1"))
    start = parameters.get("start")
    if start is not None and start.strip("<>") != root.content_id:
        raise policy("the start parameter must name the first part")
    if root.content_type != names.SOAP_TYPE:
        raise policy(f"the first part must be {names.SOAP_TYPE}")
    attachments = {part.content_id: part for part in others}
    if len(attachments) != len(others) or "" in attachments:
        raise policy("each attachment must have a Content-ID of its own")
    return SoapRequest(_bounded_envelope(root.content), attachments)


def _bounded_envelope(envelope: bytes) -> bytes:
    if len(envelope) > _MAX_ENVELOPE_BYTES:
        raise unreadable(f"the envelope is larger than {_MAX_ENVELOPE_BYTES} bytes")
    return envelope


def _parts(body: Buffer, boundary: bytes) -> list[Part]:
    parts = [_part(body, start, end) for start, end in spans(body, boundary)]
    if not parts:
        raise unreadable("the multipart request has no parts")
    return parts


def spans(body: Buffer, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Find where each part of a multipart body starts and ends, its headers included.

    Raises:
        HttpRejection: the body is not cut by the boundary as it should be.
    """
    delimiter = b"--" + boundary
    position = body.find(delimiter)
    if position != 0 and body[position - 2 : position] != b"\r\n":
        raise unreadable("the boundary does not stand in the request")
    for _ in range(_MAX_PARTS):
        position += len(delimiter)
        if body[position : position + 2] == b"--":
            return
        if body[position : position + 2] != b"\r\n":
            raise unreadable("a boundary does not end its line")
        start = position + 2
        end = body.find(b"\r\n" + delimiter, start)
        if end < 0:
            raise unreadable("the multipart request ends before its closing boundary")
        yield start, end
        position = end + 2
    raise unreadable(f"the multipart request has more than {_MAX_PARTS} parts")


def _part(body: Buffer, start: int, end: int) -> Part:
    blank = body.find(b"\r\n\r\n", start, min(end, start + _MAX_HEADER_BYTES))
    if blank < 0:
        raise unreadable("a part has no end to its headers")
    headers = PartHeaders.read(body[start : blank + 4])
    if headers.encoding not in ("binary", "8bit"):
        raise policy("parts must be sent as they are, with Content-Transfer-Encoding binary")
    return Part(headers.content_type, headers.content_id, body[blank + 4 : end])
