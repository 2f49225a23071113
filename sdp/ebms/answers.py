"""Tells what an answer is, before any signature in it is checked.

Faults are as a rule unsigned, so a refusal is believed as it stands; a success never is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.ebms.envelope import Envelope, read_envelope
from sdp.ebms.mime import soap_part
from sdp.ebms.reading import every, local_name
from sdp.errors import EbmsError, HttpStatusError, SoapFaultError, UnreadableAnswerError
from sdp.xmlsec import parse
from sdp.xmlsec.namespaces import ENV_1_1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from lxml import etree

    from sdp._http.exchange import HttpResponse

_LONGEST_WORDS: Final = 500
_PERSON: Final = re.compile(r"(?<!\d)\d{6} ?\d{5}(?!\d)", re.ASCII)
_FAULT_CODES_OF_SOAP_1_1: Final = {"Client": "Sender", "Server": "Receiver"}


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


Answer: TypeAlias = ReceiptAnswer | MessageAnswer | SilentAnswer


def classify(response: HttpResponse) -> Answer:
    """Tell what an answer is, from its form alone.

    A fault or an error goes before everything else that the answer carries. An error of severity
    warning does so only where there is neither receipt nor message beside it.

    Raises:
        EbmsError: there is an ebMS error, in a SOAP fault or not; `EBMS:0006` for an empty queue.
        SoapFaultError: there is a SOAP fault and no ebMS error.
        HttpStatusError: the status is not one of success and nothing explains it further.
        UnreadableAnswerError: the status is one of success and the content is not what it should be.
    """
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
