"""Answers by their form, before any signature in them is checked.

Faults are as a rule unsigned, so a refusal is believed as it stands; a success never is.

The envelope comes plain or as the root of a multipart. Source: RFC 2045, 5.1, RFC 2046, 5.1, and
RFC 2387. Comments and the encodings of RFC 2231 are refused; characters such as the slash in
`type=text/xml`, which should be quoted and often are not, are let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sdp.ebms import names
from sdp.ebms.envelope import Envelope, read_envelope
from sdp.ebms.reading import every
from sdp.errors import (
    EbmsError,
    HttpStatusError,
    SoapFaultError,
    UnreadableAnswerError,
    WireError,
)
from sdp.gate import presentable
from sdp.transport.retry import retry_after
from sdp.xmlsec import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from lxml import etree

    from sdp.transport.request import HttpResponse


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


@lru_cache(maxsize=64)
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


_FAULT_CODES_OF_SOAP_1_1: Final = {"Client": "Sender", "Server": "Receiver"}
_VALUE_INCONSISTENT: Final = "EBMS:0003"
_IDS: Final = ("messageid", "instanceidentifier", "conversationid")


@dataclass(frozen=True, slots=True)
class ReceiptAnswer:
    """It claims that a message was received. Nothing in it is verified."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """It claims to carry a message. Nothing in it is verified."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class SilentAnswer:
    """A successful status, and no content."""


class DuplicateError(EbmsError):
    """An ebMS error by which the broker says that it has the message already."""


Answer: TypeAlias = ReceiptAnswer | MessageAnswer | SilentAnswer


def classify(response: HttpResponse) -> Answer:
    """Tell what an answer is, from its form alone.

    A fault or an error goes before everything else that the answer carries. An error of severity
    warning does so only where there is neither receipt nor message beside it.

    Raises:
        EbmsError: there is an ebMS error, in a SOAP fault or not; `EBMS:0006` for an empty queue;
            a `DuplicateError` if it says that the message is there already.
        SoapFaultError: there is a SOAP fault and no ebMS error.
        HttpStatusError: the status is not one of success and nothing explains it further.
        UnreadableAnswerError: the status is one of success and the content is not an answer.
    """
    try:
        return _classified(response)
    except WireError as error:
        error.retry_after = retry_after(response)
        raise


def _classified(response: HttpResponse) -> Answer:
    is_success, is_empty = 200 <= response.status < 300, not response.content.strip()
    root = None
    try:
        content_type = response.headers.get("content-type", "")
        soap = None if is_empty else soap_part(content_type, response.content)
        if soap is not None:
            root = parse(soap)
    except UnreadableAnswerError as error:
        if not is_success:
            raise HttpStatusError(response.status) from error
        raise
    if root is not None:
        errors = every(root, "{*}Header/eb:Messaging/eb:SignalMessage/eb:Error")
        _raise_fault(root, errors, response.status)
        _raise_error(root, errors)
    if not is_success:
        raise HttpStatusError(response.status)
    if root is None:
        if not is_empty:
            raise UnreadableAnswerError("The answer is neither SOAP nor empty.")
        return SilentAnswer()
    envelope = read_envelope(root)
    if envelope.messaging is not None:
        if every(envelope.messaging, "eb:UserMessage"):
            return MessageAnswer(envelope)
        if every(envelope.messaging, "eb:SignalMessage/eb:Receipt"):
            return ReceiptAnswer(envelope)
    raise UnreadableAnswerError("The answer holds neither a receipt nor a message.")


def _raise_fault(root: etree._Element, errors: Sequence[etree._Element], status: int) -> None:
    # Seen in SOAP 1.2, in SOAP 1.1 and in no namespace at all: a fault by any name is a fault.
    for fault in every(root, "{*}Body/{*}Fault"):
        for error in errors:
            raise _ebms_error(error, severity="failure")
        code, reason = _fault_words(fault)
        raise SoapFaultError(code, reason, status)


def _raise_error(root: etree._Element, found: Sequence[etree._Element]) -> None:
    if not found:
        return
    errors = [_ebms_error(each, severity=each.get("severity", "").strip()) for each in found]
    failures = [error for error in errors if error.severity != "warning"]
    if failures:
        raise failures[0]
    succeeded = every(root, "env:Header/eb:Messaging/eb:UserMessage") or every(
        root, "env:Header/eb:Messaging/eb:SignalMessage/eb:Receipt"
    )
    if errors and not succeeded:
        raise errors[0]


def _fault_words(fault: etree._Element) -> tuple[str, str]:
    """Return code and reason, whether in the words of SOAP 1.2 or 1.1."""
    code = _text(fault, "{*}Code/{*}Value") or _text(fault, "{*}faultcode")
    reason = _text(fault, "{*}Reason/{*}Text") or _text(fault, "{*}faultstring")
    code = code.rpartition(":")[2]
    return _FAULT_CODES_OF_SOAP_1_1.get(code, code), reason


def _ebms_error(error: etree._Element, *, severity: str) -> EbmsError:
    details = (_text(error, "{*}Description"), _text(error, "{*}ErrorDetail"))
    kind = DuplicateError if _says_duplicate(error) else EbmsError
    return kind(
        presentable(error.get("errorCode", "")),
        short_description=presentable(error.get("shortDescription", "")),
        description=" ".join(filter(None, details)),
        severity=severity,
        ref_to_message=error.get("refToMessageInError", "").strip() or None,
    )


def _says_duplicate(error: etree._Element) -> bool:
    # Recorded in production: "Duplicate messageId". Others name the id that is there already.
    if error.get("errorCode", "").strip() != _VALUE_INCONSISTENT:
        return False
    words = " ".join((error.get("shortDescription", ""), *map(str, error.itertext()))).casefold()
    if "duplicate" in words or "duplikat" in words:
        return True
    is_there = "already" in words or "allerede" in words
    return is_there and any(name in words.replace(" ", "") for name in _IDS)


def _text(parent: etree._Element, path: str) -> str:
    return presentable(parent.findtext(path) or "")
