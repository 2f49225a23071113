"""MIME: the multipart a letter travels in, and the SOAP part of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Final, Protocol

from sdp.ebms import names
from sdp.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

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
    header = EmailMessage(policy=HTTP)
    try:
        header["Content-Type"] = content_type
    except ValueError as error:
        raise UnreadableAnswerError("The answer has no readable Content-Type.") from error
    kind = header.get_content_type()
    if kind in _SOAP_TYPES:
        return content
    if kind != "multipart/related":
        return None
    parameters = header["Content-Type"].params
    return _root(content, parameters.get("boundary", ""), parameters.get("start"))


def _root(content: bytes, boundary: str, start: str | None) -> bytes:
    if not boundary or not boundary.isascii():
        raise UnreadableAnswerError("The multipart answer names no boundary.")
    for headers, part in _parts(content, b"--" + boundary.encode("ascii")):
        if start is None or _bare(str(headers.get("Content-ID", ""))) == _bare(start):
            encoding = str(headers.get("Content-Transfer-Encoding", "binary")).strip().lower()
            if headers.get_content_type() in _SOAP_TYPES and encoding in _PLAIN_ENCODINGS:
                return part
            break
    raise UnreadableAnswerError("The multipart answer has no SOAP envelope as its root.")


def _parts(content: bytes, delimiter: bytes) -> list[tuple[Message, bytes]]:
    # A line break in front lets the first delimiter be found like the others.
    _, *parts = (b"\r\n" + content).split(b"\r\n" + delimiter, _MAX_PARTS + 1)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise UnreadableAnswerError(
            "The multipart answer has no closing boundary, or too many parts."
        )
    return [_part(part) for part in parts[:-1]]


def _part(part: bytes) -> tuple[Message, bytes]:
    head, blank, content = part.partition(b"\r\n\r\n")
    if not blank or len(head) > _MAX_HEADER_BYTES:
        raise UnreadableAnswerError("A part of the multipart answer has no end to its headers.")
    _, _, headers = head.partition(b"\r\n")  # the rest of the line that the boundary stands on
    return BytesHeaderParser(policy=HTTP).parsebytes(headers + b"\r\n\r\n"), content


def _bare(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">")
