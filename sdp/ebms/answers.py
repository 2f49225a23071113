"""Answers by their form, before any signature in them is checked.

Faults are as a rule unsigned, so a refusal is believed as it stands; a success never is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.ebms.envelope import Envelope, read_envelope
from sdp.ebms.mime import soap_part
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
    from collections.abc import Sequence
    from typing import TypeAlias

    from lxml import etree

    from sdp.transport.request import HttpResponse

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
    try:
        root = _soap(response)
    except UnreadableAnswerError as error:
        if not _is_success(response):
            raise HttpStatusError(response.status) from error
        raise
    if root is not None:
        _raise_fault(root, response.status)
        _raise_error(root)
    if not _is_success(response):
        raise HttpStatusError(response.status)
    if root is None:
        if response.content.strip():
            raise UnreadableAnswerError("The answer is neither SOAP nor empty.")
        return SilentAnswer()
    return _success(read_envelope(root))


def _success(envelope: Envelope) -> Answer:
    if envelope.messaging is not None:
        if every(envelope.messaging, "eb:UserMessage"):
            return MessageAnswer(envelope)
        if every(envelope.messaging, "eb:SignalMessage/eb:Receipt"):
            return ReceiptAnswer(envelope)
    raise UnreadableAnswerError("The answer holds neither a receipt nor a message.")


def _is_success(response: HttpResponse) -> bool:
    return 200 <= response.status < 300


def _soap(response: HttpResponse) -> etree._Element | None:
    if not response.content.strip():
        return None
    envelope = soap_part(response.headers.get("content-type", ""), response.content)
    return None if envelope is None else parse(envelope)


def _raise_fault(root: etree._Element, status: int) -> None:
    # Seen in SOAP 1.2, in SOAP 1.1 and in no namespace at all: a fault by any name is a fault.
    for fault in every(root, "{*}Body/{*}Fault"):
        for error in _errors(root):
            raise _ebms_error(error, severity="failure")
        code, reason = _fault_words(fault)
        raise SoapFaultError(code, reason, status)


def _raise_error(root: etree._Element) -> None:
    errors = [
        _ebms_error(each, severity=each.get("severity", "").strip()) for each in _errors(root)
    ]
    failures = [error for error in errors if error.severity != "warning"]
    if failures:
        raise failures[0]
    succeeded = every(root, "env:Header/eb:Messaging/eb:UserMessage") or every(
        root, "env:Header/eb:Messaging/eb:SignalMessage/eb:Receipt"
    )
    if errors and not succeeded:
        raise errors[0]


def _errors(root: etree._Element) -> Sequence[etree._Element]:
    return every(root, "{*}Header/eb:Messaging/eb:SignalMessage/eb:Error")


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
    return "duplicate" in words or ("already" in words and any(name in words for name in _IDS))


def _text(parent: etree._Element, path: str) -> str:
    return presentable(parent.findtext(path) or "")
