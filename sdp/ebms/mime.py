"""MIME: the multipart a letter travels in, and the SOAP part of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from sdp.ebms import names
from sdp.ebms.mime_header import read_content_type, read_headers
from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_PARTS: Final = 10
_MAX_HEADER_BYTES: Final = 16 * 1024
_ENVELOPE_ID: Final = "envelope@meldingsformidler.sdp.difi.no"
_SOAP_TYPES: Final = frozenset({names.SOAP_TYPE, "text/xml", "application/xml"})
_PLAIN_ENCODINGS: Final = frozenset({"binary", "8bit", "7bit"})


class Attachment(Protocol):
    """What is attached: its size is known, and it can be read again from the start."""

    @property
    def size(self) -> int:
        """The number of bytes."""

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes from the start."""


@dataclass(frozen=True, slots=True)
class Multipart:
    """A SOAP envelope with one attachment, whose length is known before any of it is sent.

    Attributes:
        envelope: the SOAP envelope.
        content_id: the Content-ID of the attachment, without angle brackets.
        attachment: the package; never held in memory.
        boundary: a text that stands nowhere in the parts.
    """

    envelope: bytes = field(repr=False)
    content_id: str
    attachment: Attachment = field(repr=False)
    boundary: str

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return (
            f'multipart/related; boundary="{self.boundary}"; type="{names.SOAP_TYPE}"; '
            f'start="<{_ENVELOPE_ID}>"; start-info="{names.SOAP_TYPE}"'
        )

    @property
    def length(self) -> int:
        """The number of bytes in all."""
        return len(self._before()) + self.attachment.size + len(self._after())

    def chunks(self) -> Iterator[bytes]:
        """Give the whole from the start, the attachment as it is read."""
        yield self._before()
        yield from self.attachment.chunks()
        yield self._after()

    def _before(self) -> bytes:
        soap = self._part_header(f"{names.SOAP_TYPE}; charset=UTF-8", _ENVELOPE_ID)
        cms = self._part_header(names.CMS_TYPE, self.content_id)
        return b"".join((soap, self.envelope, b"\r\n", cms))

    def _after(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")

    def _part_header(self, content_type: str, content_id: str) -> bytes:
        lines = (
            f"--{self.boundary}",
            f"Content-Type: {content_type}",
            "Content-Transfer-Encoding: binary",
            f"Content-ID: <{content_id}>",
            "",
            "",
        )
        return "\r\n".join(lines).encode("ascii")


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
